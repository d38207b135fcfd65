/// Where guesses of the next tokens come from.
package enum SpeculationKind: String, Sendable, CaseIterable {
    /// Nowhere: every step gives a sequence one token.
    case none
    /// The model's own multi-token-prediction layer.
    case mtp
    /// What followed the same tokens earlier in the request's own text.
    case ngram
    /// The request's own text where it repeats itself, otherwise the model's layer if it has one.
    case auto
}

/// How sequences are drafted ahead. Drafts are only ever checked, so that nothing here changes what is generated.
package struct SpeculationOptions: Sendable, Equatable {
    /// Where drafts come from.
    package let kind: SpeculationKind
    /// Most drafts of a sequence in a step; 0 lets the engine choose.
    package let draftTokens: Int
    /// Whether the most drafts are made in every step, whatever steps take and however often drafts prove right.
    package let isConstant: Bool

    /// Drafts of this kind.
    package init(kind: SpeculationKind, draftTokens: Int, isConstant: Bool = false) {
        precondition(draftTokens >= 0, "a number of drafts is not negative")
        self.isConstant = isConstant
        self.kind = kind
        self.draftTokens = draftTokens
    }

    /// No drafts.
    package static let off = SpeculationOptions(kind: .none, draftTokens: 0)

    /// Whether the request's text is searched.
    var looksUp: Bool { kind == .ngram || kind == .auto }
    /// Whether the model's own layer is asked, if there is one.
    var asksModel: Bool { kind == .mtp || kind == .auto }
    /// Most drafts found in the text; finding them costs nothing.
    var lookupDrafts: Int { draftTokens > 0 ? draftTokens : 12 }
    /// Most drafts of the model's layer; it costs a pass per draft, and each is less likely than the one before.
    var modelDrafts: Int { min(draftTokens > 0 ? draftTokens : 3, ModelAcceptance.maximumDepth) }
}

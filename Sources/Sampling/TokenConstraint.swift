/// What may come next in an answer that is constrained.
package enum NextTokens: Sendable, Equatable {
    /// Whatever the model likes.
    case any
    /// One of these, if `allows` does not object.
    case among(TokenMask)
    /// This one, whatever the logits say.
    case exactly(Int32)
}

/// What binds the tokens of an answer, such as its grammar or the budget of its thinking: a function of its tokens so
/// far, and of nothing else.
///
/// A caller that chooses the tokens asks what may come next and then accepts the token that came, once each and in order. A
/// copy goes its own way.
package protocol TokenConstraint: Sendable {
    /// What may come next.
    /// - Throws: ``ConstraintFailure`` if the answer cannot be followed any further within its limits.
    mutating func next() throws(ConstraintFailure) -> NextTokens

    /// Whether a token of the mask that `next` gave may come after all; asked about a token that was chosen, where to
    /// leave all such tokens out of the mask would cost too much.
    func allows(_ token: Int32) -> Bool

    /// Takes the next token of the answer, which `next` and `allows` allowed.
    mutating func accept(_ token: Int32)

    /// What there is to know of the token that was accepted last.
    var note: TokenNote { get }

    /// Adds the tokens that must come next one after the other, `count` at most; for drafts, without influence on what
    /// may come.
    func appendForced(_ count: Int, to tokens: inout [Int32])
}

extension TokenConstraint {
    /// A mask says everything.
    package func allows(_ token: Int32) -> Bool { true }

    /// A token of an answer like any other.
    package var note: TokenNote { TokenNote() }
}

/// Why a constraint cannot be followed any further.
package struct ConstraintFailure: Error, Equatable, Sendable {
    /// What a client is told.
    package let reason: String

    /// A failure with a sentence for the client.
    package init(reason: String) { self.reason = reason }
}

import Grammar
import Platform

/// What a grammar is made from, by the code that asks for it.
struct GrammarSource: Sendable {
    /// Tells it from others.
    let key: GrammarKey
    /// Makes the rules within limits.
    let definition: @Sendable (GrammarLimits) throws(GrammarError) -> GrammarDefinition
}

/// Tells one grammar from another.
struct GrammarKey: Hashable, Sendable {
    private let digest: [UInt8]

    /// The key of a kind of source with its text.
    init(_ kind: String, _ source: String) { self.init(kind, source, beside: nil) }

    /// The key of a source that is used together with another.
    init(_ kind: String, _ source: String, beside other: GrammarKey?) {
        digest = Digest.sha256(Array("\(kind)\u{0}\(source)".utf8) + (other?.digest ?? []))
    }

    private init(digest: [UInt8]) { self.digest = digest }

    /// The same source, used by one owner: what is ready for one would tell others that somebody has used it.
    func of(_ owner: [UInt8]) -> GrammarKey { GrammarKey(digest: Digest.sha256(digest + owner)) }
}

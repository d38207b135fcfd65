package import Sampling

/// What an answer that follows a grammar may go on with. A value: a copy goes its own way.
package struct GrammarConstraint: TokenConstraint {
    private let grammar: CompiledGrammar
    private let tokenise: (@Sendable ([UInt8]) -> [Int32])?
    private var position: CompiledGrammar.Position
    private var hasEnded = false

    /// A constraint at the beginning of an answer.
    /// - Parameter tokenise: how the model itself would spell bytes that must come, the same for all answers of a
    ///   grammar; nil spells them with the longest tokens.
    package init(_ grammar: CompiledGrammar, tokenise: (@Sendable ([UInt8]) -> [Int32])?) {
        self.grammar = grammar
        self.tokenise = tokenise
        position = grammar.start()
    }

    /// Whether the text so far may be the whole text.
    package var isComplete: Bool { position.readers.isAccepting }

    /// Whether the text so far and these bytes together are a whole text.
    package func accepts(_ bytes: some Sequence<UInt8>) -> Bool {
        grammar.advance(position, by: bytes).readers.isAccepting
    }

    /// What may come next.
    /// - Throws: ``ConstraintFailure`` when following the grammar has cost more than its limits allow.
    package mutating func next() throws(ConstraintFailure) -> NextTokens {
        if hasEnded, let end = grammar.vocabulary.endTokens.first { return .exactly(end) }
        return try grammar.next(at: &position, tokenise: tokenise)
    }

    /// Takes the next token.
    package mutating func accept(_ token: Int32) {
        if isComplete, grammar.vocabulary.endTokens.contains(token) { hasEnded = true }
        guard !hasEnded else { return }
        position = grammar.advance(position, by: token)
    }

    /// Adds the tokens that must come next, `count` at most.
    package func appendForced(_ count: Int, to tokens: inout [Int32]) {
        guard !hasEnded else { return }
        var ahead = position
        for _ in 0..<max(0, count) {
            guard let token = grammar.forced(at: &ahead, tokenise: tokenise) else { return }
            tokens.append(token)
            if grammar.vocabulary.endTokens.contains(token) { return }
            ahead = grammar.advance(ahead, by: token)
        }
    }
}

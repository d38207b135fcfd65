/// What may come next in an answer that has to follow a form.
package enum NextTokens: Sendable, Equatable {
    /// Whatever the model likes.
    case any
    /// One of these.
    case among(TokenMask)
    /// This one, whatever the logits say.
    case exactly(Int32)
}

/// The form that an answer has to follow: a function of its tokens so far, and of nothing else.
///
/// Whoever chooses the tokens asks what may come next and then accepts the token that came, once each and in order. A
/// copy goes its own way.
package protocol TokenConstraint: Sendable {
    /// What may come next.
    /// - Throws: if the form cannot be followed any further within its limits.
    mutating func next() throws(ConstraintFailure) -> NextTokens

    /// Takes the next token of the answer, which `next` allowed.
    mutating func accept(_ token: Int32)

    /// Adds the tokens that must come next one after the other, `count` at most; for drafts, without influence on what
    /// may come.
    func appendForced(_ count: Int, to tokens: inout [Int32])
}

/// Why a form cannot be followed any further.
package struct ConstraintFailure: Error, Equatable, Sendable {
    /// What a client is told.
    package let reason: String

    /// A failure with a sentence for the client.
    package init(reason: String) { self.reason = reason }
}

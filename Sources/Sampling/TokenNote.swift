/// In which part of an answer a token lies.
package enum AnswerPart: Sendable, Equatable {
    /// In the thinking at its beginning, tags included; every token before it is then part of the thinking, too.
    case thinking
    /// Behind the thinking, or in an answer without any.
    case answer
}

/// What closed the thinking of an answer.
package enum ThinkingClosure: Sendable, Equatable {
    /// The model.
    case model
    /// Its budget was spent.
    case budget
    /// It repeated itself.
    case repetition
}

/// What the constraint of an answer knows of a token that it took: worked out once, where the token is chosen, and
/// handed on with it.
package struct TokenNote: Sendable, Equatable {
    /// Where the token lies.
    package var part = AnswerPart.answer
    /// What closed the thinking, or closes it from the next token on.
    package var closure: ThinkingClosure?
    /// Whether the answer behind the thinking repeats itself.
    package var isRepeating = false
    /// The tags of thinking that the token's text completes.
    package var tags = TagMarks()

    /// A token of an answer that is taken as it comes.
    package init() {}
}

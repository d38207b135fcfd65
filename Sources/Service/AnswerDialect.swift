package import OpenAI

/// How an endpoint writes its answers: whole, or as the events of a stream, frames and their names included.
///
/// The endpoint makes one for each request; what gathers an answer asks it for bytes and names no endpoint. A whole answer
/// asks for `whole` alone. A stream asks, in this order: `start`, then for each choice `opening`, `delta` as often as there
/// is text, and `finish`; at last `end`, or `failure` instead of whatever would have come.
package protocol AnswerDialect: Sendable {
    /// What is equal in all parts of the answer.
    var identity: CompletionIdentity { get }

    /// The request's field that prompts come from, for errors.
    var promptField: String { get }

    /// Whether a stream keeps its text until the end.
    var keepsText: Bool { get }

    /// An error of a part that the endpoints share, with its field named as this endpoint's requests name it.
    func localised(_ error: APIError) -> APIError

    /// What a stream begins with, before anything is generated.
    mutating func start() -> [UInt8]

    /// The first bytes of a choice.
    mutating func opening(_ opening: ChoiceOpening, usage: () -> TokenUsage) -> [UInt8]

    /// New text of a choice, never silent.
    mutating func delta(_ delta: ChoiceDelta, usage: () -> TokenUsage) -> [UInt8]

    /// The last bytes of a choice.
    mutating func finish(_ ending: ChoiceEnding, usage: () -> TokenUsage) -> [UInt8]

    /// The last bytes of a stream, behind all choices.
    mutating func end(usage: () -> TokenUsage) -> [UInt8]

    /// The last bytes of a stream that cannot go on.
    mutating func failure(_ error: APIError) -> [UInt8]

    /// The body of a whole answer with so many choices, each of which `choice` makes when its turn has come.
    func whole(choices: Int, usage: TokenUsage, choice: (_ index: Int) -> CompletionChoice) -> [UInt8]
}

extension AnswerDialect {
    /// Text that was written is let go.
    package var keepsText: Bool { false }

    /// The error as it is: the shared parts name fields as chat does.
    package func localised(_ error: APIError) -> APIError { error }
}

/// What a choice begins with.
package struct ChoiceOpening: Sendable {
    /// Which choice.
    let sequence: Int
    /// The prompt's text, where it is part of the answer.
    let echo: String?
    /// The echo's log probabilities, where they were asked for.
    let reports: [TokenReport]?
}

/// What is new of a choice.
package struct ChoiceDelta: Sendable {
    /// Which choice.
    let sequence: Int
    /// The text.
    let text: AnswerText.Delta
    /// The same calls as the text's events, with numbers and ids.
    let calls: [ToolCallFragment]
}

/// How a choice ended.
package struct ChoiceEnding: Sendable {
    /// Which choice.
    let sequence: Int
    /// Why.
    let reason: CompletionFinish
    /// More about it.
    let remarks: CompletionRemarks
    /// Log probabilities and ids that had no text of their own.
    let rest: AnswerText.Delta?
}

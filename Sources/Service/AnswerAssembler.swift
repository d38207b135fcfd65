package import Engine
package import OpenAI
import Sampling

/// What an event of the engine leads to, in order.
package enum AnswerOutput: Sendable, Equatable {
    /// Write these bytes of a stream.
    case write([UInt8])
    /// The stream is complete.
    case finish
    /// The body of a 200 response.
    case respond([UInt8])
    /// An error instead of an answer.
    case refuse(APIError)
    /// The engine may stop working on this sequence.
    case cancel(sequence: Int, CancelReason)
}

/// How an answer is put together: streamed, or whole. Pure, so that tests need neither engine nor connection.
package protocol AnswerAssembler: Sendable {
    /// Takes an event of one sequence; `defers` when the reader is behind and text may wait for a later event.
    mutating func consume(_ event: GenerationEvent, sequence: Int, defers: Bool) -> [AnswerOutput]

    /// Ends the answer with an error; nothing when it is over.
    mutating func fail(_ error: APIError) -> [AnswerOutput]

    /// The comment for a client that waits, where there is room for one.
    var keepAlive: [UInt8]? { get }

    /// What was read and written so far.
    var usage: TokenUsage { get }

    /// What happened to its choices so far.
    var incidents: AnswerIncidents { get }
}

/// What happened to the choices of an answer that an administrator may want to know.
package struct AnswerIncidents: Sendable, Equatable {
    /// Blocks of thinking that the model closed itself.
    package private(set) var closings = 0
    /// Blocks that were closed because their budget was spent.
    package private(set) var budgetClosings = 0
    /// Blocks that were closed because they repeated themselves.
    package private(set) var thinkingLoops = 0
    /// Answers that were ended because they repeated themselves.
    package private(set) var answerLoops = 0
    /// Calls of tools.
    package private(set) var toolCalls = 0
    /// The format in which they were written.
    package private(set) var toolFormat: ToolFormat?
    /// Calls that had to be ended because their arguments were no JSON.
    package private(set) var malformedCalls = 0

    init(_ choices: [ChoiceProgress]) {
        for choice in choices {
            switch choice.closure {
            case .model: closings += 1
            case .budget: budgetClosings += 1
            case .repetition: thinkingLoops += 1
            case nil: break
            }
            if choice.remarks.stopReason != nil { answerLoops += 1 }
            toolCalls += choice.text.callCount
            malformedCalls += choice.text.malformedCallCount
            toolFormat = choice.text.callFormat
        }
    }
}

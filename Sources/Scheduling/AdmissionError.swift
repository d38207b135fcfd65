/// Why a request is not taken.
package enum AdmissionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// As many sequences are alive as may be.
    case queueFull(limit: Int)
    /// More sequences at once than the server ever takes.
    case tooManySequences(count: Int, limit: Int)
    /// Prompt and answer do not fit into the context.
    case promptTooLong(promptTokens: Int, maximumTokens: Int?, context: Int)
    /// Prompt and answer do not fit into the KV memory even when alone.
    case wouldNeverFit(tokens: Int, capacity: Int)
    /// There is nothing to go on from.
    case emptyPrompt
    /// The prompt names a token that the model does not have.
    case unknownToken(Int32)
    /// The prompt holds media that the model does not take.
    case mediaNotTaken(reason: String)
    /// The server is stopping.
    case draining

    /// A sentence for the client.
    package var description: String {
        switch self {
        case .queueFull(let limit):
            "The server is busy: all \(limit) places are taken."
        case .tooManySequences(let count, let limit):
            "The request asks for \(count) sequences at once; this server takes \(limit)."
        case .promptTooLong(let prompt, let maximum, let context):
            if let maximum {
                "This model's maximum context length is \(context) tokens, but \(prompt) prompt tokens and "
                    + "\(maximum) completion tokens were requested."
            } else {
                "This model's maximum context length is \(context) tokens, but the prompt has \(prompt)."
            }
        case .wouldNeverFit(let tokens, let capacity):
            "The request needs \(tokens) tokens of KV memory, but the server has \(capacity)."
        case .emptyPrompt:
            "The prompt has no tokens."
        case .unknownToken(let token):
            "The prompt names token \(token), which this model does not have."
        case .mediaNotTaken(let reason):
            "The media of the prompt cannot be used: \(reason)."
        case .draining:
            "The server is shutting down."
        }
    }
}

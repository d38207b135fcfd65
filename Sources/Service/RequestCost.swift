import HTTP
import JSON
import OpenAI
import Platform
import Sampling
import Tokenization

/// What a request takes of the memory that all requests share, worked out before it is taken.
///
/// The numbers are upper bounds of what was measured, with the growth of arrays (old and new at once) in them.
enum RequestCost {
    /// What is made of a body before tokens are: its value, half as much again as typed fields or as values of a template,
    /// and copies of its texts while they are put together.
    static func reading(_ body: [UInt8]) -> Int {
        let footprint = JSONFootprint(body)
        return footprint.bytes / 2 * 3 + footprint.stringBytes * 3
    }

    /// Tokens as JSON, with their texts where they are asked for, and the copies of it on its way out.
    static func tokenList(_ count: Int, textBytes: Int, isDetailed: Bool) -> Int {
        count * (isDetailed ? 64 : 8) * 3 + (isDetailed ? textBytes * 6 * 3 : 0)
    }

    /// A text as JSON, at worst six bytes for one, and the copies of it on its way out.
    static func text(_ bytes: Int) -> Int { bytes * 8 }

    /// A token of an answer that is kept until the end: its text, its report, and both as JSON with a copy.
    static func answerToken(alternatives: Int?) -> Int {
        32 + (alternatives.map { ($0 + 1) * (reportBytes + reportJSONBytes * 3) } ?? 0)
    }

    /// The report of a prompt for one answer as JSON with a copy.
    static func promptReport(tokens: Int, alternatives: Int, isLegacy: Bool) -> Int {
        tokens * (alternatives + 1) * (isLegacy ? legacyJSONBytes : reportJSONBytes) * 3
    }

    /// One alternative of one token in memory.
    static let reportBytes = 80
    /// One alternative of one token as JSON, in its longest shape.
    private static let reportJSONBytes = 72
    /// The same in the shape of echoed prompts, a name and a number.
    private static let legacyJSONBytes = 32
}

extension GenerationJob {
    /// What is held from the admission to the end: the tokens here and in the engine, and the state of every choice.
    var heldBytes: Int {
        prompts.reduce(prediction.count * 8) { sum, prompt in
            sum + prompt.tokens.count * (16 + 8 * candidates) + (prompt.echo?.utf8.count ?? 0) * 2
                + candidates * Self.choiceBytes + reportedBytes(prompt)
        }
    }

    /// Log probabilities of a prompt: of each answer as the engine has them, as reports of one, and as JSON.
    private func reportedBytes(_ prompt: Prompt) -> Int {
        guard let alternatives = promptAlternatives else { return 0 }
        let count = prompt.tokens.count * (alternatives + 1)
        let written = options.stream == nil ? options.choices : 1
        // Reports of an echo alone are written by name.
        let isLegacy = options.reporting.promptLogprobs == nil
        let copies =
            RequestCost.promptReport(tokens: prompt.tokens.count, alternatives: alternatives, isLegacy: isLegacy)
            * written
        let engines = candidates * (count * 8 + prompt.tokens.count * 80)
        return engines + count * RequestCost.reportBytes + copies
    }

    /// What one more token of an answer takes until it has been written.
    var tokenBytes: Int { RequestCost.answerToken(alternatives: options.reporting.topLogprobs) }

    /// Matchers, readers of calls, and the beginnings of lists.
    private static let choiceBytes = 8192
}

extension RequestMemory {
    /// Takes memory for something that is about to be made.
    ///
    /// - Throws: 503 when there is none now, 413 when there never will be.
    func need(_ bytes: Int) throws(APIError) {
        guard !take(bytes) else { return }
        throw couldTake(bytes) ? .noMemory : .needsTooMuchMemory
    }
}

extension ByteClaim {
    /// Takes memory for something that is about to be made.
    ///
    /// - Throws: 503 when there is none now, 413 when there never will be.
    func need(_ bytes: Int) throws(APIError) {
        guard !take(bytes) else { return }
        throw couldTake(bytes) ? .noMemory : .needsTooMuchMemory
    }
}

extension APIError {
    /// 503: all requests under way together hold as much as they may.
    static let noMemory = APIError.unavailable(
        "There is no memory for this request now; try again shortly.", code: "server_overloaded")

    /// 413: the request alone needs more than all together may hold.
    static let needsTooMuchMemory = APIError(
        status: 413, type: "invalid_request_error",
        message: "This request takes more memory than all requests together may hold (http.request_bytes); "
            + "make it smaller, or ask for less.",
        parameter: nil, code: "request_too_large")
}

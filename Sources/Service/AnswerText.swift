import Grammar
package import OpenAI
package import Sampling
package import Tokenization

/// The text of one choice as its tokens come in: decoded, split, cut at stop strings, with its reports.
package struct AnswerText: Sendable {
    /// What became visible since the last time.
    package struct Delta: Sendable, Equatable {
        /// More of the reasoning; never a part of a character.
        package var reasoning = ""
        /// More of the answer; never a part of a character.
        package var text = ""
        /// More of its calls.
        package var calls: [CallEvent] = []
        /// How many bytes of the text stand before the first of them; nil where none begins.
        package var callOffset: Int?
        /// Log probabilities of the tokens behind both; nil when none were asked for.
        package var reports: [TokenReport]?
        /// How many of the reports, from the first, are of tokens before the answer.
        package var reasoningReports = 0
        /// The tokens generated since the last time; nil when they were not asked for.
        package var tokenIDs: [Int32]?

        /// Whether there is nothing to be read.
        package var isSilent: Bool { reasoning.isEmpty && text.isEmpty && calls.isEmpty }
    }

    /// What shapes the text of a request's choices.
    package struct Rules: Sendable {
        /// Turns tokens into bytes.
        let tokenizer: Tokenizer
        /// Stop strings and when they count.
        let stopping: StoppingOptions
        /// What is reported.
        let reporting: ReportingOptions
        /// How reasoning is told from the answer; nil: everything is the answer.
        let splitting: ReasoningParser.Rules?
        /// How calls are told from the text; nil: they are text.
        package var calls: CallScanner.Rules?

        /// The rules of one request without tools.
        package init(
            tokenizer: Tokenizer, stopping: StoppingOptions, reporting: ReportingOptions,
            splitting: ReasoningParser.Rules?
        ) {
            self.tokenizer = tokenizer
            self.stopping = stopping
            self.reporting = reporting
            self.splitting = splitting
        }
    }

    private let rules: Rules
    private var stream: TextStream
    private var sorter: OutputParser
    private var ledger = TokenAlignment()
    private var newTokens: [Int32] = []
    /// Reports of tokens that have no text of their own, for the next ones that have.
    private var bareReports: [TokenReport] = []
    private var isClosed = false
    /// The tokens that mark calls.
    private let marks: Set<[UInt8]>

    /// Tokens taken, up to the one that completed a stop string or the last call.
    package private(set) var tokenCount = 0

    /// An empty text.
    package init(_ rules: Rules) {
        self.rules = rules
        // Special tokens that are not to be seen never get there, unless they are tags or marks.
        stream = TextStream(tokenizer: rules.tokenizer, rendersSpecial: true)
        sorter = OutputParser(rules.stopping, splitting: rules.splitting, calls: rules.calls)
        marks = Set((rules.calls?.format.marks ?? []).map { Array($0.utf8) })
    }

    /// Whether a stop string was found or the last call made; tokens after it are ignored.
    package var isStopped: Bool { sorter.isStopped }

    /// Calls that it makes.
    package var callCount: Int { sorter.callCount }

    /// How calls are written that are looked for.
    var callFormat: ToolFormat? { rules.calls?.format }

    /// Calls that had to be ended because their arguments were no JSON.
    var malformedCallCount: Int { sorter.malformedCallCount }

    private var isReporting: Bool { rules.reporting.topLogprobs != nil }

    /// Takes the next token.
    /// - Parameter tags: the tags of thinking in it.
    package mutating func append(_ token: Int32, logprobs: TokenLogprobs?, tags: TagMarks = TagMarks()) {
        guard !isStopped, !isClosed else { return }
        tokenCount += 1
        newTokens.append(token)
        let isHidden = rules.reporting.skipsSpecialTokens && rules.tokenizer.isSpecial(token)
        let isRead = !isHidden || isMeant(token)
        let (text, tags) = isRead ? read(token, tags) : ([], tags.placed { _ in 0 })
        if isReporting {
            let raw = isRead ? rules.tokenizer.bytes(of: token, rendersSpecial: true) : []
            ledger.append(token, raw: raw, logprobs: logprobs)
            ledger.book(text, isLast: false)
        }
        sorter.append(text, tags, isHidden: isHidden, mayStop: mayStop)
    }

    /// Counts a token that ended the answer and is no part of its text.
    package mutating func appendEnd(_ token: Int32) {
        guard !isStopped, !isClosed else { return }
        tokenCount += 1
        newTokens.append(token)
    }

    /// Ends the text: what was held back is visible now.
    /// - Parameter isCut: whether it would have gone on.
    package mutating func close(isCut: Bool) {
        guard !isClosed else { return }
        if !isStopped {
            let text = Array(stream.finish().utf8)
            if isReporting { ledger.book(text, isLast: true) }
            sorter.append(text, nil, isHidden: false, mayStop: mayStop)
            if !isStopped { sorter.finish(isCut: isCut, mayStop: mayStop) }
        }
        isClosed = true
    }

    /// Hands out what became visible; nil when there is no new text.
    ///
    /// With log probabilities whole tokens are handed out, so that text and reports stay together. After `close` the
    /// rest comes, reports and ids even without text.
    package mutating func take() -> Delta? {
        var delta = Delta()
        var bytes = sorter.visibleBytes
        if isReporting {
            let released: [ReportedToken]
            if isClosed || isStopped {
                released = ledger.releaseAll(visible: sorter.visibleBytes, isCut: isStopped)
            } else {
                (released, bytes) = ledger.releaseWhole(sorter.pending, visible: sorter.visibleBytes)
            }
            delta.reports = bareReports + released.map(report)
            delta.reasoningReports = bareReports.count + countBeforeContent(released, bytes: bytes)
        }
        delta.reasoning = reasoning(in: bytes)
        delta.text = String(decoding: sorter.content(within: bytes), as: UTF8.self)
        delta.calls = sorter.events(within: bytes)
        delta.callOffset = sorter.callOffset(within: bytes)
        sorter.remove(bytes)
        guard !delta.isSilent || isClosed || isStopped else {
            bareReports = delta.reports ?? []
            return nil
        }
        bareReports = []
        if rules.reporting.returnsTokenIDs {
            delta.tokenIDs = newTokens
            newTokens = []
        }
        return delta
    }
}

extension AnswerText {
    /// Whether stop strings count already.
    private var mayStop: Bool { tokenCount >= rules.stopping.minimumTokens }

    /// The text of a token, and where in it tags end. It is cut there: what is held back of a character or mended
    /// moves places, but never the end of a tag.
    private mutating func read(_ token: Int32, _ tags: TagMarks) -> (text: [UInt8], tags: TagMarks) {
        guard !tags.isEmpty else { return (Array(stream.append(token).utf8), tags) }
        let bytes = rules.tokenizer.bytes(of: token, rendersSpecial: true)
        var (text, start) = ([UInt8](), 0)
        let placed = tags.placed { end in
            text += Array(stream.append(bytes[start..<end]).utf8)
            start = end
            return text.count
        }
        return (text + Array(stream.append(bytes[start...]).utf8), placed)
    }

    /// Whether a special token is a tag or a mark that means something here.
    private func isMeant(_ token: Int32) -> Bool {
        let bytes = rules.tokenizer.bytes(of: token, rendersSpecial: true)
        if marks.contains(bytes) { return true }
        return sorter.listensForTags && (bytes == ThinkingScanner.openingTag || bytes == ThinkingScanner.closingTag)
    }

    /// The reasoning among the first `bytes`.
    private func reasoning(in bytes: Int) -> String {
        let (text, parts) = (sorter.pending, sorter.parts)
        guard parts[..<bytes].contains(.reasoning) else { return "" }
        return String(decoding: (0..<bytes).lazy.filter { parts[$0] == .reasoning }.map { text[$0] }, as: UTF8.self)
    }

    /// How many tokens have no byte at or behind the first one of the answer.
    private func countBeforeContent(_ released: [ReportedToken], bytes: Int) -> Int {
        let content = sorter.parts[..<bytes].firstIndex { $0 == .content || $0 == .call }
        guard let content else { return released.count }
        var end = 0
        return released.prefix {
            end += $0.bytes.count
            return end <= content
        }.count
    }

    private func report(_ token: ReportedToken) -> TokenReport {
        ReportWriter(tokenizer: rules.tokenizer, rendersSpecial: true)
            .report(token.id, bytes: token.bytes, token.logprobs)
    }
}

/// Turns the engine's figures into reports with bytes.
struct ReportWriter {
    let tokenizer: Tokenizer
    let rendersSpecial: Bool

    /// The report of a token that contributed `bytes`.
    func report(_ id: Int32, bytes: [UInt8], _ logprobs: TokenLogprobs?) -> TokenReport {
        TokenReport(
            id: id, bytes: bytes, logprob: logprobs?.logprob,
            alternatives: (logprobs?.top ?? []).map {
                .init(
                    id: $0.token, bytes: tokenizer.bytes(of: $0.token, rendersSpecial: rendersSpecial),
                    logprob: $0.logprob)
            })
    }

    /// The reports of a prompt, one per token; `shown` tells which bytes each contributed.
    func reports(_ prompt: [Int32], _ logprobs: [TokenLogprobs?], shown: (Int) -> [UInt8]) -> [TokenReport] {
        prompt.indices.map { report(prompt[$0], bytes: shown($0), $0 < logprobs.count ? logprobs[$0] : nil) }
    }
}

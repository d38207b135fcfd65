import Engine
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
        /// Log probabilities of the tokens behind both; nil when none were asked for.
        package var reports: [TokenReport]?
        /// How many of the reports, from the first, are of tokens before the answer.
        package var reasoningReports = 0
        /// The tokens generated since the last time; nil when they were not asked for.
        package var tokenIDs: [Int32]?
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
        let splitting: ReasoningSplitter.Rules?

        /// The rules of one request.
        package init(
            tokenizer: Tokenizer, stopping: StoppingOptions, reporting: ReportingOptions,
            splitting: ReasoningSplitter.Rules?
        ) {
            self.tokenizer = tokenizer
            self.stopping = stopping
            self.reporting = reporting
            self.splitting = splitting
        }
    }

    private let rules: Rules
    private var stream: TextStream
    private var splitter: ReasoningSplitter?
    private var matcher: StopMatcher
    private var ledger = TokenLedger()
    private var newTokens: [Int32] = []
    /// Reports of tokens that have no text of their own, for the next ones that have.
    private var bareReports: [TokenReport] = []
    /// Text not handed out yet.
    private var pending: [UInt8] = []
    /// What its bytes are, as far as that is certain.
    private var parts: [TextPart] = []
    /// How many of its bytes were looked at for stop strings.
    private var judged = 0
    /// How much of it nothing can take back.
    private var visibleBytes = 0
    private var isClosed = false

    /// Tokens taken, up to the one that completed a stop string.
    package private(set) var tokenCount = 0
    /// Whether a stop string was found; tokens after it are ignored.
    package private(set) var isStopped = false

    /// An empty text.
    package init(_ rules: Rules) {
        self.rules = rules
        // Special tokens that are not to be seen never get there, unless they are tags.
        stream = TextStream(tokenizer: rules.tokenizer, rendersSpecial: true)
        splitter = rules.splitting.map { ReasoningSplitter($0) }
        matcher = StopMatcher(rules.stopping.strings)
    }

    private var isReporting: Bool { rules.reporting.topLogprobs != nil }

    /// Takes note that thinking is closed without the model.
    mutating func expectOwnClose() { splitter?.expectOwnClose() }

    /// Takes the next token.
    package mutating func append(_ token: Int32, logprobs: TokenLogprobs?) {
        guard !isStopped, !isClosed else { return }
        tokenCount += 1
        newTokens.append(token)
        let isHidden = rules.reporting.skipsSpecialTokens && rules.tokenizer.isSpecial(token)
        let isRead = !isHidden || splitter?.isListening == true && isTag(token)
        let text = isRead ? Array(stream.append(token).utf8) : []
        if isReporting {
            let raw = isRead ? rules.tokenizer.bytes(of: token, rendersSpecial: true) : []
            ledger.append(token, raw: raw, logprobs: logprobs)
            ledger.book(text, isLast: false)
        }
        extend(with: text, isHidden: isHidden)
    }

    /// Counts a token that ended the answer and is no part of its text.
    package mutating func appendEnd(_ token: Int32) {
        guard !isStopped, !isClosed else { return }
        tokenCount += 1
        newTokens.append(token)
    }

    /// Ends the text: what was held back is visible now.
    package mutating func close() {
        guard !isClosed else { return }
        if !isStopped {
            let text = Array(stream.finish().utf8)
            if isReporting { ledger.book(text, isLast: true) }
            extend(with: text, isHidden: false)
            if !isStopped, splitter != nil {
                splitter?.finish(&parts)
                judge()
            }
            if !isStopped { visibleBytes = pending.count }
        }
        isClosed = true
    }

    /// Hands out what became visible; nil when there is no new text.
    ///
    /// With log probabilities whole tokens are handed out, so that text and reports stay together. After `close` the
    /// rest comes, reports and ids even without text.
    package mutating func take() -> Delta? {
        var delta = Delta()
        var bytes = visibleBytes
        if isReporting {
            let released: [ReportedToken]
            if isClosed || isStopped {
                released = ledger.releaseAll(visible: visibleBytes, isCut: isStopped)
            } else {
                (released, bytes) = ledger.releaseWhole(pending, visible: visibleBytes)
            }
            delta.reports = bareReports + released.map(report)
            delta.reasoningReports = bareReports.count + countBeforeContent(released, bytes: bytes)
        }
        delta.reasoning = text(.reasoning, in: bytes)
        delta.text = text(.content, in: bytes)
        remove(bytes)
        guard !delta.reasoning.isEmpty || !delta.text.isEmpty || isClosed || isStopped else {
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
    private func isTag(_ token: Int32) -> Bool {
        let bytes = rules.tokenizer.bytes(of: token, rendersSpecial: true)
        return bytes == ThinkingScanner.openingTag || bytes == ThinkingScanner.closingTag
    }

    private mutating func extend(with text: [UInt8], isHidden: Bool) {
        pending += text
        if splitter == nil {
            parts.append(contentsOf: repeatElement(.content, count: text.count))
        } else if splitter?.append(text, isHidden: isHidden, to: &parts) == true, rules.splitting?.recalls == true {
            recall()
        }
        judge()
    }

    /// Makes reasoning of all that was content, without the newlines at its ends.
    private mutating func recall() {
        guard let first = parts.firstIndex(of: .content), let last = parts.lastIndex(of: .content) else { return }
        func isNewline(_ index: Int) -> Bool { pending[index] == 0x0a || pending[index] == 0x0d }
        let start = (first...last).first { !isNewline($0) } ?? last + 1
        let end = (first...last).last { !isNewline($0) }.map { $0 + 1 } ?? start
        for index in first...last where parts[index] == .content {
            parts[index] = (start..<end).contains(index) ? .reasoning : .dropped
        }
    }

    /// Looks for stop strings in what has become content.
    private mutating func judge() {
        guard tokenCount >= rules.stopping.minimumTokens else {
            judged = parts.count
            visibleBytes = parts.count
            return
        }
        while judged < parts.count {
            let part = parts[judged]
            let end = parts[judged...].firstIndex { $0 != part } ?? parts.count
            guard part == .content else {
                if matcher.heldBytes > 0 { matcher = StopMatcher(rules.stopping.strings) }
                judged = end
                continue
            }
            if let match = matcher.append(pending[judged..<end]) { return stop(match) }
            judged = end
        }
        visibleBytes = parts.count - matcher.heldBytes
    }

    private mutating func stop(_ match: StopMatcher.Match) {
        let end = judged + match.consumedBytes
        visibleBytes = rules.stopping.includesText ? end : end - match.stopBytes
        isStopped = true
    }

    /// The bytes of one part among the first `bytes`, as text.
    private func text(_ part: TextPart, in bytes: Int) -> String {
        guard parts[..<bytes].contains(part) else { return "" }
        return String(decoding: (0..<bytes).lazy.filter { parts[$0] == part }.map { pending[$0] }, as: UTF8.self)
    }

    /// How many tokens have no byte at or behind the first one of the answer.
    private func countBeforeContent(_ released: [ReportedToken], bytes: Int) -> Int {
        guard let content = parts[..<bytes].firstIndex(of: .content) else { return released.count }
        var end = 0
        return released.prefix {
            end += $0.bytes.count
            return end <= content
        }.count
    }

    private mutating func remove(_ bytes: Int) {
        pending.removeFirst(bytes)
        parts.removeFirst(bytes)
        judged = max(0, judged - bytes)
        visibleBytes -= bytes
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

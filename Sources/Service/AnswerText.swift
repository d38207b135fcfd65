package import OpenAI
package import Sampling
package import Tokenization

/// The text of one choice as its tokens come in: decoded, cut at stop strings, with its reports.
package struct AnswerText: Sendable {
    /// What became visible since the last time.
    package struct Delta: Sendable, Equatable {
        /// More text; never a part of a character.
        package var text: String
        /// Log probabilities of the tokens behind it; nil when none were asked for.
        package var reports: [TokenReport]?
        /// The tokens generated since the last time; nil when they were not asked for.
        package var tokenIDs: [Int32]?
    }

    /// What shapes the text of a request's choices.
    package struct Rules: Sendable {
        /// Turns tokens into bytes.
        package let tokenizer: Tokenizer
        /// Stop strings and when they count.
        package let stopping: StoppingOptions
        /// What is reported.
        package let reporting: ReportingOptions

        /// The rules of one request.
        package init(tokenizer: Tokenizer, stopping: StoppingOptions, reporting: ReportingOptions) {
            self.tokenizer = tokenizer
            self.stopping = stopping
            self.reporting = reporting
        }

        var rendersSpecial: Bool { !reporting.skipsSpecialTokens }
    }

    private let rules: Rules
    private var stream: TextStream
    private var matcher: StopMatcher
    private var ledger = TokenLedger()
    private var newTokens: [Int32] = []
    /// Text not handed out yet.
    private var pending: [UInt8] = []
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
        stream = TextStream(tokenizer: rules.tokenizer, rendersSpecial: rules.rendersSpecial)
        matcher = StopMatcher(rules.stopping.strings)
    }

    private var isReporting: Bool { rules.reporting.topLogprobs != nil }

    /// Takes the next token.
    package mutating func append(_ token: Int32, logprobs: TokenLogprobs?) {
        guard !isStopped, !isClosed else { return }
        tokenCount += 1
        newTokens.append(token)
        let text = Array(stream.append(token).utf8)
        if isReporting {
            let raw = rules.tokenizer.bytes(of: token, rendersSpecial: rules.rendersSpecial)
            ledger.append(token, raw: raw, logprobs: logprobs)
            ledger.book(text, isLast: false)
        }
        extend(with: text)
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
            extend(with: text)
            if !isStopped { visibleBytes = pending.count }
        }
        isClosed = true
    }

    /// Hands out what became visible; nil when there is no new text.
    ///
    /// With log probabilities whole tokens are handed out, so that text and reports stay together. After `close` the
    /// rest comes, reports and ids even without text.
    package mutating func take() -> Delta? {
        var delta = Delta(text: "", reports: nil, tokenIDs: nil)
        var bytes = visibleBytes
        if isReporting {
            let released: [ReportedToken]
            if isClosed || isStopped {
                released = ledger.releaseAll(visible: visibleBytes, isCut: isStopped)
            } else {
                (released, bytes) = ledger.releaseWhole(pending, visible: visibleBytes)
            }
            delta.reports = released.map(report)
        }
        guard bytes > 0 || isClosed || isStopped else { return nil }
        delta.text = String(decoding: pending.prefix(bytes), as: UTF8.self)
        pending.removeFirst(bytes)
        visibleBytes -= bytes
        if rules.reporting.returnsTokenIDs {
            delta.tokenIDs = newTokens
            newTokens = []
        }
        return delta
    }

    private mutating func extend(with text: [UInt8]) {
        pending += text
        guard tokenCount >= rules.stopping.minimumTokens else {
            visibleBytes = pending.count
            return
        }
        guard let match = matcher.append(text) else {
            visibleBytes = pending.count - matcher.heldBytes
            return
        }
        let end = pending.count - text.count + match.consumedBytes
        visibleBytes = rules.stopping.includesText ? end : end - match.stopBytes
        isStopped = true
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

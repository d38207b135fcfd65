/// How the thinking of an answer is bounded.
package struct ThinkingRules: Sendable {
    /// The bytes of every token, those of special tokens too.
    package let texts: TokenTexts
    /// Whether the prompt ends inside the block.
    package let isInside: Bool
    /// Whether a closing tag without an opening one counts.
    package let awaitsLateClose: Bool
    /// The tokens that close the block from any place in it; if they do not, it is never closed by force.
    package let closing: [Int32]
    /// Most tokens of the block, its tags included; nil for no bound of its own. The tags themselves always come.
    package let budget: Int?
    /// What counts as thinking in circles; nil for no look-out.
    package let repetition: RepetitionDetector.Rules?
    /// The token that opens a block, if one token does; needed where the answer has to have a form.
    package var opening: Int32?
    /// Whether the answer behind the block has to have a form: what separates both then comes by itself.
    package var bindsAnswer = false
    /// Tokens of `closing` up to the one that completes the tag; nil if none does.
    let closingTagTokens: Int?

    /// The rules for an answer that begins at `start`.
    package init(
        texts: TokenTexts, start: ThinkingScanner, closing: [Int32], budget: Int?, repetition: RepetitionDetector.Rules?
    ) {
        var scanner = ThinkingScanner(isInside: true, awaitsLateClose: false)
        var tagTokens: Int?
        for (index, token) in closing.enumerated() where tagTokens == nil {
            for place in texts.range(of: token) where scanner.advance(texts[place]) == .closed { tagTokens = index + 1 }
        }
        self.texts = texts
        isInside = start.phase == .inside
        awaitsLateClose = start.awaitsLateClose
        self.closing = closing
        self.budget = budget
        self.repetition = repetition
        closingTagTokens = tagTokens
    }
}

/// What closed the thinking of an answer.
package enum ThinkingClosure: Sendable, Equatable {
    /// The model.
    case model
    /// Its budget was spent.
    case budget
    /// It went in circles.
    case repetition
}

/// Follows the thinking of one answer: a function of its tokens so far, and of nothing else.
///
/// Whoever chooses the answer's tokens asks for the token that must come next and then accepts the one that came, once
/// each and in order. Whoever reads the answer can do the same later and learns the same.
package struct ThinkingState: Sendable {
    private let rules: ThinkingRules
    private var scanner: ThinkingScanner
    private var detector: RepetitionDetector?
    private var tokens = 0
    /// How many of the closing tokens have come, while they come.
    private var closed: Int?

    /// Tokens of the block so far, its tags included.
    package private(set) var reasoningTokens = 0
    /// What closed the block, or is closing it.
    package private(set) var closure: ThinkingClosure?

    /// An answer without tokens.
    package init(_ rules: ThinkingRules) {
        self.rules = rules
        scanner = ThinkingScanner(isInside: rules.isInside, awaitsLateClose: rules.awaitsLateClose)
        detector = rules.repetition.map { RepetitionDetector($0) }
        if rules.isInside { closeIfSpent() }
    }

    /// Where the answer stands.
    package var phase: ThinkingPhase { scanner.phase }

    /// The token that must come next, whatever the model would say; nil leaves the choice to the model.
    package var forced: Int32? { closed.map { rules.closing[$0] } }

    /// Takes the next token of the answer.
    package mutating func accept(_ token: Int32) {
        guard closed != nil || scanner.isListening else { return }
        tokens += 1
        let event = scan(token)
        switch event {
        case .closed, .closedLate:
            reasoningTokens = tokens
            closure = closure ?? .model
        case .opened, .none, .began, .mentioned, .reopened, .closedAgain:
            if scanner.phase == .inside { reasoningTokens = tokens }
        }
        if let done = closed {
            closed = done + 1 < rules.closing.count ? done + 1 : nil
        } else if event == .closed, rules.bindsAnswer, let tagTokens = rules.closingTagTokens {
            closed = tagTokens < rules.closing.count && endsWithTag(token) ? tagTokens : nil
        } else if scanner.phase == .inside {
            if detector?.advance(token) == true { close(.repetition) } else { closeIfSpent() }
        }
    }

    /// Whether a token would close the block and go on with text that is no newline.
    package func runsOver(_ token: Int32) -> Bool {
        var scanner = scanner
        var isClosed = false
        for place in rules.texts.range(of: token) {
            let byte = rules.texts[place]
            if isClosed, byte != 0x0a, byte != 0x0d { return true }
            if scanner.advance(byte) == .closed { isClosed = true }
        }
        return false
    }

    private func endsWithTag(_ token: Int32) -> Bool {
        rules.texts.range(of: token).last.map { rules.texts[$0] } == ThinkingScanner.closingTag.last
    }

    /// Reads the bytes of a token; the event that decides about the block, if there is one.
    private mutating func scan(_ token: Int32) -> ThinkingScanner.Event {
        var decisive = ThinkingScanner.Event.none
        for place in rules.texts.range(of: token) {
            let event = scanner.advance(rules.texts[place])
            if event == .closed || event == .closedLate { decisive = event }
        }
        return decisive
    }

    private mutating func closeIfSpent() {
        guard let budget = rules.budget, let tagTokens = rules.closingTagTokens else { return }
        if tokens >= budget - tagTokens { close(.budget) }
    }

    private mutating func close(_ reason: ThinkingClosure) {
        guard rules.closingTagTokens != nil else { return }
        closure = reason
        closed = 0
    }
}

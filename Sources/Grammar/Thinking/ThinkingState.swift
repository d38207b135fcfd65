import Sampling

/// Follows the thinking of one answer: a function of its tokens so far, and of nothing else.
struct ThinkingState: Sendable {
    private let rules: ThinkingRules
    private var scanner: ThinkingScanner
    private var detector: RepetitionDetector?
    private var tokens = 0
    /// How many of the closing tokens have come, while they come.
    private var closed: Int?
    /// Whether what separates thinking and answer comes by itself when the model closes its block.
    private let separates: Bool

    /// What there is to know of the token accepted last.
    private(set) var note = TokenNote()

    /// An answer without tokens.
    init(_ rules: ThinkingRules, separates: Bool) {
        self.rules = rules
        self.separates = separates
        scanner = rules.start
        if separates { scanner.endWithTheThinking() }
        detector = rules.repetition.map { RepetitionDetector($0) }
        if phase == .inside { closeIfSpent() }
    }

    /// Where the answer stands.
    var phase: ThinkingPhase { scanner.phase }

    /// The token that must come next, whatever the model would say; nil leaves the choice to the model.
    var forced: Int32? { closed.map { rules.vocabulary.closing[$0] } }

    /// Takes the next token of the answer.
    mutating func accept(_ token: Int32) {
        note.part = .answer
        note.tags = TagMarks()
        guard closed != nil || scanner.isListening else { return }
        tokens += 1
        let tags = scanner.marks(in: rules.text(of: token))
        let isClosed = tags.contains(.closed)
        let isEnd = isClosed || tags.contains(.closedLate)
        note.tags = tags
        note.part = isEnd || phase == .inside ? .thinking : .answer
        if isEnd { note.closure = note.closure ?? .model }
        if let done = closed {
            closed = done + 1 < rules.vocabulary.closing.count ? done + 1 : nil
        } else if isClosed, separates, let tagTokens = rules.vocabulary.closingTagTokens {
            closed = tagTokens < rules.vocabulary.closing.count && endsWithTag(token) ? tagTokens : nil
        } else if phase == .inside {
            if detector?.advance(token) == true { close(.repetition) } else { closeIfSpent() }
        }
    }

    /// Whether a token would close the block and go on with text that is no newline.
    func runsOver(_ token: Int32) -> Bool {
        var scanner = scanner
        var isClosed = false
        for byte in rules.text(of: token) {
            if isClosed, byte != 0x0a, byte != 0x0d { return true }
            if scanner.advance(byte) == .closed { isClosed = true }
        }
        return false
    }

    private func endsWithTag(_ token: Int32) -> Bool { rules.text(of: token).last == ThinkingScanner.closingTag.last }

    private mutating func closeIfSpent() {
        guard let budget = rules.budget, let tagTokens = rules.vocabulary.closingTagTokens else { return }
        if tokens >= budget - tagTokens { close(.budget) }
    }

    private mutating func close(_ reason: ThinkingClosure) {
        guard rules.vocabulary.closingTagTokens != nil else { return }
        note.closure = reason
        closed = 0
        if !separates { scanner.expectOwnClose() }
    }
}

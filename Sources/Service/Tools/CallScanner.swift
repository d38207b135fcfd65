/// Finds the calls of tools in an answer, byte by byte; the pieces in which the text comes cannot change what is found.
///
/// What may become a call is held back for as long as it may. What then turns out to be none is text, to the last byte.
package struct CallScanner: Sendable {
    /// What is looked for in the answers of a request.
    package struct Rules: Sendable {
        /// How calls are written.
        let format: ToolFormat
        /// The functions that may be called; calls of others are text.
        let functions: CallableFunctions
        /// Most calls of an answer, at least 1.
        let mostCalls: Int
        /// Whether an answer consists of calls, so that nothing that begins like one is text.
        let isForced: Bool
        /// Whether the request names the function to call, so that calling it is no news.
        let isNamed: Bool

        /// The rules of one request.
        package init(
            format: ToolFormat, functions: CallableFunctions, mostCalls: Int, isForced: Bool, isNamed: Bool
        ) {
            self.isNamed = isNamed
            self.format = format
            self.functions = functions
            self.mostCalls = mostCalls
            self.isForced = isForced
        }
    }

    /// What has become certain.
    package struct Findings: Sendable {
        /// What every byte is: part of the answer's text, or of a call and its markup.
        package var isText: [Bool] = []
        /// What happened, and behind how many of these bytes.
        package var events: [(bytes: Int, event: CallEvent)] = []

        /// Nothing yet.
        package init() {}
    }

    private enum Stage: Sendable {
        /// Blanks in front of what may be a call.
        case leading
        case opening(LiteralMatcher)
        case block(CallBlock)
    }

    private let rules: Rules
    private let openings: LiteralMatcher
    private var stage = Stage.leading
    /// Bytes of which nothing is certain.
    private var held: [UInt8] = []
    /// Whether something of the block was taken.
    private var hasTaken = false
    /// Whether there was any text but blanks.
    private var hasText = false
    /// Whether the last byte that is certain belongs to a call.
    private var isBehindCall = false

    /// Bytes of the arguments at hand.
    private var argumentBytes = 0

    /// Looks out for calls that an answer makes again only because it has to have the form of calls.
    private var repetition = CallRepetition()

    /// Calls that are complete.
    package private(set) var callCount = 0
    /// Calls whose arguments had to be ended because they were no JSON.
    package private(set) var malformedCount = 0

    /// Blanks that may belong to the markup behind them.
    private static let mostBlanks = 64
    /// Bytes that are held back at most.
    private static let mostHeld = 16_384
    /// Bytes of the arguments of one call.
    private static let mostArgumentBytes = 1 << 20

    /// A scanner at the beginning of an answer.
    package init(_ rules: Rules) {
        self.rules = rules
        openings = LiteralMatcher(rules.format.openings)
    }

    /// Bytes at the end of which nothing is certain.
    package var heldBytes: Int { held.count }

    /// Whether no further call may follow.
    package var isFull: Bool { callCount >= rules.mostCalls || repetition.isFound }

    /// Takes more text.
    package mutating func append(_ text: some Sequence<UInt8>, to findings: inout Findings) {
        for byte in text where !isFull {
            if isPlain(byte) {
                decideText(&findings)
            } else {
                take(byte, &findings)
            }
        }
    }

    /// Decides about what is left at the end of the text.
    /// - Parameter isCut: whether the answer would have gone on.
    package mutating func finish(isCut: Bool, to findings: inout Findings) {
        guard !isFull else { return }
        var isMarkup = false
        if case .block(var block) = stage {
            if hasTaken, !isCut, let events = block.closeArguments() {
                malformedCount += 1
                note(events, &findings)
                isMarkup = true
            }
            isMarkup = isMarkup || isCut || hasTaken && block.isBetweenCalls
        }
        if case .leading = stage { isMarkup = isBehindCall }
        decide(held.count, isText: !(isMarkup || rules.isForced && isCut), &findings)
        restart()
    }

    /// Takes a byte and, where it ends an attempt, looks again at what was held.
    private mutating func take(_ byte: UInt8, _ findings: inout Findings) {
        var queue = [byte]
        var next = 0
        while next < queue.count, !isFull {
            let byte = queue[next]
            next += 1
            held.append(byte)
            var step = advance(byte)
            if held.count > Self.mostHeld, step == .held { step = .refused }
            switch step {
            case .held: continue
            case .taken(let events), .finished(let events):
                hasTaken = true
                decide(held.count, isText: false, &findings)
                note(events, &findings)
                if case .finished = step { restart() } else { endLongArguments(&findings) }
            case .broken(let events):
                malformedCount += 1
                note(events, &findings)
                queue = held + queue[next...]
                next = 0
                restart()
            case .refused:
                // Where nothing was taken the first byte is text; what follows it may be the beginning of a call.
                let text = hasTaken ? 0 : 1
                queue = Array(held[text...]) + queue[next...]
                next = 0
                decide(text, isText: true, &findings)
                restart()
            }
        }
    }

    /// Whether a byte between calls begins nothing, and nothing has begun.
    private func isPlain(_ byte: UInt8) -> Bool {
        guard case .leading = stage, held.isEmpty else { return false }
        return !ArgumentText.isBlank(byte) && !openings.canBegin(byte) && (hasText || !rules.format.isBare)
    }

    private mutating func decideText(_ findings: inout Findings) {
        hasText = true
        isBehindCall = false
        findings.isText.append(true)
    }

    private mutating func restart() {
        stage = .leading
        held = []
        hasTaken = false
    }

    private mutating func advance(_ byte: UInt8) -> CallStep {
        switch stage {
        case .leading: return lead(byte)
        case .opening(var matcher):
            let match = matcher.advance(byte)
            stage = .opening(matcher)
            switch match {
            case .more: return .held
            case .none: return .refused
            case .matched(let index):
                let isTag = rules.format.openings[index] == "<function="
                stage = .block(
                    isTag
                        ? CallBlock(taggedIn: rules.format, rules.functions)
                        : CallBlock(rules.format, rules.functions, isOpened: true))
                return .held
            }
        case .block(var block):
            // Taken out while it works, so that its buffers are changed in place.
            stage = .leading
            let step = block.advance(byte)
            stage = .block(block)
            return step
        }
    }

    private mutating func lead(_ byte: UInt8) -> CallStep {
        if ArgumentText.isBlank(byte) { return held.count <= Self.mostBlanks ? .held : .refused }
        if openings.canBegin(byte) {
            stage = .opening(openings)
        } else if rules.format.isBare, !hasText {
            stage = .block(CallBlock(rules.format, rules.functions, isOpened: false))
        } else {
            return .refused
        }
        return advance(byte)
    }

    /// Ends a call whose arguments have no end.
    private mutating func endLongArguments(_ findings: inout Findings) {
        guard argumentBytes > Self.mostArgumentBytes, case .block(var block) = stage,
            let events = block.closeArguments()
        else { return }
        malformedCount += 1
        note(events, &findings)
        restart()
    }

    private mutating func note(_ events: [CallEvent], _ findings: inout Findings) {
        for event in events {
            let told = rules.isForced ? repetition.pass(event) : [event]
            findings.events += told.map { (bytes: findings.isText.count, event: $0) }
            if repetition.isFound { return }
            switch event {
            case .began: argumentBytes = 0
            case .arguments(let bytes): argumentBytes += bytes.count
            case .ended: callCount += 1
            }
        }
    }

    /// Decides about the first bytes that are held.
    private mutating func decide(_ count: Int, isText: Bool, _ findings: inout Findings) {
        guard count > 0 else { return }
        if isText {
            hasText = hasText || !held.prefix(count).allSatisfy { ArgumentText.isBlank($0) }
            isBehindCall = false
        } else {
            isBehindCall = true
        }
        findings.isText.append(contentsOf: repeatElement(isText, count: count))
        held.removeFirst(count)
    }
}

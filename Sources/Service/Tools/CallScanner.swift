/// Finds the calls of tools in an answer, byte by byte; the pieces in which the text comes cannot change what is found.
///
/// What may become a call is held back for as long as it may. What then turns out to be none is text, to the last byte.
package struct CallScanner: Sendable {
    /// What has become certain.
    package struct Findings: Sendable {
        /// What every byte is: part of the answer's text, or of a call and its markup.
        package var isText: [Bool] = []
        /// What happened, and behind how many of these bytes.
        package var events: [(bytes: Int, event: CallEvent)] = []
        /// Behind how many of these bytes arguments were ended that were no JSON.
        package var malformed: [Int] = []

        /// Nothing yet.
        package init() {}
    }

    private enum Stage: Sendable {
        /// Blanks in front of what may be a call.
        case leading
        case opening(LiteralMatcher)
        case block(CallBlock)
        case whole(WholeCallReader)
    }

    private let rules: Rules
    private let openings: LiteralMatcher
    /// Openings, and the markup that may be left over right behind a call.
    private let leftovers: LiteralMatcher
    private var stage = Stage.leading
    /// Bytes of which nothing is certain.
    private var held: [UInt8] = []
    /// Whether something of the block was taken.
    private var hasTaken = false
    /// Whether there was any text but blanks.
    private var hasText = false
    /// Whether the last byte that is certain belongs to a call.
    private var isBehindCall = false
    /// Whether nothing but markup has come since the last call.
    private var isRightBehindCall = false
    /// Whether the answer is known to be more than bare calls.
    private var isMoreThanCalls = false

    private var isInCall = false
    /// What was read of the call at hand and its markup.
    private var callText: [UInt8] = []
    /// Bytes of the arguments at hand.
    private var argumentBytes = 0

    /// Looks out for calls that an answer makes again only because it has to have the form of calls.
    private var repetition = CallRepetition()

    /// Calls that are complete.
    package private(set) var callCount = 0
    /// Calls whose arguments were no JSON as they stood: closed, or withdrawn.
    package private(set) var malformedCount = 0

    /// Blanks that may belong to the markup behind them.
    private static let mostBlanks = 64
    /// Bytes that are held back at most.
    private static let mostHeld = 16_384
    /// The same of an answer that may be nothing but calls.
    private static let mostWhole = 1 << 20
    /// Bytes of the arguments of one call.
    private static let mostArgumentBytes = 1 << 20

    /// A scanner at the beginning of an answer.
    package init(_ rules: Rules) {
        self.rules = rules
        openings = LiteralMatcher(rules.format.openings)
        leftovers = LiteralMatcher(rules.format.openings + rules.format.strays)
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
        while !isFull, let step = settle(isCut: isCut) {
            var rest = Rereading()
            apply(step, &rest, &findings)
            read(&rest, &findings)
        }
        guard !isFull else { return }
        var isMarkup = false
        switch stage {
        case .block(var block):
            if hasTaken, !isCut, let events = block.closeArguments() {
                noteMalformed(&findings)
                note(events, &findings)
                isMarkup = events.last == .ended
            }
            isMarkup = isMarkup || isCut || hasTaken && block.isBetweenCalls || isRightBehindCall && block.isEmpty
        case .whole(let reader):
            guard !isCut, reader.isComplete else { break }
            decide(held.count, isText: false, &findings)
            note(reader.events, &findings)
        case .leading: isMarkup = isBehindCall
        case .opening: isMarkup = isCut && isRightBehindCall
        }
        decide(held.count, isText: !(isMarkup || rules.isForced && isCut), &findings)
        restart()
    }

    /// What is held where the text ends, if a reader decides about it.
    private mutating func settle(isCut: Bool) -> CallStep? {
        switch stage {
        case .block(var block):
            let step = block.finish(isCut: isCut)
            stage = .block(block)
            return step
        case .whole(var reader) where !isCut:
            let step = reader.finish()
            stage = .whole(reader)
            return step
        case .leading, .opening, .whole: return nil
        }
    }

    /// Takes a byte and, where it ends an attempt, looks again at what was held.
    private mutating func take(_ byte: UInt8, _ findings: inout Findings) {
        var rest = Rereading(byte)
        read(&rest, &findings)
    }

    private mutating func read(_ rest: inout Rereading, _ findings: inout Findings) {
        while !isFull, let byte = rest.next() {
            held.append(byte)
            var step = advance(byte)
            if held.count > mostHeld, step == .held { step = .refused }
            apply(step, &rest, &findings)
        }
    }

    private mutating func apply(_ step: CallStep, _ rest: inout Rereading, _ findings: inout Findings) {
        switch step {
        case .held: return
        case .reread(let surplus):
            let again = Array(held.suffix(surplus))
            held.removeLast(again.count)
            rest.putBack(again)
        case .taken(let events, let surplus), .finished(let events, let surplus):
            hasTaken = true
            let again = Array(held.suffix(surplus))
            decide(held.count - surplus, isText: false, &findings)
            held = []
            rest.putBack(again)
            note(events, &findings)
            if case .finished = step { restart() } else { endLongArguments(&findings) }
        case .broken(let events):
            noteMalformed(&findings)
            note(events, &findings)
            rest.putBack(held)
            restart()
        case .refused:
            if case .whole = stage { isMoreThanCalls = true }
            if isRightBehindCall, !hasTaken, case .block(let block) = stage, block.isEmpty,
                dropOpening(&rest, &findings)
            {
                return
            }
            // Where nothing was taken the first byte is text; what follows it may be the beginning of a call.
            let text = hasTaken ? 0 : 1
            rest.putBack(held[text...])
            decide(text, isText: true, &findings)
            restart()
        }
    }

    /// An opening right behind a call that begins nothing is markup; what follows it is read again. False without one.
    private mutating func dropOpening(_ rest: inout Rereading, _ findings: inout Findings) -> Bool {
        let behind = held.dropLast().reversed().prefix { ArgumentText.isBlank($0) }.count + 1
        guard behind < held.count else { return false }
        let again = Array(held.suffix(behind))
        decide(held.count - behind, isText: false, &findings)
        rest.putBack(again)
        restart()
        return true
    }

    private var mostHeld: Int {
        if case .whole = stage { return Self.mostWhole }
        return Self.mostHeld
    }

    /// Whether a byte between calls begins nothing, and nothing has begun.
    private func isPlain(_ byte: UInt8) -> Bool {
        guard case .leading = stage, held.isEmpty else { return false }
        if isRightBehindCall, Self.isClosingBracket(byte) || leftovers.canBegin(byte) { return false }
        let mayBegin = openings.canBegin(byte) || !hasText && (rules.format.isBare || rules.takesBareAnswers)
        return !ArgumentText.isBlank(byte) && !mayBegin
    }

    private static func isClosingBracket(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: ")")
    }

    private mutating func decideText(_ findings: inout Findings) {
        hasText = true
        isBehindCall = false
        isRightBehindCall = false
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
                let openings = rules.format.openings
                guard openings.indices.contains(index) else { return .finished([]) }
                stage = .block(CallBlock(rules.format, rules.functions, opening: openings[index]))
                // One that has no closing cannot stand in its place.
                isRightBehindCall = isRightBehindCall && !rules.format.closings.isEmpty
                return .held
            }
        case .block(var block):
            // Taken out while it works, so that its buffers are changed in place.
            stage = .leading
            let step = block.advance(byte)
            stage = .block(block)
            return step
        case .whole(var reader):
            stage = .leading
            let step = reader.advance(byte)
            stage = .whole(reader)
            return step
        }
    }

    private mutating func lead(_ byte: UInt8) -> CallStep {
        if ArgumentText.isBlank(byte) { return held.count <= Self.mostBlanks ? .held : .refused }
        let isBare = !hasText && !isBehindCall && rules.takesBareAnswers && !isMoreThanCalls
        if isRightBehindCall, leftovers.canBegin(byte) {
            stage = .opening(leftovers)
        } else if isRightBehindCall, Self.isClosingBracket(byte) {
            return .finished([])
        } else if openings.canBegin(byte) {
            stage = .opening(openings)
        } else if rules.format.isBare, !hasText {
            stage = .block(CallBlock(rules.format, rules.functions, opening: nil))
        } else if isBare, WholeCallReader.canBegin(byte) {
            stage = .whole(WholeCallReader(rules.functions))
        } else {
            return .refused
        }
        return advance(byte)
    }

    /// Withdraws a call whose arguments have no end.
    private mutating func endLongArguments(_ findings: inout Findings) {
        guard argumentBytes > Self.mostArgumentBytes, isInCall else { return }
        noteMalformed(&findings)
        note([.withdrawn(text: [])], &findings)
        restart()
    }

    private mutating func noteMalformed(_ findings: inout Findings) {
        malformedCount += 1
        findings.malformed.append(findings.isText.count)
    }

    private mutating func note(_ events: [CallEvent], _ findings: inout Findings) {
        for var event in events {
            if case .withdrawn = event { event = .withdrawn(text: callText) }
            let told = rules.isForced ? repetition.pass(event) : [event]
            findings.events += told.map { (bytes: findings.isText.count, event: $0) }
            if repetition.isFound { return }
            switch event {
            case .began:
                argumentBytes = 0
                isInCall = true
            case .arguments(let bytes): argumentBytes += bytes.count
            case .ended:
                callCount += 1
                isRightBehindCall = true
                isInCall = false
                if isFull { return }
            case .withdrawn:
                hasText = true
                isBehindCall = false
                isRightBehindCall = false
                isInCall = false
            }
        }
        if !isInCall { callText = [] }
    }

    /// Decides about the first bytes that are held.
    private mutating func decide(_ count: Int, isText: Bool, _ findings: inout Findings) {
        guard count > 0 else { return }
        if isText {
            hasText = hasText || !held.prefix(count).allSatisfy { ArgumentText.isBlank($0) }
            isBehindCall = false
            isRightBehindCall = false
        } else {
            isBehindCall = true
            callText += held.prefix(count)
        }
        findings.isText.append(contentsOf: repeatElement(isText, count: count))
        held.removeFirst(count)
    }
}

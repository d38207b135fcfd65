import OpenAI
import Sampling

/// Sorts the bytes of an answer into thinking, text and calls, and looks for its stop strings.
///
/// Stop strings count in text alone: neither thinking nor a call can be ended by one.
///
/// Three readers follow one another, each certain of no more than the one before: the splitter tells thinking from the
/// rest (`split`), the scanner calls from text (`parts`), the matcher looks for stop strings. For example, with calls
/// that begin with `<tool_call>`, the stop string `END` and an answer that thinks first:
///
///     pending        hm   \n</think>\n   So   E    <tool
///     split          r r  d d d d d …     c c  c    c c c c c
///     parts          r r  d d d d d …     c c  c                (`<tool` may begin a call)
///     visibleBytes   ----------------------^                   (`E` may begin the stop string)
///
/// with r reasoning, d dropped, c content. So visibleBytes ≤ parts.count ≤ split.count ≤ pending.count at all times, and
/// `judged` is how far the matcher has read. Events of calls stand between bytes: each knows how many come before it.
/// A caller that takes text takes visible bytes from the front of all of them (`remove`).
struct OutputParser: Sendable {
    /// Bytes not handed out yet.
    private(set) var pending: [UInt8] = []
    /// What they are, as far as that is certain.
    private(set) var parts: [TextPart] = []
    /// How many of them nothing can take back.
    private(set) var visibleBytes = 0
    /// Whether a stop string was found or the last call made: nothing that follows counts.
    private(set) var isStopped = false
    /// Events of calls, and behind how many of the bytes they happened.
    private var events: [(bytes: Int, event: CallEvent)] = []
    /// Calls that were handed out.
    private var takenCalls = 0
    private var malformedCalls = 0

    private let stopping: StoppingOptions
    private let recalls: Bool
    private let calls: CallScanner.Rules?
    private var splitter: ReasoningParser?
    private var scanner: CallScanner?
    /// Looks for calls in the thinking, where there is any.
    private var thought: ThoughtCalls?
    private var matcher: StopMatcher
    /// What is thinking and what is not, as far as that is certain.
    private var split: [TextPart] = []
    /// Which bytes are of special tokens that are not to be seen; kept where calls are looked for.
    private var hidden: [Bool] = []
    /// How many of the parts were looked at for stop strings.
    private var judged = 0

    /// A sorter of an empty text.
    init(_ stopping: StoppingOptions, splitting: ReasoningParser.Rules?, calls: CallScanner.Rules?) {
        self.stopping = stopping
        self.calls = calls
        recalls = splitting?.recalls ?? false
        splitter = splitting.map { ReasoningParser($0) }
        scanner = calls.map { CallScanner($0) }
        thought = splitting == nil ? nil : calls.map { ThoughtCalls($0) }
        matcher = StopMatcher(stopping.strings)
    }

    /// Whether a tag of thinking would still mean something.
    var listensForTags: Bool { splitter?.isListening == true }

    /// Calls that the text makes, up to where it stops.
    var callCount: Int {
        takenCalls + count(within: visibleBytes)
    }

    /// Calls that had to be ended because their arguments were no JSON.
    var malformedCallCount: Int { malformedCalls + (scanner?.malformedCount ?? 0) }

    /// Takes more text.
    /// - Parameters:
    ///   - tags: the tags of thinking in it; nil for the end of a text, where none is completed.
    ///   - isHidden: whether it is a special token that leaves no trace where it is no tag and no mark.
    ///   - mayStop: whether stop strings count already.
    mutating func append(_ text: [UInt8], _ tags: TagMarks?, isHidden: Bool, mayStop: Bool) {
        pending += text
        if scanner != nil { hidden.append(contentsOf: repeatElement(isHidden, count: text.count)) }
        if splitter == nil {
            split.append(contentsOf: repeatElement(.content, count: text.count))
        } else if splitter?.append(text, tags, isHidden: isHidden, to: &split) == true, recalls {
            recall()
        }
        scan()
        judge(mayStop: mayStop)
    }

    /// Ends the text.
    /// - Parameter isCut: whether it would have gone on.
    mutating func finish(isCut: Bool, mayStop: Bool) {
        let isOpen = splitter?.isInside == true && !isCut
        splitter?.finish(&split)
        scan(keepsThought: isOpen)
        if isOpen { makeThoughtCalls() } else { releaseThought() }
        if !isStopped { endScan(isCut: isCut) }
        judge(mayStop: mayStop)
        if !isStopped { visibleBytes = pending.count }
    }

    /// The events within the first `bytes` bytes, pieces of arguments joined.
    func events(within bytes: Int) -> [CallEvent] { events.filter { $0.bytes <= bytes }.map(\.event).merged }

    /// How many bytes of text stand before the first call that begins within the first `bytes` bytes.
    func callOffset(within bytes: Int) -> Int? {
        let first = events.first { event in
            if case .began = event.event { event.bytes <= bytes } else { false }
        }
        return first.map { content(within: $0.bytes).count }
    }

    /// The text among the first `bytes` bytes, with what was read of calls that are none after all.
    func content(within bytes: Int) -> [UInt8] {
        var content: [UInt8] = []
        var start = 0
        func add(to end: Int) {
            for index in start..<max(start, end) where parts[index] == .content { content.append(pending[index]) }
            start = max(start, end)
        }
        for event in events where event.bytes <= bytes {
            guard case .withdrawn(let text) = event.event else { continue }
            add(to: event.bytes)
            content += text
        }
        add(to: bytes)
        return content
    }

    private func count(within bytes: Int) -> Int {
        events.reduce(0) { $1.bytes <= bytes ? $0 + $1.event.calls : $0 }
    }

    /// Forgets the first bytes, which were handed out.
    mutating func remove(_ bytes: Int) {
        takenCalls += count(within: bytes)
        events.removeAll { $0.bytes <= bytes }
        for index in events.indices { events[index].bytes -= bytes }
        pending.removeFirst(bytes)
        parts.removeFirst(bytes)
        split.removeFirst(bytes)
        hidden.removeFirst(min(bytes, hidden.count))
        judged = max(0, judged - bytes)
        visibleBytes -= bytes
    }
}

extension OutputParser {
    /// Makes reasoning of all that was content, without the newlines at its ends.
    private mutating func recall() {
        guard let first = split.firstIndex(of: .content), let last = split.lastIndex(of: .content) else { return }
        func isNewline(_ index: Int) -> Bool { pending[index] == 0x0a || pending[index] == 0x0d }
        let start = (first...last).first { !isNewline($0) } ?? last + 1
        let end = (first...last).last { !isNewline($0) }.map { $0 + 1 } ?? start
        for index in first...last where split[index] == .content {
            split[index] = (start..<end).contains(index) ? .reasoning : .dropped
        }
        parts = split
        events = []
        scanner = calls.map { CallScanner($0) }
        thought?.forget()
    }

    /// Looks for calls in what has become content, and at the end of what has become reasoning.
    /// - Parameter keepsThought: whether the block of thinking ends here without its tag.
    private mutating func scan(keepsThought: Bool = false) {
        guard scanner != nil else {
            parts.append(contentsOf: split[parts.count...])
            return
        }
        var index = parts.count + (scanner?.heldBytes ?? 0) + (thought?.heldBytes ?? 0)
        while index < split.count, !isStopped {
            let part = split[index]
            let end = split[index...].firstIndex { $0 != part } ?? split.count
            switch part {
            case .content:
                releaseThought()
                var findings = CallScanner.Findings()
                scanner?.append(pending[index..<end], to: &findings)
                apply(findings)
            case .reasoning where thought != nil:
                endScan(isCut: false)
                let certain = thought?.append(pending[index..<end]) ?? 0
                parts.append(contentsOf: split[parts.count..<(parts.count + certain)])
            case .reasoning, .call, .dropped:
                // Line breaks at the end of an open thought may belong to a call.
                if keepsThought, end == split.count { return }
                releaseThought()
                endScan(isCut: false)
                parts.append(contentsOf: split[index..<end])
            }
            index = end
        }
    }

    /// What is held of the thinking is thinking.
    private mutating func releaseThought() {
        guard let held = thought?.heldBytes, held > 0 else { return }
        thought?.forget()
        parts.append(contentsOf: split[parts.count..<(parts.count + held)])
    }

    /// Makes the calls with which a thought ends that was never closed, as many as are allowed.
    private mutating func makeThoughtCalls() {
        guard var found = thought?.finish(), let most = calls?.mostCalls else {
            parts.append(contentsOf: split[parts.count...])
            thought?.forget()
            return
        }
        var count = 0
        found = found.filter {
            if $0.event.isBeginning { count += 1 }
            return count <= most
        }
        events += found.map { (bytes: parts.count + $0.bytes, event: $0.event) }
        parts.append(contentsOf: repeatElement(.call, count: split.count - parts.count))
        thought?.forget()
    }

    /// Decides about what the scanner holds; what follows is looked at anew.
    private mutating func endScan(isCut: Bool) {
        var findings = CallScanner.Findings()
        scanner?.finish(isCut: isCut, to: &findings)
        apply(findings)
    }

    private mutating func apply(_ findings: CallScanner.Findings) {
        let start = parts.count
        for isText in findings.isText {
            let isSeen = !hidden[parts.count]
            parts.append(isText ? isSeen ? .content : .dropped : .call)
        }
        events += findings.events.map { (bytes: start + $0.bytes, event: $0.event) }
        guard scanner?.isFull == true, !isStopped else { return }
        isStopped = true
        visibleBytes = parts.count
    }

    /// Looks for stop strings in what has become text.
    private mutating func judge(mayStop: Bool) {
        guard mayStop else {
            judged = parts.count
            visibleBytes = parts.count
            return
        }
        while judged < parts.count {
            let part = parts[judged]
            let end = parts[judged...].firstIndex { $0 != part } ?? parts.count
            guard part == .content else {
                if matcher.heldBytes > 0 { matcher = StopMatcher(stopping.strings) }
                judged = end
                continue
            }
            if let match = matcher.append(pending[judged..<end]) { return stop(match) }
            judged = end
        }
        visibleBytes = parts.count - (isStopped ? 0 : matcher.heldBytes)
    }

    private mutating func stop(_ match: StopMatcher.Match) {
        let end = judged + match.consumedBytes
        visibleBytes = stopping.includesText ? end : end - match.stopBytes
        isStopped = true
        events.removeAll { $0.bytes > visibleBytes }
    }
}

extension CallEvent {
    fileprivate var isBeginning: Bool {
        if case .began = self { return true }
        return false
    }

    /// Calls that it makes more.
    fileprivate var calls: Int {
        switch self {
        case .began: 1
        case .withdrawn: -1
        case .arguments, .ended: 0
        }
    }
}

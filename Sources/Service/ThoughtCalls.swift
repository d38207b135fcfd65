/// Looks for calls at the very end of a block of thinking that the model forgot to close.
///
/// What may be such calls is held back; text behind them shows that they were only thought about.
struct ThoughtCalls: Sendable {
    private let rules: CallScanner.Rules
    private var scanner: CallScanner
    /// Bytes of complete calls behind which nothing else has come.
    private var callBytes = 0
    /// Events of these calls, and behind how many of the bytes they happened.
    private var events: [(bytes: Int, event: CallEvent)] = []
    /// Whether the arguments of one of them are no JSON.
    private var isMalformed = false

    private static let mostCalls = 1024
    private static let mostCallBytes = 1 << 20

    /// A reader at the beginning of a thought.
    init(_ rules: CallScanner.Rules) {
        self.rules = CallScanner.Rules(
            format: rules.format, functions: rules.functions, mostCalls: Self.mostCalls, isForced: false,
            isNamed: rules.isNamed, isBound: true)
        scanner = CallScanner(self.rules)
    }

    /// Bytes that may become calls.
    var heldBytes: Int { callBytes + scanner.heldBytes }

    /// Takes more of the thought; how many of all bytes that were held, these behind them, are thinking for certain.
    mutating func append(_ text: some Collection<UInt8>) -> Int {
        let all = heldBytes + text.count
        var findings = CallScanner.Findings()
        scanner.append(text, to: &findings)
        note(findings)
        if scanner.isFull || callBytes > Self.mostCallBytes { forget() }
        return all - heldBytes
    }

    /// The calls at the end of the thought, if everything that is held belongs to complete ones.
    mutating func finish() -> [(bytes: Int, event: CallEvent)]? {
        let all = heldBytes
        var findings = CallScanner.Findings()
        scanner.finish(isCut: false, to: &findings)
        note(findings)
        guard callBytes == all, !events.isEmpty, !isMalformed else { return nil }
        return events
    }

    /// Takes everything that is held for thinking.
    mutating func forget() {
        scanner = CallScanner(rules)
        callBytes = 0
        events = []
        isMalformed = false
    }

    private mutating func note(_ findings: CallScanner.Findings) {
        let start = callBytes
        var first = 0
        if let last = findings.isText.lastIndex(of: true) {
            first = last + 1
            events = []
            isMalformed = false
            callBytes = findings.isText.count - first
        } else {
            callBytes += findings.isText.count
        }
        isMalformed = isMalformed || findings.malformed.contains { $0 >= first }
        let offset = first == 0 ? start : -first
        events += findings.events.filter { first == 0 || $0.bytes > first }.map { ($0.bytes + offset, $0.event) }
    }
}

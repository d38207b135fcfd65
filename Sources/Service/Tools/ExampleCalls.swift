/// Finds the closing tag of a value that has calls as examples in it, whose own parameters are closed before.
struct ExampleCalls: Sendable {
    private var tag = LiteralMatcher([])
    private var isInside = false
    private var isBehindClosing = false
    private var blanks = 0
    private let followers: [String]

    /// Behind how many bytes the value is closed, if nothing else follows.
    private(set) var closed: Int?

    private static let closing = "</parameter>"
    private static let parameter = "<parameter="
    private static let mostBlanks = 64

    /// A reader behind the opening of a call.
    /// - Parameter followers: what shows that a closing tag is one.
    init(followers: [String]) { self.followers = followers }

    /// Takes the next byte; whether what `closed` says is certain.
    mutating func advance(_ byte: UInt8, at position: Int) -> Bool {
        if isBehindClosing, tag.isFresh, ArgumentText.isBlank(byte), blanks < Self.mostBlanks {
            blanks += 1
            return false
        }
        if isBehindClosing {
            switch tag.advance(byte) {
            case .more: return false
            case .matched: return true
            case .none:
                isBehindClosing = false
                closed = nil
            }
        }
        if byte == UInt8(ascii: "<") { tag = LiteralMatcher([Self.closing, Self.parameter]) }
        guard case .matched(let index) = tag.advance(byte) else { return false }
        tag = LiteralMatcher([])
        guard index == 0, !isInside else {
            isInside = index == 1
            return false
        }
        closed = position
        isBehindClosing = true
        blanks = 0
        tag = LiteralMatcher(followers)
        return false
    }
}

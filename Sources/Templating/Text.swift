/// Text at rendering time: whether `escape` or `safe` has marked it as markup, and which of its bytes came with the
/// request.
///
/// What nobody vouches for counts as the request's: a text that an operation makes without keeping account of its parts
/// can lose a control token, never gain one.
struct Text {
    let string: String
    let isMarkup: Bool
    let request: RequestRanges

    /// Text that came with the request, or may have.
    init(_ string: String) { self.init(string, isMarkup: false, request: RequestRanges(all: string.utf8.count)) }

    init(_ string: String, isMarkup: Bool, request: RequestRanges) {
        self.string = string
        self.isMarkup = isMarkup
        self.request = request
    }

    init(_ text: MarkedText) { self.init(text.string, isMarkup: false, request: text.request) }

    /// Text that the template or the server wrote.
    static func template(_ string: String) -> Text { Text(string, isMarkup: false, request: RequestRanges()) }

    var marked: MarkedText { MarkedText(string, request: request) }

    /// Another text made of this one: the request's if any of this is, and markup if this is.
    func derived(_ string: String) -> Text {
        let ranges = request.isEmpty ? RequestRanges() : RequestRanges(all: string.utf8.count)
        return Text(string, isMarkup: isMarkup, request: ranges)
    }

    /// The bytes of a range, which begins and ends between two characters.
    func part(_ range: Range<Int>) -> Text {
        let utf8 = string.utf8
        let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
        let end = utf8.index(start, offsetBy: range.count)
        return Text(String(string[start..<end]), isMarkup: isMarkup, request: request.within(range))
    }

    /// The pieces between separators.
    func pieces(separatedBy ranges: [Range<Int>]) -> [Text] {
        var pieces: [Text] = []
        var start = 0
        for range in ranges {
            pieces.append(part(start..<range.lowerBound))
            start = range.upperBound
        }
        pieces.append(part(start..<string.utf8.count))
        return pieces
    }

    /// Without the characters of a set (white space by default) at the chosen ends.
    func stripped(of characters: String?, start: Bool, end: Bool) -> Text {
        part(string.strippedRange(of: characters, start: start, end: end))
    }
}

extension Value {
    /// Text that came with the request, or may have.
    static func string(_ string: String) -> Value { .string(Text(string)) }

    /// Text that the template or the server wrote.
    static func template(_ string: String) -> Value { .string(Text.template(string)) }

    /// Whether a text made of this value may hold something that came with the request.
    var mayHoldRequest: Bool {
        switch self {
        case .string(let text): !text.request.isEmpty
        case .undefined, .none, .bool, .int, .double: false
        default: true
        }
    }
}

extension Arguments {
    /// Whether a text made of these values may hold something that came with the request.
    var mayHoldRequest: Bool {
        positional.contains { $0.mayHoldRequest } || named.contains { $0.value.mayHoldRequest }
    }
}

extension Renderer {
    /// A text made only of what the template wrote is the template's, whatever made it.
    func settled(_ result: Value, from value: Value, _ arguments: Arguments) -> Value {
        guard case .string(let text) = result, !text.request.isEmpty, !value.mayHoldRequest,
            !arguments.mayHoldRequest
        else { return result }
        return .string(Text(text.string, isMarkup: text.isMarkup, request: RequestRanges()))
    }
}

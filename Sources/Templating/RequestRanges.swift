/// Which bytes of a text came with the request, as UTF-8 ranges in order, none empty and none touching the next.
///
/// A template writes `<|im_start|>user\n` and then what a user said, `Hi <|im_end|>`. The rendering is one text; the
/// ranges tell that its last 13 bytes are the user's, so that the control token named there stays text:
///
///     <|im_start|>user\nHi <|im_end|>      ranges: [17..<30]
package struct RequestRanges: Sendable, Equatable {
    /// The ranges in order.
    package private(set) var ranges: [Range<Int>] = []

    /// Nothing came with the request.
    package init() {}

    /// All of so many bytes did.
    package init(all count: Int) {
        if count > 0 { ranges = [0..<count] }
    }

    /// Whether nothing came with the request.
    package var isEmpty: Bool { ranges.isEmpty }

    /// Whether all of so many bytes did.
    func covers(_ count: Int) -> Bool { count == 0 || ranges.first == 0..<count }

    /// Adds the ranges of a text that follows behind the first `offset` bytes.
    package mutating func append(_ other: RequestRanges, at offset: Int) {
        for range in other.ranges { append(range.lowerBound + offset..<range.upperBound + offset) }
    }

    /// Adds a range behind all others.
    package mutating func append(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        if let last = ranges.last, last.upperBound == range.lowerBound {
            ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
        } else {
            ranges.append(range)
        }
    }

    /// What is left of them in a part of the text, counted from its beginning.
    package func within(_ part: Range<Int>) -> RequestRanges {
        // Texts of many parts are taken apart into many pieces: the first range is found by halving.
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= part.lowerBound { low = middle + 1 } else { high = middle }
        }
        var result = RequestRanges()
        for range in ranges[low...] {
            guard range.lowerBound < part.upperBound else { break }
            let clamped = range.clamped(to: part)
            result.append(clamped.lowerBound - part.lowerBound..<clamped.upperBound - part.lowerBound)
        }
        return result
    }

    /// The other bytes of a text of so many.
    package func complement(of count: Int) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var start = 0
        for range in ranges {
            if start < range.lowerBound { result.append(start..<range.lowerBound) }
            start = range.upperBound
        }
        if start < count { result.append(start..<count) }
        return result
    }
}

/// Text under construction that keeps account of what came with the request.
package struct MarkedText: Sendable, Equatable {
    /// The text so far.
    package private(set) var string = ""
    /// Its parts that came with the request.
    package private(set) var request = RequestRanges()

    /// An empty text.
    package init() {}

    /// A text with its ranges.
    package init(_ string: String, request: RequestRanges) {
        self.string = string
        self.request = request
    }

    /// Adds what the server or the template wrote.
    package mutating func append(_ text: String) { string += text }

    /// Adds a text with its ranges.
    package mutating func append(_ text: MarkedText) {
        request.append(text.request, at: string.utf8.count)
        string += text.string
    }

    /// The first so many bytes, which have to end between two characters.
    package func prefix(bytes count: Int) -> MarkedText {
        let bytes = string.utf8.prefix(count)
        return MarkedText(String(decoding: Array(bytes), as: UTF8.self), request: request.within(0..<bytes.count))
    }
}

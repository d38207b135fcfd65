/// Python's string operations: code points where Python counts them, bytes where only the result matters.
extension String {
    /// Python's `len`.
    var codePointCount: Int { unicodeScalars.count }

    /// The code points of a range that lies inside the text.
    func codePoints(in range: Range<Int>) -> String {
        let view = unicodeScalars
        let start = view.index(view.startIndex, offsetBy: range.lowerBound)
        return String(view[start..<view.index(start, offsetBy: range.count)])
    }

    /// The bytes of a range of code points that lies inside the text.
    func byteRange(ofCodePoints range: Range<Int>) -> Range<Int> {
        let view = unicodeScalars
        let start = view.index(view.startIndex, offsetBy: range.lowerBound)
        let end = view.index(start, offsetBy: range.count)
        let lower = utf8.distance(from: startIndex, to: start)
        return lower..<lower + utf8.distance(from: start, to: end)
    }

    /// Without the characters of a set (white space by default) at the chosen ends.
    func stripped(of characters: String?, start: Bool, end: Bool) -> String {
        let range = strippedRange(of: characters, start: start, end: end)
        return String(decoding: Array(utf8.dropFirst(range.lowerBound).prefix(range.count)), as: UTF8.self)
    }

    /// The bytes that are left without the characters of a set (white space by default) at the chosen ends.
    func strippedRange(of characters: String?, start: Bool, end: Bool) -> Range<Int> {
        let set = characters.map { Set($0.unicodeScalars) }
        func goes(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? scalar.isPythonSpace }
        var view = unicodeScalars[...]
        if start { while let first = view.first, goes(first) { view.removeFirst() } }
        if end { while let last = view.last, goes(last) { view.removeLast() } }
        let lower = utf8.distance(from: startIndex, to: view.startIndex)
        return lower..<lower + utf8.distance(from: view.startIndex, to: view.endIndex)
    }

    /// The first place of a text, in bytes; linear in both lengths.
    func firstByteRange(of needle: String) -> Range<Int>? {
        var search = ByteSearch(needle: Array(needle.utf8))
        return search.next(in: Array(utf8), from: 0)
    }

    /// Every place of a text without overlap, in bytes.
    func byteRanges(of needle: String, limit: Int) -> [Range<Int>] {
        guard !needle.isEmpty else { return [] }
        var search = ByteSearch(needle: Array(needle.utf8))
        let bytes = Array(utf8)
        var ranges: [Range<Int>] = []
        var from = 0
        while ranges.count < limit, let range = search.next(in: bytes, from: from) {
            ranges.append(range)
            from = range.upperBound
        }
        return ranges
    }

    /// The last place of a text, in bytes; linear in both lengths.
    func lastByteRange(of needle: String) -> Range<Int>? {
        if needle.isEmpty { return utf8.count..<utf8.count }
        return lastByteRanges(of: needle, limit: 1).first
    }

    /// Places of a text without overlap, counted from the end but listed from the start, in bytes.
    func lastByteRanges(of needle: String, limit: Int) -> [Range<Int>] {
        guard !needle.isEmpty else { return [] }
        let bytes = Array(utf8.reversed())
        var search = ByteSearch(needle: needle.utf8.reversed())
        var ranges: [Range<Int>] = []
        var from = 0
        while ranges.count < limit, let range = search.next(in: bytes, from: from) {
            ranges.append(bytes.count - range.upperBound..<bytes.count - range.lowerBound)
            from = range.upperBound
        }
        return ranges.reversed()
    }

    /// The text with another one in front of every code point and at the end, at most `limit` times: what Python's
    /// `replace` does with an empty text.
    func interspersed(with new: String, limit: Int) -> String {
        var result = ""
        var left = limit
        for scalar in unicodeScalars {
            if left > 0 { result += new }
            left -= 1
            result.unicodeScalars.append(scalar)
        }
        return left > 0 ? result + new : result
    }

    /// Words between runs of white space; at most `limit` cuts, from the chosen side.
    func words(limit: Int, fromEnd: Bool) -> [String] {
        let scalars = Array(unicodeScalars)
        var runs: [Range<Int>] = []
        var start: Int?
        for (index, scalar) in scalars.enumerated() {
            if !scalar.isPythonSpace {
                start = start ?? index
            } else if let begin = start {
                runs.append(begin..<index)
                start = nil
            }
        }
        if let begin = start { runs.append(begin..<scalars.count) }
        guard runs.count > limit + 1, limit >= 0 else { return runs.map { text(scalars[$0]) } }
        if fromEnd {
            let kept = runs.suffix(limit)
            let rest = text(scalars[..<runs[runs.count - limit - 1].upperBound])
            return [rest] + kept.map { text(scalars[$0]) }
        }
        let rest = text(scalars[runs[limit].lowerBound...]).stripped(of: nil, start: false, end: fromEnd)
        return runs.prefix(limit).map { text(scalars[$0]) } + [rest]
    }

    private func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    /// Python's `splitlines`.
    func lines(keepingEnds: Bool) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        for scalar in unicodeScalars {
            if scalar == "\n", previous == "\r" {
                if keepingEnds, let last = lines.popLast() { lines.append(last + "\n") }
            } else if scalar.endsLine {
                if keepingEnds { line.append(scalar) }
                lines.append(String(line))
                line = String.UnicodeScalarView()
            } else {
                line.append(scalar)
            }
            previous = scalar
        }
        if !line.isEmpty { lines.append(String(line)) }
        return lines
    }

    /// First character in title case, the rest in lower case.
    var capitalizedFirst: String {
        guard let first = unicodeScalars.first else { return self }
        return first.properties.titlecaseMapping + String(unicodeScalars.dropFirst()).lowercased()
    }

    /// Python's `title`: every letter after something that is no letter starts a word.
    var titleCased: String {
        var result = ""
        var isInWord = false
        for scalar in unicodeScalars {
            result += isInWord ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
            isInWord = scalar.properties.isCased
        }
        return result
    }
}

extension Unicode.Scalar {
    /// Whether `splitlines` breaks here.
    fileprivate var endsLine: Bool {
        switch value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}

/// Knuth, Morris and Pratt's search: no text can make it slow.
struct ByteSearch {
    private let needle: [UInt8]
    /// For each prefix, the length of its longest border.
    private var borders: [Int]

    init(needle: [UInt8]) {
        self.needle = needle
        borders = Array(repeating: 0, count: needle.count)
        var length = 0
        for index in needle.indices.dropFirst() {
            while length > 0, needle[index] != needle[length] { length = borders[length - 1] }
            if needle[index] == needle[length] { length += 1 }
            borders[index] = length
        }
    }

    /// The next place at or after `from`.
    mutating func next(in bytes: [UInt8], from: Int) -> Range<Int>? {
        guard !needle.isEmpty else { return from..<from }
        var length = 0
        for index in from..<max(from, bytes.count) {
            while length > 0, bytes[index] != needle[length] { length = borders[length - 1] }
            if bytes[index] == needle[length] { length += 1 }
            if length == needle.count { return index + 1 - length..<index + 1 }
        }
        return nil
    }
}

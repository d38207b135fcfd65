/// Python's string methods.
enum TextMethod: String {
    case upper, lower, title, capitalize, casefold, swapcase, strip, lstrip, rstrip, split, rsplit, splitlines
    case partition, rpartition, startswith, endswith, find, rfind, index, rindex, count, replace, join, format
    case removeprefix, removesuffix, zfill, center, ljust, rjust
    case isdigit, isdecimal, isnumeric, isalpha, isalnum, isspace, isupper, islower, isascii, isprintable, istitle
}

extension Renderer {
    func call(_ method: TextMethod, of text: Text, _ arguments: Arguments) throws(TemplateError) -> Value {
        try charge(bytes: text.string.utf8.count)
        let result = settled(try self.result(of: method, text, arguments), from: .string(text), arguments)
        guard case .string(let made) = result else { return result }
        try charge(bytes: made.string.utf8.count)
        return text.isMarkup ? .string(Text(made.string, isMarkup: true, request: made.request)) : result
    }

    private func result(of method: TextMethod, _ text: Text, _ arguments: Arguments) throws(TemplateError) -> Value {
        switch method {
        case .strip, .lstrip, .rstrip: return .string(try strip(method, text, arguments))
        case .split, .rsplit: return try split(text, arguments, fromEnd: method == .rsplit)
        case .splitlines:
            let keepsEnds = try arguments.bound(to: "keepends", by: "splitlines")[0]?.isTrue ?? false
            let lines = text.string.lines(keepingEnds: keepsEnds)
            try charge(lines.count)
            return .list(lines.map { .string(text.derived($0)) })
        case .partition, .rpartition: return try partition(text, arguments, fromEnd: method == .rpartition)
        case .startswith, .endswith: return .bool(try matches(method, text.string, arguments))
        case .find, .rfind, .index, .rindex, .count: return .int(try find(method, text.string, arguments))
        case .replace:
            let values = try arguments.bound(to: "old", "new", "count", by: "replace")
            guard values[0] != nil, values[1] != nil else { throw TemplateError("replace needs 2 arguments") }
            let new = try replacement(values[1], isMarkup: text.isMarkup)
            let limit = try integer(values[2], or: -1)
            return .string(try replace(text, try string(values[0], or: ""), new, limit: limit))
        case .join: return .string(try join(text, arguments))
        case .format: return .string(try format(text, arguments))
        case .removeprefix, .removesuffix, .zfill, .center, .ljust, .rjust:
            return .string(try resize(method, text.string, arguments))
        default:
            guard arguments.isEmpty else { throw TemplateError("str.\(method.rawValue)() takes no arguments") }
            return changeCase(method, text.string) ?? .bool(isOfKind(method, text.string))
        }
    }

    private func replacement(_ value: Value?, isMarkup: Bool) throws(TemplateError) -> MarkedText {
        guard case .string(let text)? = value else {
            return MarkedText(try string(value, or: ""), request: RequestRanges())
        }
        return isMarkup ? text.markup.marked : text.marked
    }

    private func changeCase(_ method: TextMethod, _ text: String) -> Value? {
        switch method {
        case .upper: return .string(text.uppercased())
        case .lower: return .string(text.lowercased())
        case .casefold:
            let scalars = text.lowercased().unicodeScalars
            return .string(scalars.reduce(into: "") { $0 += $1 == "ß" ? "ss" : String($1) })
        case .title: return .string(text.titleCased)
        case .capitalize: return .string(text.capitalizedFirst)
        case .swapcase:
            var swapped = ""
            for scalar in text.unicodeScalars {
                let properties = scalar.properties
                swapped += properties.isUppercase ? properties.lowercaseMapping : properties.uppercaseMapping
            }
            return .string(swapped)
        default: return nil
        }
    }

    private func isOfKind(_ method: TextMethod, _ text: String) -> Bool {
        func all(_ test: (Unicode.Scalar) -> Bool) -> Bool { !text.isEmpty && text.unicodeScalars.allSatisfy(test) }
        switch method {
        case .isdigit: return all { $0.properties.numericType == .decimal || $0.properties.numericType == .digit }
        case .isdecimal: return all { $0.properties.numericType == .decimal }
        case .isnumeric: return all { $0.properties.numericType != nil }
        case .isalpha: return all { $0.isPythonAlphabetic }
        case .isalnum: return all { $0.isPythonAlphanumeric }
        case .isspace: return all { $0.isPythonSpace }
        case .isascii: return text.utf8.allSatisfy { $0 < 0x80 }
        case .isprintable: return text.unicodeScalars.allSatisfy { $0.isPythonPrintable }
        case .isupper: return text.isPythonUppercase
        case .islower: return text.isPythonLowercase
        default: return text.unicodeScalars.contains { $0.properties.isCased } && text == text.titleCased
        }
    }

    private func strip(_ method: TextMethod, _ text: Text, _ arguments: Arguments) throws(TemplateError) -> Text {
        let value = try arguments.bound(to: "chars", by: method.rawValue)[0]
        var characters: String?
        if let value, !value.isNone { characters = try self.characters(value) }
        return text.stripped(of: characters, start: method != .rstrip, end: method != .lstrip)
    }

    // MARK: Splitting and joining

    private func split(_ text: Text, _ arguments: Arguments, fromEnd: Bool) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "sep", "maxsplit", by: "split")
        let given = try integer(values[1], or: -1)
        let limit = given < 0 ? Int.max - 1 : given
        var parts: [Text]
        if let separator = values[0], !separator.isNone {
            let separator = try string(separator, or: "")
            guard !separator.isEmpty else { throw TemplateError("empty separator") }
            try charge(bytes: separator.utf8.count)
            let ranges =
                fromEnd
                ? text.string.lastByteRanges(of: separator, limit: limit)
                : text.string.byteRanges(of: separator, limit: limit)
            parts = text.pieces(separatedBy: ranges)
        } else {
            parts = text.string.words(limit: limit, fromEnd: fromEnd).map { text.derived($0) }
        }
        try charge(4 * parts.count)
        return .list(parts.map { .string($0) })
    }

    private func partition(_ text: Text, _ arguments: Arguments, fromEnd: Bool) throws(TemplateError) -> Value {
        let separator = try string(try arguments.bound(to: "sep", by: "partition")[0], or: "")
        guard !separator.isEmpty else { throw TemplateError("empty separator") }
        try charge(bytes: separator.utf8.count)
        let ranges =
            fromEnd
            ? text.string.lastByteRanges(of: separator, limit: 1) : text.string.byteRanges(of: separator, limit: 1)
        if let range = ranges.first {
            let parts = text.pieces(separatedBy: ranges).map { Text($0.string, isMarkup: false, request: $0.request) }
            let middle = text.part(range)
            return .tuple([
                .string(parts[0]), .string(Text(separator, isMarkup: false, request: middle.request)),
                .string(parts[parts.count - 1]),
            ])
        }
        let rest: [Value] = [.template(""), .template("")]
        return .tuple(fromEnd ? rest + [.string(text)] : [.string(text)] + rest)
    }

    private func join(_ text: Text, _ arguments: Arguments) throws(TemplateError) -> Text {
        guard let iterable = try arguments.bound(to: "iterable", by: "join")[0] else {
            throw TemplateError("join needs an argument")
        }
        var result = MarkedText()
        for (index, element) in try elements(of: iterable).enumerated() {
            guard case .string(let part) = element else {
                throw TemplateError("sequence item \(index): expected str instance, \(element.typeName) found")
            }
            if index > 0 { result.append(text.marked) }
            result.append((text.isMarkup ? part.markup : part).marked)
            try charge(1)
            if result.string.utf8.count > limits.maximumOutputBytes { try charge(bytes: Int.max) }
        }
        return Text(result)
    }

    // MARK: Searching

    private func matches(_ method: TextMethod, _ text: String, _ arguments: Arguments) throws(TemplateError) -> Bool {
        let values = try arguments.bound(to: "prefix", "start", "end", by: method.rawValue)
        let part = try window(text, values[1], values[2])?.text
        guard let value = values[0] else { throw TemplateError("\(method.rawValue) needs an argument") }
        var candidates = [value]
        if case .tuple(let elements) = value { candidates = elements.values }
        for candidate in candidates {
            let affix = try string(candidate, or: "")
            guard let part else { continue }
            let isMatch =
                method == .startswith
                ? part.utf8.starts(with: affix.utf8) : part.utf8.suffix(affix.utf8.count).elementsEqual(affix.utf8)
            if isMatch { return true }
        }
        return false
    }

    private func find(_ method: TextMethod, _ text: String, _ arguments: Arguments) throws(TemplateError) -> Int {
        let values = try arguments.bound(to: "sub", "start", "end", by: method.rawValue)
        guard let value = values[0] else { throw TemplateError("\(method.rawValue) needs an argument") }
        let needle = try string(value, or: "")
        try charge(bytes: needle.utf8.count)
        let window = try window(text, values[1], values[2])
        if method == .count {
            guard let window else { return 0 }
            return needle.isEmpty
                ? window.text.codePointCount + 1 : window.text.byteRanges(of: needle, limit: Int.max).count
        }
        let fromEnd = method == .rfind || method == .rindex
        if let window,
            let range = fromEnd
                ? window.text.lastByteRange(of: needle) : window.text.firstByteRange(of: needle)
        {
            let before = Array(window.text.utf8.prefix(range.lowerBound))
            return window.offset + String(decoding: before, as: UTF8.self).codePointCount
        }
        guard method == .find || method == .rfind else { throw TemplateError("substring not found") }
        return -1
    }

    /// The part of a text between two optional bounds; nil when they leave no part at all.
    private func window(
        _ text: String, _ start: Value?, _ end: Value?
    ) throws(TemplateError) -> (text: String, offset: Int)? {
        guard start != nil || end != nil else { return (text, 0) }
        let count = text.codePointCount
        let given = start.map { $0.isNone } ?? true ? 0 : try integer(start, or: 0)
        let lower = given < 0 ? max(given &+ count, 0) : given
        let upper = end.map { $0.isNone } ?? true ? count : bound(try integer(end, or: count), count)
        guard lower <= upper else { return nil }
        return (text.codePoints(in: lower..<upper), lower)
    }

    // MARK: Affixes and width

    private func resize(_ method: TextMethod, _ text: String, _ arguments: Arguments) throws(TemplateError) -> String {
        if method == .removeprefix || method == .removesuffix {
            let affix = try string(try arguments.bound(to: "affix", by: method.rawValue)[0], or: "")
            let isPrefix = method == .removeprefix
            let bytes = Array(text.utf8)
            if isPrefix, bytes.starts(with: affix.utf8) {
                return String(decoding: bytes.dropFirst(affix.utf8.count), as: UTF8.self)
            }
            guard !isPrefix, bytes.suffix(affix.utf8.count).elementsEqual(affix.utf8) else { return text }
            return String(decoding: bytes.dropLast(affix.utf8.count), as: UTF8.self)
        }
        let values = try arguments.bound(to: "width", "fillchar", by: method.rawValue)
        let width = try integer(values[0], or: 0)
        let missing = width - text.codePointCount
        guard missing > 0 else { return text }
        let fill = method == .zfill ? "0" : try string(values[1], or: " ")
        guard fill.codePointCount == 1 else { throw TemplateError("the fill character must be one character long") }
        try charge(bytes: width)
        let padding = String(repeating: fill, count: missing)
        switch method {
        case .ljust: return text + padding
        case .rjust: return padding + text
        case .center: return try centered(text, width: width, fill: fill)
        default:
            let sign = text.hasPrefix("-") || text.hasPrefix("+") ? 1 : 0
            return text.prefix(sign) + padding + text.dropFirst(sign)
        }
    }
}

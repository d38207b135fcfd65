/// Filters that make text.
enum TextFilter: String, Sendable {
    case upper, lower, title, capitalize, trim, replace, truncate, indent, center, wordcount, string, format, urlencode
    case tojson, safe, escape, forceescape
    case e
}

extension Renderer {
    func apply(_ filter: TextFilter, to value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        switch filter {
        case .tojson: return try toJSON(value, arguments)
        case .format: return try formatFilter(value, arguments)
        case .indent: return try indent(value, arguments)
        case .truncate: return try truncate(value, arguments)
        case .urlencode: return .string(try urlEncoded(value))
        default: break
        }
        let text = try softText(of: value)
        try charge(bytes: text.string.utf8.count)
        let result = try apply(filter, to: text, arguments)
        if case .string(let made) = result { try charge(bytes: made.string.utf8.count) }
        return result
    }

    private func apply(_ filter: TextFilter, to text: Text, _ arguments: Arguments) throws(TemplateError) -> Value {
        func marked(_ string: String) -> Value { .string(text.derived(string)) }
        switch filter {
        case .trim, .replace, .center: break
        default: try expectNone(arguments, for: filter.rawValue)
        }
        switch filter {
        case .upper: return marked(text.string.uppercased())
        case .lower: return marked(text.string.lowercased())
        case .title: return .string(text.string.titleFiltered)
        case .capitalize: return marked(text.string.capitalizedFirst)
        case .trim:
            let values = try arguments.bound(to: "chars", by: "trim")
            var characters: String?
            if let value = values[0], !value.isNone { characters = try self.characters(value) }
            return .string(text.stripped(of: characters, start: true, end: true))
        case .replace: return .string(try replace(text, arguments))
        case .center:
            let width = try integer(try arguments.bound(to: "width", by: "center")[0], or: 80)
            return marked(try centered(text.string, width: width, fill: " "))
        case .wordcount: return .int(text.string.wordCount)
        case .safe: return .string(Text(text.string, isMarkup: true, request: text.request))
        case .escape, .e: return .string(text.markup)
        case .forceescape:
            return .string(Text(text.string, isMarkup: false, request: text.request).markup)
        default: return .string(text)
        }
    }

    /// Characters to strip.
    func characters(_ value: Value) throws(TemplateError) -> String {
        let characters = try string(value, or: "")
        try charge(4 * characters.utf8.count)
        return characters
    }

    /// Text as it is, anything else printed.
    private func softText(of value: Value) throws(TemplateError) -> Text {
        if case .string(let text) = value { return text }
        return Text(try printed(value))
    }

    private func replace(_ text: Text, _ arguments: Arguments) throws(TemplateError) -> Text {
        let values = try arguments.bound(to: "old", "new", "count", by: "replace")
        guard let old = values[0], let new = values[1] else { throw TemplateError("replace needs 2 arguments") }
        let limit = values[2].map { $0.isNone } ?? true ? -1 : try integer(values[2], or: -1)
        let replaced = try replace(text, try self.text(of: old), try printed(new), limit: limit)
        return Text(replaced.string, isMarkup: false, request: replaced.request)
    }

    /// Python's `replace`, refusing results that are too long before they are made.
    func replace(_ text: Text, _ old: String, _ new: MarkedText, limit: Int) throws(TemplateError) -> Text {
        let bytes = text.string.utf8.count
        try charge(bytes: bytes)
        try charge(bytes: old.utf8.count)
        let limit = limit < 0 ? Int.max : limit
        let ranges = old.isEmpty ? [] : text.string.byteRanges(of: old, limit: limit)
        let places = old.isEmpty ? bytes + 1 : ranges.count
        let (added, overflow) = min(places, limit).multipliedReportingOverflow(by: new.string.utf8.count)
        let (total, carry) = added.addingReportingOverflow(bytes)
        try charge(bytes: overflow || carry ? Int.max : total)
        guard !old.isEmpty else {
            let string = text.string.interspersed(with: new.string, limit: limit)
            return Text(string, isMarkup: text.isMarkup, request: RequestRanges(all: string.utf8.count))
        }
        guard !ranges.isEmpty else { return text }
        var result = MarkedText()
        for (index, piece) in text.pieces(separatedBy: ranges).enumerated() {
            if index > 0 { result.append(new) }
            result.append(piece.marked)
        }
        return Text(result.string, isMarkup: text.isMarkup, request: result.request)
    }

    func centered(_ text: String, width: Int, fill: String) throws(TemplateError) -> String {
        let missing = width - text.codePointCount
        guard missing > 0 else { return text }
        try charge(bytes: width)
        let left = missing / 2 + (missing & width & 1)
        return String(repeating: fill, count: left) + text + String(repeating: fill, count: missing - left)
    }

    private func indent(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "width", "first", "blank", by: "indent")
        guard case .string(let text) = value else {
            throw TemplateError("unsupported operand type(s) for +: '\(value.typeName)' and 'str'")
        }
        var indentation = "    "
        if case .string(let given)? = values[0] {
            indentation = given.string
        } else if let width = values[0] {
            let width = try integer(width, or: 4)
            try charge(bytes: max(width, 0))
            indentation = String(repeating: " ", count: max(width, 0))
        }
        let keepsBlank = values[2]?.isTrue ?? false
        let lines = (text.string + "\n").lines(keepingEnds: false)
        let (added, overflow) = lines.count.multipliedReportingOverflow(by: indentation.utf8.count)
        try charge(bytes: overflow ? Int.max : added / 2)
        try charge(bytes: added / 2 + text.string.utf8.count)
        var result = values[1]?.isTrue ?? false ? indentation : ""
        for (index, line) in lines.enumerated() {
            if index > 0 { result += keepsBlank || !line.isEmpty ? "\n" + indentation : "\n" }
            result += line
        }
        return .string(text.derived(result))
    }

    private func truncate(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "length", "killwords", "end", "leeway", by: "truncate")
        let length = try integer(values[0], or: 255)
        let end = try string(values[2], or: "...")
        let leeway = values[3].map { $0.isNone } ?? true ? 5 : try integer(values[3], or: 5)
        guard length >= end.codePointCount, leeway >= 0 else {
            throw TemplateError("truncate: length or leeway too small")
        }
        guard case .string(let text) = value else { throw TemplateError("expected a string, found \(value.typeName)") }
        let count = try self.count(of: value)
        guard count - length > leeway else { return value }
        let kept = text.string.codePoints(in: 0..<length - end.codePointCount)
        if values[1]?.isTrue ?? false { return .string(kept + end) }
        let cut = kept.utf8.lastIndex(of: UInt8(ascii: " ")).map { String(kept[..<$0]) } ?? kept
        return .string(cut + end)
    }

    private func formatFilter(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        guard arguments.named.isEmpty || arguments.positional.isEmpty else {
            throw TemplateError("format can't handle positional and keyword arguments at the same time")
        }
        let format = Text(try printed(value))
        if arguments.named.isEmpty { return .string(try self.format(format, with: .tuple(arguments.positional))) }
        let pairs = arguments.named.map { (TableKey.name($0.name), $0.value) }
        return .string(try self.format(format, with: .dict(Table(pairs))))
    }

    private func toJSON(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "ensure_ascii", "indent", "separators", "sort_keys", by: "tojson")
        var indentation: String?
        switch values[1] {
        case nil, .some(.none): break
        case .string(let text)?: indentation = text.string
        case let width?:
            let count = try integer(width, or: 0)
            try charge(bytes: max(count, 0))
            indentation = String(repeating: " ", count: max(count, 0))
        }
        var separators = [indentation == nil ? ", " : ",", ": "]
        if let given = values[2], !given.isNone {
            let pair = try elements(of: given)
            guard pair.count == 2 else { throw TemplateError("separators must be a pair") }
            separators = [try string(pair[0], or: ""), try string(pair[1], or: "")]
        }
        let style = JSONStyle(
            indentation: indentation, itemSeparator: separators[0], keySeparator: separators[1],
            ensuresASCII: values[0]?.isTrue ?? false, sortsKeys: values[3]?.isTrue ?? false)
        return .string(try json(value, style: style))
    }

    // MARK: URLs

    private func urlEncoded(_ value: Value) throws(TemplateError) -> String {
        switch value {
        case .dict(let table): return try urlEncoded(TableView(table: table, kind: .items).values)
        case .list(let elements), .tuple(let elements): return try urlEncoded(elements.values)
        default:
            let text = try text(of: value)
            try charge(bytes: 3 * text.utf8.count)
            return text.percentEncoded(isQuery: false)
        }
    }

    private func urlEncoded(_ pairs: [Value]) throws(TemplateError) -> String {
        var parts: [String] = []
        for pair in pairs {
            let members = try elements(of: pair)
            guard members.count == 2 else { throw TemplateError("urlencode needs pairs") }
            let key = try text(of: members[0])
            let value = try text(of: members[1])
            try charge(bytes: 3 * (key.utf8.count + value.utf8.count))
            parts.append(key.percentEncoded(isQuery: true) + "=" + value.percentEncoded(isQuery: true))
        }
        return parts.joined(separator: "&")
    }
}

extension String {
    /// Number of runs of letters, digits and underscores.
    fileprivate var wordCount: Int {
        var count = 0
        var isInWord = false
        for scalar in unicodeScalars {
            let isWord = scalar == "_" || scalar.isPythonAlphanumeric
            if isWord, !isInWord { count += 1 }
            isInWord = isWord
        }
        return count
    }

    /// Jinja's `title`, which knows words by what stands between them.
    fileprivate var titleFiltered: String {
        var result = ""
        var word = String.UnicodeScalarView()
        func finished() -> String {
            guard let first = word.first else { return "" }
            return String(first).uppercased() + String(word.dropFirst()).lowercased()
        }
        for scalar in unicodeScalars {
            if scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar) {
                result += finished()
                word = String.UnicodeScalarView()
                result.unicodeScalars.append(scalar)
            } else {
                word.append(scalar)
            }
        }
        return result + finished()
    }

    fileprivate func percentEncoded(isQuery: Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            case UInt8(ascii: "/") where !isQuery: bytes.append(byte)
            case UInt8(ascii: " ") where isQuery: bytes.append(UInt8(ascii: "+"))
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

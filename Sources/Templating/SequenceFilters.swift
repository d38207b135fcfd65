/// Filters on whole sequences and mappings.
enum SequenceFilter: String, Sendable {
    case length, count, first, last, list, join, reverse, sum, batch, slice, items
    case `default`
    case d, attr
}

extension Renderer {
    func apply(_ filter: SequenceFilter, to value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        switch filter {
        case .join, .sum, .batch, .slice, .default, .d, .attr: break
        default: try expectNone(arguments, for: filter.rawValue)
        }
        switch filter {
        case .length, .count: return .int(try count(of: value))
        case .first: return try first(of: value)
        case .last: return try last(of: value)
        case .list: return .list(try elements(of: value))
        case .join: return try join(value, arguments)
        case .reverse: return try reverse(value)
        case .sum: return try sum(value, arguments)
        case .batch: return try batch(value, arguments)
        case .slice: return try slices(of: value, arguments)
        case .items: return try items(of: value)
        case .default, .d:
            let values = try arguments.bound(to: "default_value", "boolean", by: "default")
            let isMissing = value.isUndefined || ((values[1]?.isTrue ?? false) && !value.isTrue)
            return isMissing ? values[0] ?? .template("") : value
        case .attr:
            let name = try string(try arguments.bound(to: "name", by: "attr")[0], or: "")
            if case .dict = value, !hasMethod(name, value) { return .undefined(.attribute(name, of: value.typeName)) }
            return try attribute(name, of: value)
        }
    }

    private func first(of value: Value) throws(TemplateError) -> Value {
        let empty = Value.undefined(.hint("No first item, sequence was empty."))
        switch value {
        case .generator(let generator):
            return try nested { () throws(TemplateError) in try generator.next() } ?? empty
        case .string(let text):
            return text.string.unicodeScalars.first.map { .string(text.derived(String($0))) } ?? empty
        default: return try elements(of: value).first ?? empty
        }
    }

    private func last(of value: Value) throws(TemplateError) -> Value {
        let empty = Value.undefined(.hint("No last item, sequence was empty."))
        switch value {
        case .generator, .undefined: throw TemplateError("'\(value.typeName)' object is not reversible")
        case .string(let text):
            return text.string.unicodeScalars.last.map { .string(text.derived(String($0))) } ?? empty
        default: return try elements(of: value).last ?? empty
        }
    }

    private func join(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "d", "attribute", by: "join")
        let separator = try values[0].map { value throws(TemplateError) in try printed(value) } ?? MarkedText()
        let path = try path(values[1])
        var result = MarkedText()
        for (index, element) in try elements(of: value).enumerated() {
            if index > 0 { result.append(separator) }
            result.append(try printed(try follow(path, from: element)))
            if result.string.utf8.count > limits.maximumOutputBytes { try charge(bytes: Int.max) }
            try charge(1)
        }
        try charge(bytes: result.string.utf8.count)
        return .string(Text(result))
    }

    private func reverse(_ value: Value) throws(TemplateError) -> Value {
        if case .string(let text) = value {
            try charge(bytes: text.string.utf8.count)
            var reversed = String.UnicodeScalarView()
            reversed.append(contentsOf: text.string.unicodeScalars.reversed())
            return .string(text.derived(String(reversed)))
        }
        let elements = try elements(of: value)
        if case .generator = value { return .list(elements.reversed()) }
        return .generator(Generator(depth: value.depth) { () throws(TemplateError) in elements.reversed() })
    }

    private func sum(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "attribute", "start", by: "sum")
        let path = try path(values[0])
        var total = values[1] ?? .int(0)
        if case .string = total { throw TemplateError("sum() can't sum strings") }
        for element in try elements(of: value) {
            total = try calculate(.add, total, try follow(path, from: element))
        }
        return total
    }

    private func items(of value: Value) throws(TemplateError) -> Value {
        switch value {
        case .dict(let table):
            return .generator(
                Generator(depth: value.depth + 1) { [self] () throws(TemplateError) in
                    try elements(of: .view(TableView(table: table, kind: .items)))
                })
        case .undefined: return .generator(Generator(depth: 0) { () throws(TemplateError) in [] })
        default:
            // Refused when looked at, as generators are.
            return .generator(
                Generator(depth: 0) { () throws(TemplateError) in
                    throw TemplateError("Can only get item pairs from a mapping.")
                })
        }
    }

    private func batch(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "linecount", "fill_with", by: "batch")
        guard let lineCount = values[0] else { throw TemplateError("batch needs a line count") }
        let size = max(try integer(lineCount, or: 1), 1)
        return .generator(
            Generator(depth: value.depth + 1) { [self] () throws(TemplateError) in
                var lines: [Value] = []
                let elements = try elements(of: value)
                for start in Swift.stride(from: 0, to: elements.count, by: size) {
                    var line = Array(elements[start..<min(start + size, elements.count)])
                    if let fill = values[1], !fill.isNone, line.count < size {
                        try charge(size - line.count)
                        line += Array(repeating: fill, count: size - line.count)
                    }
                    lines.append(.list(line))
                }
                return lines
            })
    }

    private func slices(of value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "slices", "fill_with", by: "slice")
        let count = try integer(values[0], or: 0)
        return .generator(
            Generator(depth: value.depth + 1) { [self] () throws(TemplateError) in
                guard count > 0 else { throw TemplateError("slice needs a positive number") }
                try charge(count)
                let elements = try elements(of: value)
                let (size, extra) = elements.count.quotientAndRemainder(dividingBy: count)
                var slices: [Value] = []
                var start = 0
                for number in 0..<count {
                    let end = start + size + (number < extra ? 1 : 0)
                    var slice = Array(elements[start..<end])
                    if let fill = values[1], !fill.isNone, number >= extra { slice.append(fill) }
                    slices.append(.list(slice))
                    start = end
                }
                return slices
            })
    }
}

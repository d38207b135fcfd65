/// `value.name`, `value[key]` and slices.
extension Renderer {
    /// Jinja looks for an attribute first and for a member second.
    func attribute(_ name: String, of value: Value) throws(TemplateError) -> Value {
        if let found = try ownAttribute(name, of: value) { return found }
        if case .dict(let table) = value, let member = table[name] { return member }
        return try missing(name, of: value)
    }

    /// Jinja looks for a member first and for an attribute second.
    func item(_ key: Value, of value: Value) throws(TemplateError) -> Value {
        if case .undefined(let undefined) = value { throw TemplateError(undefined.message) }
        if let found = try member(key, of: value) { return found }
        if case .string(let name) = key {
            if let found = try ownAttribute(name.string, of: value) { return found }
            return try missing(name.string, of: value)
        }
        return .undefined(.hint("\(value.typeName) object has no element \(try representation(of: key))"))
    }

    private func missing(_ name: String, of value: Value) throws(TemplateError) -> Value {
        if case .undefined(let undefined) = value {
            throw TemplateError(undefined.message)
        }
        return .undefined(.attribute(name, of: value.typeName))
    }

    private func ownAttribute(_ name: String, of value: Value) throws(TemplateError) -> Value? {
        switch value {
        case .namespace(let namespace): return namespace[name]
        case .loop(let loop): return try attribute(name, of: loop)
        case .cycler(let cycler):
            switch name {
            case "current": return cycler.items.values[cycler.position]
            case "next": return .function(Function(.next(cycler)))
            case "reset": return .function(Function(.reset(cycler)))
            default: return nil
            }
        case .tuple(let elements) where elements.isGroup && (name == "grouper" || name == "list"):
            return elements.values[name == "grouper" ? 0 : 1]
        case .function(let function):
            guard case .macro(let macro, _) = function.kind else { return nil }
            switch name {
            case "name": return .template(macro.name)
            case "arguments": return .tuple(macro.parameters.map { .template($0.name) })
            case "caller": return .bool(macro.usesCaller)
            case "catch_kwargs": return .bool(macro.usesKwargs)
            case "catch_varargs": return .bool(macro.usesVarargs)
            default: return nil
            }
        default:
            guard hasMethod(name, value) else { return nil }
            guard !changes(name, value) else {
                return .undefined(.hint("method '\(name)' would change a \(value.typeName), which templates may not"))
            }
            return .function(Function(.method(value, name)))
        }
    }

    private func attribute(_ name: String, of loop: LoopState) throws(TemplateError) -> Value? {
        switch name {
        case "index": .int(loop.index0 + 1)
        case "index0": .int(loop.index0)
        case "first": .bool(loop.index0 == 0)
        case "last": .bool(try loop.peek() == nil)
        case "length": .int(try loop.length())
        case "revindex": .int(try loop.length() - loop.index0)
        case "revindex0": .int(try loop.length() - loop.index0 - 1)
        case "depth": .int(loop.depth0 + 1)
        case "depth0": .int(loop.depth0)
        case "previtem": loop.index0 == 0 ? .undefined(.hint("there is no previous item")) : loop.previous
        case "nextitem": try loop.peek() ?? .undefined(.hint("there is no next item"))
        case "cycle": .function(Function(.cycle(loop)))
        case "changed": .function(Function(.changed(loop)))
        default: nil
        }
    }

    /// What Python's subscript gives; nil where it would raise an error.
    private func member(_ key: Value, of value: Value) throws(TemplateError) -> Value? {
        switch value {
        case .dict(let table): return try hashable(key).flatMap { table[$0] }
        case .list(let elements), .tuple(let elements):
            guard let index = index(key, count: elements.values.count) else { return nil }
            return elements.values[index]
        case .range(let range):
            guard let index = index(key, count: range.count) else { return nil }
            return .int(range[index])
        case .string(let text):
            guard key.integer != nil else { return nil }
            try charge(bytes: text.string.utf8.count)
            guard let index = index(key, count: text.string.codePointCount) else { return nil }
            return .string(text.derived(text.string.codePoints(in: index..<index + 1)))
        default: return nil
        }
    }

    /// The key if it is one; what cannot be hashed is in no dict.
    private func hashable(_ value: Value) throws(TemplateError) -> TableKey? {
        switch value {
        case .list, .dict, .view, .range, .generator, .namespace, .loop, .cycler, .function: nil
        default: try key(value)
        }
    }

    private func index(_ key: Value, count: Int) -> Int? {
        guard let number = key.integer else { return nil }
        let index = number < 0 ? number &+ count : number
        return (0..<count).contains(index) ? index : nil
    }

    // MARK: Slices

    func slice(_ value: Value, _ bounds: SliceSyntax) throws(TemplateError) -> Value {
        let start = try bound(bounds.start)
        let stop = try bound(bounds.stop)
        let step = try bound(bounds.step) ?? 1
        guard step != 0 else { throw TemplateError("slice step cannot be zero") }
        switch value {
        case .list(let elements): return .list(try slice(elements.values, start, stop, step))
        case .tuple(let elements): return .tuple(try slice(elements.values, start, stop, step))
        case .string(let text):
            return .string(try slice(text, start, stop, step))
        case .range:
            return .list(try slice(try elements(of: value), start, stop, step))
        case .undefined(let undefined): throw TemplateError(undefined.message)
        default: throw TemplateError("'\(value.typeName)' object is not subscriptable")
        }
    }

    private func bound(_ expression: Expression?) throws(TemplateError) -> Int? {
        guard let expression else { return nil }
        let value = try evaluate(expression)
        if value.isNone { return nil }
        guard let number = value.integer else {
            throw TemplateError("slice indices must be integers or None, not \(value.typeName)")
        }
        return number
    }

    private func slice(_ text: Text, _ start: Int?, _ stop: Int?, _ step: Int) throws(TemplateError) -> Text {
        try charge(bytes: text.string.utf8.count)
        guard step != 1 else {
            let count = text.string.codePointCount
            let lower = clamp(start ?? 0, 0, count, count)
            let upper = clamp(stop ?? count, 0, count, count)
            return text.part(text.string.byteRange(ofCodePoints: lower..<max(lower, upper)))
        }
        let scalars = Array(text.string.unicodeScalars)
        try charge(scalars.count / 8)
        var result = String.UnicodeScalarView()
        for index in indices(scalars.count, start, stop, step) { result.append(scalars[index]) }
        return text.derived(String(result))
    }

    private func slice(
        _ values: [Value], _ start: Int?, _ stop: Int?, _ step: Int
    ) throws(TemplateError) -> [Value] {
        try charge(values.count)
        return indices(values.count, start, stop, step).map { values[$0] }
    }

    private func clamp(_ bound: Int, _ low: Int, _ high: Int, _ count: Int) -> Int {
        min(max(bound < 0 ? bound &+ count : bound, low), high)
    }

    /// The indices that Python's slice visits.
    private func indices(_ count: Int, _ start: Int?, _ stop: Int?, _ step: Int) -> [Int] {
        if step > 0 {
            let lower = clamp(start ?? 0, 0, count, count)
            let upper = clamp(stop ?? count, 0, count, count)
            return Array(Swift.stride(from: lower, to: upper, by: min(step, count + 1)))
        }
        let upper = clamp(start ?? count - 1, -1, count - 1, count)
        let lower = stop.map { clamp($0, -1, count - 1, count) } ?? -1
        return Array(Swift.stride(from: upper, to: lower, by: max(step, -(count + 1))))
    }
}

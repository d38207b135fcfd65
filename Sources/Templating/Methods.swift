/// Methods of Python's types that a template may call.
extension Renderer {
    private static let dictMethods: Set = ["get", "items", "keys", "values", "copy"]
    private static let sequenceMethods: Set = ["index", "count", "copy"]
    private static let changingDictMethods: Set = ["clear", "pop", "popitem", "setdefault", "update"]
    private static let changingListMethods: Set = [
        "append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove",
    ]

    /// Whether a value has a method of this name.
    func hasMethod(_ name: String, _ value: Value) -> Bool {
        switch value {
        case .string: TextMethod(rawValue: name) != nil
        case .dict: Self.dictMethods.contains(name) || Self.changingDictMethods.contains(name)
        case .list: Self.sequenceMethods.contains(name) || Self.changingListMethods.contains(name)
        case .tuple, .range: name == "index" || name == "count"
        default: false
        }
    }

    /// Whether a method would change its value, which templates may not.
    func changes(_ name: String, _ value: Value) -> Bool {
        switch value {
        case .dict: Self.changingDictMethods.contains(name)
        case .list: Self.changingListMethods.contains(name)
        default: false
        }
    }

    func callMethod(_ name: String, of receiver: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        guard !changes(name, receiver) else {
            throw TemplateError("method '\(name)' would change a \(receiver.typeName), which templates may not")
        }
        switch receiver {
        case .string(let text):
            guard let method = TextMethod(rawValue: name) else { break }
            return try call(method, of: text, arguments)
        case .dict(let table): return try callMethod(name, of: table, arguments)
        case .list, .tuple, .range:
            if name == "copy" { return receiver }
            return try search(name, in: receiver, arguments)
        default: break
        }
        throw TemplateError("'\(receiver.typeName)' object has no method '\(name)'")
    }

    private func callMethod(_ name: String, of table: Table, _ arguments: Arguments) throws(TemplateError) -> Value {
        switch name {
        case "get":
            guard arguments.named.isEmpty, let key = arguments.positional.first, arguments.positional.count <= 2 else {
                throw TemplateError("get takes 1 or 2 arguments")
            }
            return table[try self.key(key)] ?? (arguments.positional.count == 2 ? arguments.positional[1] : .none)
        case "items": return .view(TableView(table: table, kind: .items))
        case "keys": return .view(TableView(table: table, kind: .keys))
        case "values": return .view(TableView(table: table, kind: .values))
        default: return .dict(table)
        }
    }

    private func search(_ name: String, in sequence: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "value", "start", "stop", by: name)
        guard let wanted = values[0] else { throw TemplateError("\(name) needs an argument") }
        let elements = try elements(of: sequence)
        if name == "count" {
            var count = 0
            for element in elements where try areEqual(element, wanted) { count += 1 }
            return .int(count)
        }
        let start = bound(try integer(values[1], or: 0), elements.count)
        let stop = bound(try integer(values[2], or: elements.count), elements.count)
        for index in start..<max(start, stop) where try areEqual(elements[index], wanted) { return .int(index) }
        throw TemplateError("\(try representation(of: wanted)) is not in \(sequence.typeName)")
    }

    /// A slice bound of Python brought between 0 and `count`.
    func bound(_ index: Int, _ count: Int) -> Int { min(max(index < 0 ? index &+ count : index, 0), count) }
}

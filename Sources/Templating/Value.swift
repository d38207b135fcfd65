import JSON

/// A value at rendering time, with Python's meaning of each kind.
enum Value {
    case undefined(Undefined)
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(Text)
    case list(Elements)
    case tuple(Elements)
    case dict(Table)
    case view(TableView)
    case range(Progression)
    case generator(Generator)
    case namespace(Namespace)
    case loop(LoopState)
    case cycler(Cycler)
    case function(Function)

    static func list(_ values: [Value]) -> Value { .list(Elements(values)) }

    static func tuple(_ values: [Value]) -> Value { .tuple(Elements(values)) }

    /// Python's name of the type, for messages.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .int: "int"
        case .double: "float"
        case .string: "str"
        case .list: "list"
        case .tuple: "tuple"
        case .dict: "dict"
        case .view(let view): view.kind.rawValue
        case .range: "range"
        case .generator: "generator"
        case .namespace: "Namespace"
        case .loop: "LoopContext"
        case .cycler: "Cycler"
        case .function: "function"
        }
    }

    /// How many containers are inside each other here; bounded, because values are freed recursively.
    var depth: Int {
        switch self {
        case .list(let elements), .tuple(let elements): elements.depth
        case .dict(let table): table.depth
        case .view(let view): view.table.depth + 1
        case .generator(let generator): generator.depth
        case .cycler(let cycler): cycler.items.depth + 1
        case .function(let function): function.depth
        case .undefined, .none, .bool, .int, .double, .string, .range, .namespace, .loop: 0
        }
    }

    var isUndefined: Bool {
        guard case .undefined = self else { return false }
        return true
    }

    var isNone: Bool {
        guard case .none = self else { return false }
        return true
    }

    /// A whole number, truth values counting as 0 and 1.
    var integer: Int? {
        switch self {
        case .int(let number): number
        case .bool(let flag): flag ? 1 : 0
        default: nil
        }
    }

    /// Any number as a double.
    var number: Double? {
        if case .double(let number) = self { return number }
        return integer.map(Double.init)
    }

    /// Python's truth value.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let flag): flag
        case .int(let number): number != 0
        case .double(let number): number != 0
        case .string(let text): !text.string.isEmpty
        case .list(let elements), .tuple(let elements): !elements.values.isEmpty
        case .dict(let table): table.count > 0
        case .view(let view): view.table.count > 0
        case .range(let range): range.count > 0
        case .loop, .generator, .namespace, .cycler, .function: true
        }
    }
}

/// What stands where no value is: prints as nothing, and every use of it is an error that says what was missing.
enum Undefined {
    case hint(String)
    case name(String)
    case attribute(String, of: String)

    var message: String {
        switch self {
        case .hint(let hint): hint
        case .name(let name): "'\(name)' is undefined"
        case .attribute(let name, let type): "'\(type) object' has no attribute '\(name)'"
        }
    }
}

/// The elements of a list or a tuple.
struct Elements {
    let values: [Value]
    let depth: Int
    /// Whether this is a pair made by `groupby`, whose parts have names.
    let isGroup: Bool

    init(_ values: [Value]) { self.init(values, isGroup: false) }

    init(_ values: [Value], isGroup: Bool) {
        self.values = values
        self.isGroup = isGroup
        var deepest = 0
        for value in values { deepest = max(deepest, value.depth) }
        depth = deepest + 1
    }
}

/// Python's `range`.
struct Progression {
    let start: Int
    let step: Int
    let count: Int

    /// The element at an index below `count`; the bounds were checked when the range was made.
    subscript(index: Int) -> Int { start &+ step &* index }
}

extension Value {
    /// A value out of a request or a file.
    init(_ json: JSONValue) {
        switch json {
        case .null: self = .none
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .int(Int(number))
        case .double(let number): self = .double(number)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(elements.map { Value($0) })
        case .object(let members): self = .dict(Table(members))
        }
    }

    init(_ constant: Constant) {
        switch constant {
        case .none: self = .none
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .int(number)
        case .double(let number): self = .double(number)
        case .string(let text): self = .template(text)
        }
    }
}

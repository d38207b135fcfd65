import JSON

/// A dict: members in order of insertion, never changed once made.
final class Table {
    typealias Member = (key: Value, value: Value)

    let members: [Member]
    let depth: Int
    private let positions: [TableKey: Int]

    var count: Int { members.count }

    var keys: [Value] { members.map(\.key) }

    /// Members in order; a repeated key keeps its place and takes the later value.
    init(_ pairs: [(TableKey, Value)]) {
        var members: [Member] = []
        var positions: [TableKey: Int] = [:]
        var deepest = 0
        members.reserveCapacity(pairs.count)
        for (key, value) in pairs {
            deepest = max(deepest, value.depth)
            if let position = positions[key] {
                members[position].value = value
            } else {
                positions[key] = members.count
                members.append((key.value, value))
            }
        }
        self.members = members
        self.positions = positions
        depth = deepest + 1
    }

    convenience init(_ object: JSONObject) {
        self.init(object.map { (.name($0.key), Value($0.value)) })
    }

    subscript(key: TableKey) -> Value? {
        guard let position = positions[key] else { return nil }
        return members[position].value
    }

    subscript(name: String) -> Value? { self[.name(name)] }
}

/// What Python can hash; numbers that are equal are one key, whatever their kind.
enum TableKey: Hashable {
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(ExactKey)
    case tuple([TableKey])
    case undefined

    init(_ value: Value) throws(TemplateError) {
        switch value {
        case .none: self = .none
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .int(number)
        case .double(let number): self = .double(number)
        case .string(let text): self = .string(ExactKey(text: text.string))
        case .tuple(let elements):
            guard elements.depth <= 2, elements.values.count <= 64 else {
                throw TemplateError("tuple too large for a key")
            }
            var keys: [TableKey] = []
            for element in elements.values { keys.append(try TableKey(element)) }
            self = .tuple(keys)
        case .undefined: self = .undefined
        default: throw TemplateError("unhashable type: '\(value.typeName)'")
        }
    }

    static func name(_ name: String) -> TableKey { .string(ExactKey(text: name)) }

    var value: Value {
        switch self {
        case .none: .none
        case .bool(let flag): .bool(flag)
        case .int(let number): .int(number)
        case .double(let number): .double(number)
        case .string(let key): .string(key.text)
        case .tuple(let keys): .tuple(keys.map(\.value))
        case .undefined: .undefined(.hint("undefined key"))
        }
    }

    /// The number behind the key when it is a whole one.
    private var integer: Int? {
        switch self {
        case .bool(let flag): flag ? 1 : 0
        case .int(let number): number
        case .double(let number): Int(exactly: number)
        default: nil
        }
    }

    static func == (left: TableKey, right: TableKey) -> Bool {
        switch (left, right) {
        case (.string(let a), .string(let b)): a == b
        case (.none, .none), (.undefined, .undefined): true
        case (.tuple(let a), .tuple(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        default:
            if let a = left.integer, let b = right.integer { a == b } else { false }
        }
    }

    func hash(into hasher: inout Hasher) {
        if let integer { return hasher.combine(integer) }
        switch self {
        case .string(let key): hasher.combine(key)
        case .double(let number): hasher.combine(number)
        case .tuple(let keys): hasher.combine(keys)
        default: hasher.combine(0)
        }
    }
}

/// What `items()`, `keys()` and `values()` of a dict give.
struct TableView {
    enum Kind: String {
        case items = "dict_items"
        case keys = "dict_keys"
        case values = "dict_values"
    }

    let table: Table
    let kind: Kind

    var values: [Value] {
        switch kind {
        case .items: table.members.map { .tuple([$0.key, $0.value]) }
        case .keys: table.keys
        case .values: table.members.map(\.value)
        }
    }
}

import JSON

/// The one thing a template can change from inside a loop.
final class Namespace {
    var members: [(key: String, value: Value)] = []

    subscript(name: String) -> Value? {
        get { members.first { $0.key.hasSameBytes(as: name) }?.value }
        set {
            guard let newValue else { return }
            if let position = members.firstIndex(where: { $0.key.hasSameBytes(as: name) }) {
                members[position].value = newValue
            } else {
                members.append((name, newValue))
            }
        }
    }
}

/// A sequence that is made when first looked at and can be walked once.
final class Generator {
    typealias Source = () throws(TemplateError) -> [Value]

    let depth: Int
    private var source: Source?
    private var pending: ArraySlice<Value> = []

    /// `depth` is that of what the source holds on to.
    init(depth: Int, source: @escaping Source) {
        self.depth = depth + 1
        self.source = source
    }

    /// The next element, nil at the end.
    func next() throws(TemplateError) -> Value? {
        try fill()
        return pending.popFirst()
    }

    /// Everything that is left.
    func rest() throws(TemplateError) -> [Value] {
        try fill()
        defer { pending = [] }
        return Array(pending)
    }

    private func fill() throws(TemplateError) {
        guard let source else { return }
        self.source = nil
        pending = try source()[...]
    }
}

/// The `loop` variable of one running loop.
final class LoopState {
    typealias Filter = (Value) throws(TemplateError) -> Bool

    let depth0: Int
    /// What a recursive loop renders its children with.
    var recurse: ((Value) throws(TemplateError) -> Value)?
    private var source: ArraySlice<Value>
    private var filter: Filter?
    private(set) var index0 = -1
    private(set) var previous: Value?
    private(set) var current: Value?
    private var following: Value?
    private var known: Int?
    private var changedValue: [Value]?
    private var isClosed = false

    init(source: [Value], filter: Filter?, depth0: Int) {
        self.source = source[...]
        self.filter = filter
        self.depth0 = depth0
        known = filter == nil ? source.count : nil
    }

    /// Moves to the next element; nil at the end.
    func advance() throws(TemplateError) -> Value? {
        let element = try peek()
        guard let element else { return nil }
        following = nil
        index0 += 1
        previous = current
        current = element
        return element
    }

    /// The element after the current one.
    func peek() throws(TemplateError) -> Value? {
        if following == nil { following = try pull() }
        return following
    }

    /// Number of elements that pass the filter; looks at all of them.
    func length() throws(TemplateError) -> Int {
        if let known { return known }
        var rest: [Value] = []
        while let element = try pull() { rest.append(element) }
        source = rest[...]
        filter = nil
        let length = index0 + 1 + (following == nil ? 0 : 1) + rest.count
        known = length
        return length
    }

    private func pull() throws(TemplateError) -> Value? {
        while let element = source.popFirst() {
            guard let filter else { return element }
            if try filter(element) { return element }
        }
        return nil
    }

    /// Whether the arguments differ from those of the last call.
    func changed(
        to values: [Value], isSame: (Value, Value) throws(TemplateError) -> Bool
    ) throws(TemplateError) -> Bool {
        if let last = changedValue, try isSame(.tuple(last), .tuple(values)) { return false }
        if !isClosed { changedValue = values }
        return true
    }

    /// Lets go of everything, so that loops kept by a template cannot form a chain.
    func close() {
        isClosed = true
        recurse = nil
        filter = nil
        source = []
        previous = nil
        current = nil
        following = nil
        changedValue = nil
    }
}

/// Values handed out in turn.
final class Cycler {
    let items: Elements
    var position = 0

    init(items: [Value]) { self.items = Elements(items) }
}

/// Whatever can be called.
final class Function {
    enum Kind {
        case macro(MacroSyntax, Scope)
        case global(GlobalFunction)
        case method(Value, String)
        case joiner(separator: Value)
        case cycle(LoopState)
        case changed(LoopState)
        case next(Cycler)
        case reset(Cycler)
    }

    let kind: Kind
    /// Whether a joiner has been called before.
    var isUsed = false

    init(_ kind: Kind) { self.kind = kind }

    var depth: Int {
        switch kind {
        case .method(let receiver, _), .joiner(let receiver): receiver.depth + 1
        case .next(let cycler), .reset(let cycler): cycler.items.depth + 2
        case .macro, .global, .cycle, .changed: 0
        }
    }
}

/// Names a template starts with, besides the conversation.
enum GlobalFunction: String, CaseIterable {
    case range
    case dict
    case namespace
    case cycler
    case joiner
    case raiseException = "raise_exception"
    case strftimeNow = "strftime_now"
}

/// Variables of one block; reading goes outward, writing stays here.
final class Scope {
    var values: [String: Value] = [:]
    private(set) var parent: Scope?
    let depth: Int

    init(parent: Scope?) {
        self.parent = parent
        depth = (parent?.depth ?? 0) + 1
    }

    func value(of name: String) -> Value? {
        var scope: Scope? = self
        while let current = scope {
            if let value = current.values[name] { return value }
            scope = current.parent
        }
        return nil
    }

    /// Cuts what could be a cycle through a macro.
    func close() {
        values = [:]
        parent = nil
    }
}

/// Evaluated arguments of a call.
struct Arguments {
    var positional: [Value] = []
    var named: [(name: String, value: Value)] = []

    static var none: Arguments { Arguments() }

    var isEmpty: Bool { positional.isEmpty && named.isEmpty }

    /// The arguments in the order of the parameters, nil where none was given.
    func bound(to parameters: String..., by function: String) throws(TemplateError) -> [Value?] {
        var values: [Value?] = Array(repeating: nil, count: parameters.count)
        if isEmpty { return values }
        guard positional.count <= parameters.count else {
            throw TemplateError("\(function) takes at most \(parameters.count) arguments")
        }
        for (index, value) in positional.enumerated() { values[index] = value }
        for (name, value) in named {
            guard let index = parameters.firstIndex(of: name) else {
                throw TemplateError("\(function) has no argument '\(name)'")
            }
            guard values[index] == nil else { throw TemplateError("\(function) got '\(name)' twice") }
            values[index] = value
        }
        return values
    }
}

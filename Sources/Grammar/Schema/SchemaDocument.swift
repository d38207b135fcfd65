import JSON

/// A schema with its parts by location, and the references between them.
struct SchemaDocument {
    /// A part that has been looked at.
    struct Part {
        /// What stands there.
        let value: JSONValue
        /// Where that is, as a JSON pointer.
        let pointer: String
        /// The number of the list of resources that lead to it, as far as dynamic references ask for it.
        var scope = 0
    }

    /// A part as it is reached: where, and by which resources.
    private struct Place: Hashable {
        let pointer: String
        let scope: Int
    }

    /// The parts by number; 0 is the schema that everything fulfils, 1 the one that nothing does, 2 the whole document.
    private(set) var parts: [Part]
    private var numbers: [Place: Int] = [Place(pointer: "", scope: 0): SchemaDocument.root]
    private let resources: SchemaResources
    /// Resources by their pointers in the order in which they were entered; the first list is the document alone.
    private var scopes: [[String]] = [[""]]
    private var scopeNumbers: [[String]: Int] = [[""]: 0]

    /// Ways through the resources of a document at most that are told apart.
    private static let mostScopes = 256

    static let everything = 0
    static let nothing = 1
    static let root = 2

    /// A document.
    init(_ root: JSONValue, limits: GrammarLimits) throws(GrammarError) {
        parts = [
            Part(value: .bool(true), pointer: ""), Part(value: .bool(false), pointer: ""),
            Part(value: root, pointer: ""),
        ]
        resources = try SchemaResources(root, limits: limits)
    }

    /// The place of a part, for errors: `$.properties.age`.
    func place(_ number: Int) -> String {
        let tokens = parts[number].pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        return tokens.reduce("$") { $0 + "." + Self.unescaped(String($1)) }
    }

    /// The part below another one.
    mutating func part(below number: Int, _ keys: String...) -> Int? {
        var value = parts[number].value
        var pointer = parts[number].pointer
        for key in keys {
            guard let next = Self.step(value, key) else { return nil }
            value = next
            pointer += "/" + Self.escaped(key)
        }
        return register(value, pointer, from: number)
    }

    /// The parts of a list below another one, such as the branches of `anyOf`.
    mutating func parts(below number: Int, list keyword: String) -> [Int] {
        guard let values = parts[number].value[keyword]?.arrayValue else { return [] }
        let pointer = parts[number].pointer + "/" + Self.escaped(keyword)
        return values.enumerated().map { register($1, pointer + "/\($0)", from: number) }
    }

    /// A kind of reference.
    enum Reference {
        /// `$ref`
        case plain
        /// `$dynamicRef`: to the outermost resource on the way that gives a part of its own the same dynamic name.
        case dynamic
        /// `$recursiveRef`: the same of draft 2019-09, where whole resources have the name.
        case recursive
    }

    /// The part to which a reference at a part leads.
    mutating func target(of reference: String, at number: Int, _ kind: Reference) throws(GrammarError) -> Int {
        let pieces = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var resource = resources.resource(of: parts[number].pointer)
        if !pieces[0].isEmpty {
            guard let known = resources.resource(named: pieces[0], from: resource) else {
                throw refusal(reference, at: number, "another document")
            }
            resource = known
        }
        guard let fragment = pieces.count > 1 ? Self.percentDecoded(pieces[1]) : "" else {
            throw refusal(reference, at: number, "a malformed fragment")
        }
        let scope = scopes[parts[number].scope]
        if kind == .recursive, fragment.isEmpty, resources.isRecursive(resource) {
            return try part(at: scope.first(where: resources.isRecursive) ?? resource, reference, number)
        }
        guard !fragment.isEmpty, !fragment.hasPrefix("/") else {
            return try part(at: resource + fragment, reference, number)
        }
        guard let known = resources.pointer(ofAnchor: fragment, in: resource) else {
            throw refusal(reference, at: number, "nothing")
        }
        guard kind == .dynamic, resources.pointer(ofDynamicAnchor: fragment, in: resource) != nil else {
            return try part(at: known, reference, number)
        }
        let outermost = scope.lazy.compactMap { [resources] in resources.pointer(ofDynamicAnchor: fragment, in: $0) }
        return try part(at: outermost.first ?? known, reference, number)
    }

    private mutating func part(at pointer: String, _ reference: String, _ origin: Int) throws(GrammarError) -> Int {
        var value = parts[Self.root].value
        for token in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard let next = Self.step(value, Self.unescaped(String(token))) else {
                throw refusal(reference, at: origin, "nothing")
            }
            value = next
        }
        let number = register(value, pointer, from: origin)
        guard scopes.count <= Self.mostScopes else {
            throw GrammarError(
                place: place(origin),
                reason: "too complicated: dynamic references lead through more than \(Self.mostScopes) ways",
                cause: .size)
        }
        return number
    }

    private func refusal(_ reference: String, at number: Int, _ what: String) -> GrammarError {
        GrammarError(place: place(number), reason: "$ref \"\(reference.prefix(200))\" leads to \(what)")
    }

    private mutating func register(_ value: JSONValue, _ pointer: String, from origin: Int) -> Int {
        if case .bool(let flag) = value { return flag ? Self.everything : Self.nothing }
        let place = Place(pointer: pointer, scope: scope(at: pointer, from: origin))
        if let known = numbers[place] { return known }
        parts.append(Part(value: value, pointer: pointer, scope: place.scope))
        numbers[place] = parts.count - 1
        return parts.count - 1
    }

    /// The resources on the way to a part that is reached from another one.
    private mutating func scope(at pointer: String, from origin: Int) -> Int {
        guard resources.hasDynamicNames else { return 0 }
        let before = scopes[parts[origin].scope]
        let resource = resources.resource(of: pointer)
        if before.contains(resource) { return parts[origin].scope }
        let scope = before + [resource]
        if let known = scopeNumbers[scope] { return known }
        scopes.append(scope)
        scopeNumbers[scope] = scopes.count - 1
        return scopes.count - 1
    }

    /// A part that stands nowhere in the document, for what is asked of a part besides.
    mutating func addPart(_ value: JSONValue, placedAt number: Int) -> Int {
        parts.append(Part(value: value, pointer: parts[number].pointer, scope: parts[number].scope))
        return parts.count - 1
    }

    /// Whether the document is of a draft in which `$ref` stood alone: what else is said beside it does not count.
    var hasLoneReferences: Bool { resources.isOld }

    // MARK: Pointers

    private static func step(_ value: JSONValue, _ key: String) -> JSONValue? {
        if let member = value[key] { return member }
        guard let index = Int(key), String(index) == key else { return nil }
        return value[index]
    }

    static func escaped(_ key: String) -> String {
        guard key.utf8.contains(where: { $0 == 0x7E || $0 == 0x2F }) else { return key }
        return key.unicodeScalars.reduce(into: "") { $0 += $1 == "~" ? "~0" : $1 == "/" ? "~1" : String($1) }
    }

    private static func unescaped(_ token: String) -> String {
        guard token.utf8.contains(0x7E) else { return token }
        var result = ""
        var isEscaped = false
        for scalar in token.unicodeScalars {
            if isEscaped {
                result += scalar == "0" ? "~" : scalar == "1" ? "/" : "~" + String(scalar)
                isEscaped = false
            } else if scalar == "~" {
                isEscaped = true
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func percentDecoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            bytes.append(code)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

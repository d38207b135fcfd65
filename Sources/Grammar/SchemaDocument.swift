import JSON

/// A schema with its parts by location, and the references between them.
struct SchemaDocument {
    /// A part that has been looked at.
    struct Part {
        /// What stands there.
        let value: JSONValue
        /// Where that is, as a JSON pointer.
        let pointer: String
    }

    /// The parts by number; 0 is the schema that everything fulfils, 1 the one that nothing does, 2 the whole document.
    private(set) var parts: [Part]
    private var numbers: [String: Int] = ["": SchemaDocument.root]
    private let resources: SchemaResources

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
        return register(value, pointer)
    }

    /// The parts of a list below another one, such as the branches of `anyOf`.
    mutating func parts(below number: Int, list keyword: String) -> [Int] {
        guard let values = parts[number].value[keyword]?.arrayValue else { return [] }
        let pointer = parts[number].pointer + "/" + Self.escaped(keyword)
        return values.enumerated().map { register($1, pointer + "/\($0)") }
    }

    /// The part to which a `$ref` at a part refers.
    /// - Parameter isDynamic: whether it is a `$dynamicRef`, which leads where a `$ref` does unless several resources
    ///   of the document give themselves the name.
    mutating func target(
        of reference: String, at number: Int, isDynamic: Bool = false
    ) throws(GrammarError) -> Int {
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
        if !fragment.isEmpty, !fragment.hasPrefix("/") {
            guard let known = resources.pointer(ofAnchor: fragment, in: resource) else {
                throw refusal(reference, at: number, "nothing")
            }
            if isDynamic, resources.isDynamic(fragment) {
                throw GrammarError(
                    place: place(number), reason: "$dynamicRef is not supported where several schemas have its name")
            }
            return try part(at: known, reference, number)
        }
        return try part(at: resource + fragment, reference, number)
    }

    private mutating func part(at pointer: String, _ reference: String, _ origin: Int) throws(GrammarError) -> Int {
        if let known = numbers[pointer] { return known }
        var value = parts[Self.root].value
        for token in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard let next = Self.step(value, Self.unescaped(String(token))) else {
                throw refusal(reference, at: origin, "nothing")
            }
            value = next
        }
        return register(value, pointer)
    }

    private func refusal(_ reference: String, at number: Int, _ what: String) -> GrammarError {
        GrammarError(place: place(number), reason: "$ref \"\(reference.prefix(200))\" leads to \(what)")
    }

    private mutating func register(_ value: JSONValue, _ pointer: String) -> Int {
        if let known = numbers[pointer] { return known }
        if case .bool(let flag) = value { return flag ? Self.everything : Self.nothing }
        parts.append(Part(value: value, pointer: pointer))
        numbers[pointer] = parts.count - 1
        return parts.count - 1
    }

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

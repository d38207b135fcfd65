import JSON

/// The names that the schemas of a document give themselves: `$id` for a resource, `$anchor` for a part of one.
struct SchemaResources {
    private struct Anchor: Hashable {
        let resource: String
        let name: String
    }

    /// The address of every resource, by its pointer; the document itself has the pointer "".
    private var addresses: [String: String] = ["": ""]
    private var pointers: [String: String] = [:]
    private var anchors: [Anchor: String] = [:]
    private var dynamicAnchors: [String: Int] = [:]

    /// The names in a document.
    init(_ root: JSONValue, limits: GrammarLimits) throws(GrammarError) {
        var pending: [(value: JSONValue, pointer: String, resource: String)] = [(root, "", "")]
        var size = SchemaSize(limits: limits)
        while let (value, pointer, outer) = pending.popLast() {
            try size.count(value)
            try size.count(pointer: pointer)
            switch value {
            case .array(let elements):
                for (index, element) in elements.enumerated() where element.hasParts {
                    pending.append((element, pointer + "/\(index)", outer))
                }
            case .object(let members):
                let resource = note(members, pointer, outer)
                for (key, member) in members where member.hasParts {
                    if key == "enum" || key == "const" {
                        try size.countAll(member)
                    } else {
                        pending.append((member, pointer + "/" + SchemaDocument.escaped(key), resource))
                    }
                }
            default: break
            }
        }
    }

    /// Takes down the names of a schema.
    /// - Returns: the resource that it belongs to.
    private mutating func note(_ members: JSONObject, _ pointer: String, _ outer: String) -> String {
        var resource = outer
        if let id = members["$id"]?.stringValue, !id.hasPrefix("#") {
            let address = Self.resolved(id, against: addresses[outer] ?? "")
            addresses[pointer] = address
            pointers[address] = pointer
            resource = pointer
        }
        for keyword in ["$anchor", "$dynamicAnchor"] {
            guard let name = members[keyword]?.stringValue else { continue }
            anchors[Anchor(resource: resource, name: name)] = pointer
            if keyword == "$dynamicAnchor" { dynamicAnchors[name, default: 0] += 1 }
        }
        return resource
    }

    /// The resource that a part belongs to.
    func resource(of pointer: String) -> String {
        guard addresses.count > 1 else { return "" }
        var pointer = pointer[...]
        while addresses[String(pointer)] == nil {
            pointer = pointer[..<(pointer.lastIndex(of: "/") ?? pointer.startIndex)]
        }
        return String(pointer)
    }

    /// The resource that a reference without its fragment names, seen from another one.
    func resource(named reference: String, from resource: String) -> String? {
        let address = Self.resolved(reference, against: addresses[resource] ?? "")
        return pointers[address] ?? (address == addresses[""] ? "" : nil)
    }

    /// The part that has a name.
    func pointer(ofAnchor name: String, in resource: String) -> String? {
        anchors[Anchor(resource: resource, name: name)]
    }

    /// Whether several resources give a part of theirs this name for dynamic references.
    func isDynamic(_ name: String) -> Bool { dynamicAnchors[name, default: 0] > 1 }

    /// An address as it is meant within another one (RFC 3986, without dot segments).
    private static func resolved(_ reference: String, against base: String) -> String {
        let reference = String(reference.prefix { $0 != "#" })
        if let colon = reference.firstIndex(of: ":"), !reference[..<colon].contains("/") { return reference }
        var scheme = base[..<base.startIndex]
        var path = base[...]
        if let range = base.firstRange(of: "://") {
            let end = base[range.upperBound...].firstIndex(of: "/") ?? base.endIndex
            scheme = base[..<end]
            path = base[end...]
        }
        if reference.hasPrefix("/") { return scheme + reference }
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? (scheme.isEmpty ? "" : "/")
        return scheme + folder + reference
    }
}

/// How large a schema is.
private struct SchemaSize {
    let limits: GrammarLimits
    private var values = 0
    private var bytes = 0
    private var pointerBytes = 0
    private var takenBytes = 0
    /// What is noted of a value, and found out about it.
    private static let bytesPerValue = 384
    /// Length of the names on the way to a part.
    private static let longestPointer = 8192

    init(limits: GrammarLimits) { self.limits = limits }

    /// Counts a value and what stands directly in it.
    mutating func count(_ value: JSONValue) throws(GrammarError) {
        switch value {
        case .array(let elements):
            values += elements.count
            for case .string(let text) in elements { bytes += text.utf8.count }
        case .object(let members):
            values += members.count
            for (key, member) in members { bytes += key.utf8.count + (member.stringValue?.utf8.count ?? 0) }
        default: break
        }
        try takeMemory()
        guard values <= limits.nodes else {
            throw GrammarError(place: "", reason: "the schema has more than \(limits.nodes) values")
        }
        guard bytes <= limits.sourceBytes else {
            throw GrammarError(place: "", reason: "the texts of the schema are longer than \(limits.sourceBytes) bytes")
        }
    }

    /// Counts the names on the way to a part, which are kept for every part.
    mutating func count(pointer: String) throws(GrammarError) {
        pointerBytes += pointer.utf8.count
        guard pointer.utf8.count <= Self.longestPointer, pointerBytes <= 32 * limits.sourceBytes else {
            throw GrammarError(place: "", reason: "too complicated: names inside names are too long", cause: .size)
        }
    }

    private mutating func takeMemory() throws(GrammarError) {
        let needed = values * Self.bytesPerValue + (bytes + pointerBytes) * 2
        try limits.memory?.take(needed - takenBytes)
        takenBytes = needed
    }

    /// Counts a value with everything in it.
    mutating func countAll(_ value: JSONValue) throws(GrammarError) {
        var pending = [value]
        while let next = pending.popLast() {
            try count(next)
            pending += (next.arrayValue ?? next.objectValue?.values ?? []).filter(\.hasParts)
        }
    }
}

extension JSONValue {
    /// Whether it has parts.
    fileprivate var hasParts: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }
}

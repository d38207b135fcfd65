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
    private var dynamicAnchors: [Anchor: String] = [:]
    /// Resources that dynamic references of draft 2019-09 may lead to.
    private var recursive: Set<String> = []
    /// Names that are given where a schema stands; others, inside words of other tools, give way to them.
    private var certain: Set<String> = []
    /// Whether it may depend on the way to a reference where it leads.
    private(set) var hasDynamicNames = false
    /// Whether the document says that it is of a draft before 2019-09.
    let isOld: Bool

    /// What stands at a place.
    private enum Position {
        case schema
        case schemasByName
        case other

        /// What stands below a keyword of a schema, or below a name.
        func below(_ key: String) -> Position {
            switch self {
            case .schema:
                SchemaKeyword.schemas.contains(key)
                    ? .schema : SchemaKeyword.schemasByName.contains(key) ? .schemasByName : .other
            case .schemasByName: .schema
            case .other: .other
            }
        }
    }

    /// The names in a document.
    init(_ root: JSONValue, limits: GrammarLimits) throws(GrammarError) {
        isOld = Self.oldDrafts.contains { root["$schema"]?.stringValue?.contains($0) ?? false }
        var pending = [(value: root, pointer: "", resource: "", position: Position.schema)]
        var size = SchemaSize(limits: limits)
        while let (value, pointer, outer, position) = pending.popLast() {
            try size.count(value)
            try size.count(pointer: pointer)
            switch value {
            case .array(let elements):
                for (index, element) in elements.enumerated() where element.hasParts {
                    pending.append((element, pointer + "/\(index)", outer, position))
                }
            case .object(let members):
                let resource = note(members, pointer, outer, isCertain: position == .schema)
                for (key, member) in members where member.hasParts {
                    if key == "enum" || key == "const" {
                        try size.countAll(member)
                    } else {
                        let place = pointer + "/" + SchemaDocument.escaped(key)
                        pending.append((member, place, resource, position.below(key)))
                    }
                }
            default: break
            }
        }
        hasDynamicNames = recursive.count > 1 || Set(dynamicAnchors.keys.map(\.name)).count < dynamicAnchors.count
    }

    private static let oldDrafts = ["draft-03", "draft-04", "draft-06", "draft-07"]

    /// Takes down the names of a schema.
    /// - Returns: the resource that it belongs to.
    private mutating func note(
        _ members: JSONObject, _ pointer: String, _ outer: String, isCertain: Bool
    ) -> String {
        var resource = outer
        var names = ["$anchor", "$dynamicAnchor"].compactMap { members[$0]?.stringValue }
        if let id = members["$id"]?.stringValue, !isOld || members["$ref"]?.stringValue == nil {
            if id.hasPrefix("#") {
                names.append(String(id.dropFirst()))
            } else {
                let address = Self.resolved(id, against: addresses[outer] ?? "")
                addresses[pointer] = address
                if isCertain || !certain.contains(address) { pointers[address] = pointer }
                if isCertain { certain.insert(address) }
                resource = pointer
            }
        }
        for name in names {
            let anchor = Anchor(resource: resource, name: name)
            if isCertain || anchors[anchor] == nil { anchors[anchor] = pointer }
        }
        if isCertain, let name = members["$dynamicAnchor"]?.stringValue {
            dynamicAnchors[Anchor(resource: resource, name: name)] = pointer
        }
        if isCertain, resource == pointer, members["$recursiveAnchor"]?.boolValue == true { recursive.insert(pointer) }
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

    /// The part that has a name for dynamic references.
    func pointer(ofDynamicAnchor name: String, in resource: String) -> String? {
        dynamicAnchors[Anchor(resource: resource, name: name)]
    }

    /// Whether a resource is one that dynamic references of draft 2019-09 may lead to.
    func isRecursive(_ resource: String) -> Bool { recursive.contains(resource) }

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

/// Members in the order of the text, found by key in constant time.
///
/// Keys are equal when their code points are: Swift's `==` would merge canonically equivalent ones.
package struct JSONObject: Sendable {
    /// One member.
    package typealias Element = (key: String, value: JSONValue)

    /// Up to this many members a scan is faster than hashing.
    private static let scannedMembers = 8

    private var members: [Element] = []
    private var positions: [ExactKey: Int] = [:]

    /// An object without members.
    package init() {}

    /// Number of members.
    package var count: Int { members.count }

    /// Whether there are no members.
    package var isEmpty: Bool { members.isEmpty }

    /// Keys in order.
    package var keys: [String] { members.map(\.key) }

    /// Values in order.
    package var values: [JSONValue] { members.map(\.value) }

    /// The value of a key; assigning nil removes the member, assigning to a new key appends it.
    package subscript(key: String) -> JSONValue? {
        get {
            guard let position = position(of: key) else { return nil }
            return members[position].value
        }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil): remove(at: position)
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    /// Adds a member unless its key is taken; says whether it did.
    package mutating func insert(_ value: JSONValue, forNewKey key: String) -> Bool {
        guard position(of: key) == nil else { return false }
        append(key, value)
        return true
    }

    private func position(of key: String) -> Int? {
        if members.count > Self.scannedMembers { return positions[ExactKey(text: key)] }
        return members.firstIndex { $0.key.hasSameBytes(as: key) }
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        if members.isEmpty { members.reserveCapacity(4) }
        members.append((key, value))
        if members.count == Self.scannedMembers + 1 {
            reindex()
        } else if members.count > Self.scannedMembers {
            positions[ExactKey(text: key)] = members.count - 1
        }
    }

    private mutating func remove(at position: Int) {
        members.remove(at: position)
        reindex()
    }

    private mutating func reindex() {
        positions.removeAll(keepingCapacity: true)
        guard members.count > Self.scannedMembers else { return }
        for (position, member) in members.enumerated() { positions[ExactKey(text: member.key)] = position }
    }
}

extension JSONObject: Sequence {
    /// Members in order.
    package func makeIterator() -> IndexingIterator<[Element]> { members.makeIterator() }

    /// Number of members, exactly.
    package var underestimatedCount: Int { members.count }
}

extension JSONObject: Equatable {
    /// Same members, in whatever order.
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.key] == $0.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Members in the order written; a repeated key keeps its first place and its last value.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        for (key, value) in elements { self[key] = value }
    }
}

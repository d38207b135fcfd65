/// Header fields in the order in which they came; names compare without regard to case.
package struct Fields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// One field.
    package struct Field: Sendable, Equatable {
        /// The name as written.
        package let name: String
        /// The value without the blanks around it.
        package let value: String
    }

    /// All fields in order.
    package private(set) var all: [Field]

    /// No fields.
    package init() { all = [] }

    /// Fields in the given order; a name may occur more than once.
    package init(dictionaryLiteral elements: (String, String)...) {
        all = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// Adds a field after the others.
    package mutating func append(_ name: String, _ value: String) { all.append(Field(name: name, value: value)) }

    /// Adds all of `other` after the others.
    package mutating func append(contentsOf other: Fields) { all += other.all }

    /// The first value of `name`; setting replaces every field of that name, or removes them with nil.
    package subscript(name: String) -> String? {
        get { all.first { Self.areEqual($0.name, name) }?.value }
        set {
            all.removeAll { Self.areEqual($0.name, name) }
            if let newValue { append(name, newValue) }
        }
    }

    /// Every value of `name`, in order.
    package func values(_ name: String) -> [String] { all.filter { Self.areEqual($0.name, name) }.map(\.value) }

    /// How many fields there are.
    package var count: Int { all.count }

    /// The members of a comma-separated list over all fields of `name`, in lower case, without blanks and empty
    /// members.
    package func list(_ name: String) -> [String] {
        values(name).flatMap { value in
            value.split(separator: ",").compactMap { part in
                let member = part.lowercased().drop { $0 == " " || $0 == "\t" }
                let trimmed = member.reversed().drop { $0 == " " || $0 == "\t" }.reversed()
                return trimmed.isEmpty ? nil : String(trimmed)
            }
        }
    }

    /// Whether two field names are the same; only ASCII letters have a case.
    package static func areEqual(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { ASCII.lowercased($0) == ASCII.lowercased($1) }
    }
}

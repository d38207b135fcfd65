/// One statement about the wire, and how it is judged from outside.
struct Statement: Sendable {
    /// Judges a server: returns what was seen when the statement holds.
    /// - Throws: ``Violation`` when it does not, ``NotApplicable`` when nobody can tell.
    typealias Check = @Sendable (Probe) throws -> String

    /// Its number in the list of 65.
    let number: Int
    /// What it is about.
    let title: String
    /// Whether it looks at what all others have seen and therefore comes last.
    var isLast = false
    let check: Check

    /// A statement.
    init(_ number: Int, _ title: String, check: @escaping Check) {
        self.number = number
        self.title = title
        self.check = check
    }

    /// The same, judged after all others.
    var last: Statement {
        var statement = self
        statement.isLast = true
        return statement
    }

    /// All of them, by number.
    static let all =
        framing + chunks + usage + endings + messages + tools + reasoning + structured + logprobs + parameters
        + errors + routes
}

/// A statement does not hold.
struct Violation: Error {
    /// What was seen instead.
    let seen: String

    init(_ seen: String) { self.seen = seen }
}

/// Nobody can tell from outside whether a statement holds here.
struct NotApplicable: Error {
    /// Why not.
    let why: String

    init(_ why: String) { self.why = why }
}

/// Refuses what is not as it should be.
func require(_ condition: Bool, _ seen: @autoclosure () -> String) throws(Violation) {
    guard condition else { throw Violation(seen()) }
}

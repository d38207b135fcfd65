/// One statement about the wire, and how it is judged from outside.
package struct Statement: Sendable {
    /// Judges a server: returns what was seen when the statement holds.
    /// - Throws: ``ConformanceError`` when it does not, or nobody can tell.
    typealias Check = @Sendable (Probe) throws(ConformanceError) -> String

    /// Its number in the list of 65.
    package let number: Int
    /// What it is about.
    package let title: String
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
    package static let all: [Statement] = [
        framing, chunks, usage, endings, messages, tools, reasoning, structured, logprobs, parameters, errors, routes,
    ].flatMap { (group: [Statement]) in group }
}

/// Why a statement is not known to hold.
package enum ConformanceError: Error, Equatable {
    /// It does not hold: what was seen instead.
    case violation(String)
    /// Nobody can tell from outside whether it holds here, and why not.
    case notApplicable(String)
}

/// Refuses what is not as it should be.
func require(_ condition: Bool, _ seen: @autoclosure () -> String) throws(ConformanceError) {
    guard condition else { throw .violation(seen()) }
}

/// Why a schema, an expression or a grammar is refused.
package struct GrammarError: Error, Equatable, Sendable {
    /// Where in the source, such as `$.properties.age` for a schema or `line 3`; empty for the whole.
    package let place: String
    /// What is wrong there, a sentence that names the thing.
    package let reason: String

    /// A refusal.
    package init(place: String, reason: String) {
        self.place = place
        self.reason = reason
    }
}

/// Why a schema, an expression or a grammar is refused.
package struct GrammarError: Error, Equatable, Sendable {
    /// What kind of reason it is.
    package enum Cause: Sendable {
        /// The source is wrong, or asks for what is not supported.
        case source
        /// One construction is larger than allowed; another way to the same form may be smaller.
        case size
        /// The steps or the time for the whole source are used up: nothing more may be tried.
        case exhaustion
        /// Others have the memory that it takes: later it may be compiled.
        case shortage
    }

    /// Where in the source, such as `$.properties.age` for a schema or `line 3`; empty for the whole.
    package let place: String
    /// What is wrong there, a sentence that names the thing.
    package let reason: String
    /// What kind of reason it is.
    package let cause: Cause

    /// A refusal.
    package init(place: String, reason: String, cause: Cause = .source) {
        self.place = place
        self.reason = reason
        self.cause = cause
    }

    /// Whether the budget of the whole source is used up, so that a caller that tries other ways must stop.
    package var isExhaustion: Bool { cause == .exhaustion || cause == .shortage }

    /// The same refusal, told of another place.
    func told(at place: String, _ reason: String? = nil) -> GrammarError {
        GrammarError(place: place, reason: reason ?? self.reason, cause: cause)
    }
}

/// How the values of a schema are written.
package struct SchemaOptions: Sendable {
    /// The white space between the tokens of JSON.
    package enum Whitespace: Sendable, Hashable {
        /// None at all.
        case compact
        /// None, one space, or a line break with at most 64 spaces or tabs; behind a colon at most one space.
        case flexible
        /// What a regular expression describes, wherever JSON has room for it.
        case pattern(String)
    }

    /// The white space.
    package var whitespace: Whitespace
    /// Whether an object may have members of which its schema says nothing, as the specification has it; if not, an
    /// object with declared properties has none besides.
    package var additionalPropertiesByDefault: Bool
    /// What a schema may cost.
    package var limits: GrammarLimits

    /// Options.
    package init(whitespace: Whitespace, additionalPropertiesByDefault: Bool, limits: GrammarLimits) {
        self.whitespace = whitespace
        self.additionalPropertiesByDefault = additionalPropertiesByDefault
        self.limits = limits
    }

    /// What the specification says, with flexible white space.
    package static let standard = SchemaOptions(
        whitespace: .flexible, additionalPropertiesByDefault: true, limits: .request)
}

/// What a value may be: declared once, it checks requests and becomes the JSON Schema of `/openapi.json`.
package indirect enum FieldSchema: Sendable, Equatable {
    /// Whatever JSON there is.
    case anything
    /// Null.
    case null
    /// `true` or `false`.
    case boolean
    /// A whole number from … to.
    case integer(Int, Bound)
    /// A finite number within the range.
    case number(ClosedRange<Double>)
    /// Text of so many to so many UTF-8 bytes.
    case string(Int, Bound)
    /// One of these words.
    case word([String])
    /// Elements of one form, so many to so many.
    case array(FieldSchema, Int, Bound)
    /// An object with the members of a table; unknown ones are treated as `others` says.
    case object(FieldTable, Others)
    /// An object whose keys are token ids and whose values have one form, with at most so many members.
    case tokenMap(FieldSchema, Bound)
    /// An object whose members all have one form.
    case map(FieldSchema)
    /// An object whose members depend on what the member of this name says.
    case variants(String, [Variant])
    /// Any of these; the kinds of JSON tell them apart.
    case either([FieldSchema])

    /// Text of any length.
    package static let text = FieldSchema.string(0, .unlimited)
    /// The id of a token of the vocabulary.
    package static let token = FieldSchema.integer(0, .lastToken)
    /// The id of a token that has a text, whether or not the model may say it.
    package static let anyToken = FieldSchema.integer(0, .lastKnownToken)

    /// How members that no table knows are treated.
    package enum Others: Sendable, Equatable {
        /// Ignored like unknown fields, and named to the client like them.
        case noted
        /// Allowed: they are somebody's own.
        case free
        /// None of them exists; for what this server writes.
        case none
    }

    /// An object that begins with a certain word.
    package struct Variant: Sendable, Equatable {
        /// The words that choose it.
        let words: [String]
        /// Its members, without the one that chooses.
        let table: FieldTable

        /// The variant for these words.
        init(_ words: [String], _ fields: [RequestField], oneOf alternatives: [String] = []) {
            self.words = words
            table = FieldTable(fields, oneOf: alternatives)
        }
    }

    /// An object of these members, where others are ignored and named.
    static func members(_ fields: [RequestField]) -> FieldSchema { .object(FieldTable(fields), .noted) }

    /// An object of our own, complete.
    static func answer(_ fields: [RequestField]) -> FieldSchema { .object(FieldTable(fields), .none) }

    /// The same, or null.
    static func nullable(_ form: FieldSchema) -> FieldSchema { .either([form, .null]) }
}

/// The upper end of a range: a number, or one that settings or the model decide.
package enum Bound: Sendable, Equatable, ExpressibleByIntegerLiteral {
    case fixed(Int)
    case unlimited
    case choices, prompts, lastToken, lastKnownToken, messages, stops, stopBytes, logitBiases

    /// A number that nothing changes.
    package init(integerLiteral value: Int) { self = .fixed(value) }

    /// The number under these limits; a vocabulary that is not known yet bounds nothing.
    package func value(_ limits: RequestLimits) -> Int {
        switch self {
        case .fixed(let number): number
        case .unlimited: Int.max
        case .choices: max(1, min(128, limits.choices))
        case .prompts: limits.prompts
        case .lastToken: limits.vocabulary > 0 ? limits.vocabulary - 1 : RequestLimits.tokens
        case .lastKnownToken: limits.knownTokens > 0 ? limits.knownTokens - 1 : RequestLimits.tokens
        case .messages: limits.lists.messages
        case .stops: limits.lists.stops
        case .stopBytes: limits.lists.stopBytes
        case .logitBiases: limits.lists.logitBiases
        }
    }
}

package import JSON

/// One member of an object on the wire and what this server does with it.
package struct RequestField: Sendable, Equatable {
    /// What happens to a field.
    package enum Treatment: Sendable, Equatable {
        /// Read, checked against its form and honoured.
        case implemented(FieldSchema)
        /// Accepted whatever its value, and without effect.
        case ignored
        /// 400, unless its value asks for nothing.
        case refused(unless: Harmless)
    }

    /// The values of a refused field that ask for nothing and therefore pass; null always does.
    package enum Harmless: Sendable, Equatable {
        /// None: every value but null is refused.
        case nothing
        /// `false`.
        case falseValue
        /// `[]`.
        case emptyArray
        /// `""`.
        case emptyString
        /// `["text"]`.
        case textModality
    }

    /// The member's name in the body.
    package let name: String
    /// What happens to it.
    package let treatment: Treatment
    /// One sentence for the manual, and the error message of a refused field.
    package let note: String
    /// Whether it must be there.
    package let isRequired: Bool
    /// The member that has to be true for this one to mean anything.
    package private(set) var switchedBy: String?

    /// A row of the table.
    init(_ name: String, _ treatment: Treatment, _ note: String) {
        self.init(name, treatment, note, isRequired: false)
    }

    /// A field that may have a value of this form; null counts as absent.
    init(_ name: String, _ form: FieldSchema, _ note: String) {
        self.init(name, .implemented(form), note, isRequired: false)
    }

    /// A field that may stand only beside another one that is true.
    init(_ name: String, _ form: FieldSchema, onlyWith other: String, _ note: String) {
        self.init(name, form, note)
        switchedBy = other
    }

    /// A field that must have a value of this form.
    init(_ name: String, required form: FieldSchema, _ note: String) {
        self.init(name, .implemented(form), note, isRequired: true)
    }

    private init(_ name: String, _ treatment: Treatment, _ note: String, isRequired: Bool) {
        self.name = name
        self.treatment = treatment
        self.note = note
        self.isRequired = isRequired
    }

    /// The form of a field that is honoured.
    package var form: FieldSchema? {
        guard case .implemented(let form) = treatment else { return nil }
        return form
    }
}

extension RequestField.Harmless {
    /// Whether `value` asks for nothing.
    func covers(_ value: JSONValue) -> Bool {
        switch self {
        case .nothing: false
        case .falseValue: value.boolValue == false
        case .emptyArray: value.arrayValue?.isEmpty == true
        case .emptyString: value.stringValue?.isEmpty == true
        case .textModality: value.arrayValue.map { $0 == [.string("text")] } ?? false
        }
    }
}

/// Every field that an endpoint knows, each declared once.
package struct FieldTable: Sendable, Equatable {
    /// The rows, in the order of the manual.
    package let fields: [RequestField]
    /// Those that must be there.
    let required: [RequestField]
    /// Those that need another one to be true.
    let switched: [RequestField]
    /// Names of which one must be there, the usual one first; empty without such a rule.
    let alternatives: [String]
    private let rowOfName: [String: Int]

    /// A table over rows with distinct names.
    package init(_ fields: [RequestField]) { self.init(fields, oneOf: []) }

    /// The same, where one of several members must be there.
    package init(_ fields: [RequestField], oneOf alternatives: [String]) {
        self.fields = fields
        self.alternatives = alternatives
        required = fields.filter(\.isRequired)
        switched = fields.filter { $0.switchedBy != nil }
        rowOfName = Dictionary(fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The row of a field, if it is known.
    package func field(named name: String) -> RequestField? {
        rowOfName[name].map { fields[$0] }
    }

    /// Refuses what is declared as refused or does not have its form, and returns the names of unknown fields.
    /// - Throws: 400 naming the field at fault or, where `limits` refuse unknown fields, the unknown one.
    package func check(_ object: JSONObject, limits: RequestLimits) throws(APIError) -> [String] {
        var checker = SchemaChecker(limits: limits, refusesUnknown: limits.refusesUnknownFields)
        try checker.check(object, self, .noted, at: "")
        return checker.unknown
    }
}

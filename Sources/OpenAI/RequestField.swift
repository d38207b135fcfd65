package import JSON

/// One member of an object on the wire and what this server does with it.
package struct RequestField: Sendable, Equatable {
    /// What happens to a field.
    package enum Treatment: Sendable, Equatable {
        /// Read, checked against its form and honoured.
        case implemented(FieldForm)
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
        /// `{"type": "text"}`.
        case textFormat
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

    /// A row of the table.
    init(_ name: String, _ treatment: Treatment, _ note: String) {
        self.init(name, treatment, note, isRequired: false)
    }

    /// A field that may have a value of this form; null counts as absent.
    init(_ name: String, _ form: FieldForm, _ note: String) {
        self.init(name, .implemented(form), note, isRequired: false)
    }

    /// A field that must have a value of this form.
    init(_ name: String, required form: FieldForm, _ note: String) {
        self.init(name, .implemented(form), note, isRequired: true)
    }

    private init(_ name: String, _ treatment: Treatment, _ note: String, isRequired: Bool) {
        self.name = name
        self.treatment = treatment
        self.note = note
        self.isRequired = isRequired
    }

    /// The form of a field that is honoured.
    package var form: FieldForm? {
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
        case .textFormat: value["type"]?.stringValue == "text"
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
    private let rowOfName: [String: Int]

    /// A table over rows with distinct names.
    package init(_ fields: [RequestField]) {
        self.fields = fields
        required = fields.filter(\.isRequired)
        rowOfName = Dictionary(fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The row of a field, if it is known.
    package func field(named name: String) -> RequestField? {
        rowOfName[name].map { fields[$0] }
    }

    /// Refuses what is declared as refused or does not have its form, and returns the names of unknown fields.
    /// - Throws: 400 naming the field at fault or, where `limits` refuse unknown fields, the unknown one.
    package func check(_ object: JSONObject, limits: RequestLimits) throws(APIError) -> [String] {
        var checker = FormChecker(limits: limits, refusesUnknown: limits.refusesUnknownFields)
        try checker.check(object, self, .noted, at: "")
        return checker.unknown
    }
}

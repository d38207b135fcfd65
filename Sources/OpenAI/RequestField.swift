package import JSON

/// One field of a request body and what this server does with it.
package struct RequestField: Sendable {
    /// What happens to a field.
    package enum Treatment: Sendable, Equatable {
        /// Read, checked and honoured.
        case implemented
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

    /// A row of the table.
    init(_ name: String, _ treatment: Treatment, _ note: String) {
        self.name = name
        self.treatment = treatment
        self.note = note
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
package struct FieldTable: Sendable {
    /// The rows, in the order of the manual.
    package let fields: [RequestField]
    private let rowOfName: [String: Int]

    /// A table over rows with distinct names.
    package init(_ fields: [RequestField]) {
        self.fields = fields
        rowOfName = Dictionary(fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The row of a field, if it is known.
    package func field(named name: String) -> RequestField? {
        rowOfName[name].map { fields[$0] }
    }

    /// Refuses what is declared as refused and returns the names of unknown fields, in order.
    /// - Throws: 400 naming the refused field or, with `refusesUnknown`, the unknown one.
    package func check(_ object: JSONObject, refusesUnknown: Bool) throws(APIError) -> [String] {
        var unknown: [String] = []
        for (name, value) in object {
            guard let field = field(named: name) else {
                if refusesUnknown {
                    throw .unsupported(name.clipped, "Unrecognized request argument: '\(name.clipped)'.")
                }
                unknown.append(name)
                continue
            }
            guard case .refused(let harmless) = field.treatment, !value.isNull, !harmless.covers(value) else {
                continue
            }
            throw .unsupported(name, "'\(name)' is not supported: \(field.note)")
        }
        return unknown
    }
}

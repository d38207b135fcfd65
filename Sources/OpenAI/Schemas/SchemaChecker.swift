package import JSON

/// Checks values against their declared schemas; every error names the member by its full path.
struct SchemaChecker {
    /// What the settings and the model allow.
    let limits: RequestLimits
    /// Whether unknown fields are errors.
    let refusesUnknown: Bool
    /// Unknown fields, as paths without indices; at most `mostUnknown` of them below the top.
    private(set) var unknown: [String] = []

    private static let mostUnknown = 32

    /// A checker under these limits.
    init(limits: RequestLimits, refusesUnknown: Bool) {
        self.limits = limits
        self.refusesUnknown = refusesUnknown
    }

    /// The path of a member; nothing stands before those at the top.
    private typealias Path = () -> String

    /// Refuses an object that does not fit its table; null counts as absent.
    /// - Throws: 400 naming the member.
    mutating func check(
        _ object: JSONObject, _ table: FieldTable, _ others: FieldSchema.Others, at path: @autoclosure () -> String
    ) throws(APIError) {
        for (name, value) in object {
            guard let field = table.field(named: name) else {
                try note(name, others, at: path())
                continue
            }
            switch field.treatment {
            case .ignored: continue
            case .refused(let harmless):
                guard value.isNull || harmless.covers(value) else {
                    throw .unsupported(
                        path() + name, "'\(path() + name)' is not supported: \(field.note)")
                }
            case .implemented(let form):
                // What we write ourselves may say null only where its form does.
                if value.isNull, others != .none { continue }
                try check(value, form, at: path() + name)
            }
        }
        try checkPresence(object, table, others, at: path())
    }

    /// What must be there is there, and nothing stands alone that needs company.
    private func checkPresence(
        _ object: JSONObject, _ table: FieldTable, _ others: FieldSchema.Others, at path: @autoclosure () -> String
    ) throws(APIError) {
        for field in table.required where object[field.name]?.isNull ?? true {
            if object[field.name] != nil, others == .none { continue }
            throw .missing(path() + field.name)
        }
        let isAnyThere = table.alternatives.contains { !(object[$0]?.isNull ?? true) }
        if let usual = table.alternatives.first, !isAnyThere { throw .missing(path() + usual) }
        for field in table.switched where !(object[field.name]?.isNull ?? true) {
            guard let other = field.switchedBy, object[other]?.boolValue != true else { continue }
            throw .invalid(
                path() + field.name, "'\(path() + field.name)' is only allowed when '\(path() + other)' is true.")
        }
    }

    private mutating func note(
        _ name: String, _ others: FieldSchema.Others, at path: @autoclosure () -> String
    ) throws(APIError) {
        let shown = path().isEmpty ? name : path() + name
        if others == .none || (refusesUnknown && others == .noted) {
            throw .unsupported(shown.clipped, "Unrecognized request argument: '\(shown.clipped)'.")
        }
        guard others == .noted, path().isEmpty || unknown.count < Self.mostUnknown else { return }
        unknown.append(shown)
    }

    /// Refuses a value that does not have its form.
    mutating func check(
        _ value: JSONValue, _ form: FieldSchema, at path: @autoclosure () -> String
    ) throws(APIError) {
        switch form {
        case .anything: return
        case .null, .boolean:
            guard form.takesKind(of: value) else {
                throw FieldReader.wrongType(path(), expected: form.words, value)
            }
        case .integer(let least, let most):
            _ = try FieldReader.integer(value, in: least...max(least, most.value(limits)), path: path())
        case .number(let range): _ = try FieldReader.number(value, in: range, path: path())
        case .string(let least, let most):
            try checkText(value, least...max(least, most.value(limits)), at: path())
        case .word(let words): try checkWord(value, words, at: path())
        case .array(let element, let least, let most):
            try checkArray(value, element, least...max(least, most.value(limits)), at: path())
        case .object, .variants, .map, .tokenMap: try checkObject(value, form, at: path())
        case .either(let forms): try checkEither(value, forms, at: path())
        }
    }

    private func checkText(
        _ value: JSONValue, _ range: ClosedRange<Int>, at path: @autoclosure () -> String
    ) throws(APIError) {
        guard let text = value.stringValue else { throw FieldReader.wrongType(path(), expected: "a string", value) }
        guard range.contains(text.utf8.count) else {
            let most = range.upperBound == .max ? "" : " and at most \(range.upperBound)"
            throw .invalid(path(), "'\(path())' must have at least \(range.lowerBound)\(most) bytes.")
        }
    }

    private func checkWord(
        _ value: JSONValue, _ words: [String], at path: @autoclosure () -> String
    ) throws(APIError) {
        guard let word = value.stringValue else { throw FieldReader.wrongType(path(), expected: "a string", value) }
        guard words.contains(where: { $0.hasSameBytes(as: word) }) else {
            let known = words.map { "'\($0)'" }.joined(separator: ", ")
            throw .invalid(
                path(), "'\(path())' must be \(words.count > 1 ? "one of " : "")\(known); got '\(word.clipped)'.")
        }
    }

    private mutating func checkArray(
        _ value: JSONValue, _ form: FieldSchema, _ range: ClosedRange<Int>, at path: @autoclosure () -> String
    ) throws(APIError) {
        guard let elements = value.arrayValue else { throw FieldReader.wrongType(path(), expected: "an array", value) }
        guard elements.count <= range.upperBound else {
            throw .invalid(
                path(), "'\(path())' has \(elements.count) elements; at most \(range.upperBound) are allowed.")
        }
        guard elements.count >= range.lowerBound else { throw .invalid(path(), "'\(path())' must not be empty.") }
        for (index, element) in elements.enumerated() {
            try check(element, form, at: "\(path())[\(index)]")
        }
    }

    private mutating func checkObject(
        _ value: JSONValue, _ form: FieldSchema, at path: @autoclosure () -> String
    ) throws(APIError) {
        guard let object = value.objectValue else { throw FieldReader.wrongType(path(), expected: "an object", value) }
        switch form {
        case .object(let table, let others): try check(object, table, others, at: path() + ".")
        case .variants(let name, let variants):
            guard let word = object[name], !word.isNull else { throw .missing(path() + "." + name) }
            try checkWord(word, variants.flatMap(\.words), at: path() + "." + name)
            let chosen = variants.first { $0.words.contains { $0 == word.stringValue } }
            if let chosen { try check(object, chosen.table, .free, at: path() + ".") }
        case .map(let element):
            for (key, value) in object { try check(value, element, at: path() + "." + key.clipped) }
        case .tokenMap(let element, let most): try checkTokens(object, element, most.value(limits), at: path())
        default: return
        }
    }

    private mutating func checkTokens(
        _ object: JSONObject, _ form: FieldSchema, _ most: Int, at path: @autoclosure () -> String
    ) throws(APIError) {
        guard object.count <= most else { throw .invalid(path(), "'\(path())' has more than \(most) entries.") }
        let last = Bound.lastToken.value(limits)
        for (key, value) in object {
            guard let token = Int(key), String(token) == key, (0...last).contains(token) else {
                throw .invalid(
                    path(), "'\(path())' has the key '\(key.clipped)'; keys are token ids from 0 to \(last).")
            }
            try check(value, form, at: path())
        }
    }

    /// Descends where only one alternative has the value's kind, so that the error says what is wrong inside.
    private mutating func checkEither(
        _ value: JSONValue, _ forms: [FieldSchema], at path: @autoclosure () -> String
    ) throws(APIError) {
        let candidates = forms.filter { $0.takesKind(of: value) }
        guard let first = candidates.first else {
            throw FieldReader.wrongType(path(), expected: FieldSchema.either(forms).words, value)
        }
        let fitting = candidates.first { $0.takesKind(ofFirstIn: value) } ?? first
        try check(value, fitting, at: path())
    }
}

extension FieldSchema {
    /// Whether values of this kind can have the form at all.
    func takesKind(of value: JSONValue) -> Bool {
        switch self {
        case .anything: true
        case .null: value.isNull
        case .boolean: value.boolValue != nil
        case .integer, .number: value.doubleValue != nil
        case .string, .word: value.stringValue != nil
        case .array: value.arrayValue != nil
        case .object, .map, .tokenMap, .variants: value.objectValue != nil
        case .either(let forms): forms.contains { $0.takesKind(of: value) }
        }
    }

    /// Whether an array whose first element is of this kind can have the form; others than arrays can.
    fileprivate func takesKind(ofFirstIn value: JSONValue) -> Bool {
        guard case .array(let element, _, _) = self, let first = value.arrayValue?.first else { return true }
        return element.takesKind(of: first)
    }

    /// The form for people, as in "expected a string".
    var words: String {
        switch self {
        case .anything: "anything"
        case .null: "null"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string, .word: "a string"
        case .array: "an array"
        case .object, .map, .tokenMap, .variants: "an object"
        case .either(let forms):
            forms.map(\.words).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
                .joined(separator: " or ")
        }
    }
}

extension NamedSchema {
    /// What keeps `value` from having this form; nil when nothing does.
    package func fault(in value: JSONValue, limits: RequestLimits) -> APIError? {
        var checker = SchemaChecker(limits: limits, refusesUnknown: true)
        do {
            try checker.check(value, form, at: name)
            return nil
        } catch {
            return error
        }
    }
}

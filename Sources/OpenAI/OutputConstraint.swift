package import JSON

/// The form that a request wants its answer to have.
package struct OutputConstraint: Sendable, Equatable {
    /// What there is to choose from.
    package enum Form: Sendable, Equatable {
        /// Any JSON object.
        case jsonObject
        /// JSON that meets a schema.
        case schema(JSONValue)
        /// A text that an expression matches from its first to its last character.
        case regex(String)
        /// One of these texts.
        case choice([String])
        /// A text of a grammar, in GBNF or EBNF.
        case grammar(String)
    }

    /// What may stand between the parts of JSON.
    package enum Whitespace: Sendable, Equatable {
        /// What the server allows.
        case usual
        /// Nothing.
        case none
        /// What a regular expression matches.
        case pattern(String)
    }

    /// What the answer has to look like.
    package let form: Form
    /// The field that says so, for errors.
    package let parameter: String
    /// Between the parts of JSON.
    package var whitespace = Whitespace.usual
    /// Whether objects of a schema may have properties that it does not declare, where it does not say; nil where the
    /// request does not say either.
    package var allowsAdditional: Bool?

    /// Most texts to choose from.
    package static let maximumChoices = 4_096
}

extension OutputConstraint {
    /// What a request asks for; nil for an answer in any form.
    /// - Throws: 400 naming the field at fault, also where two of them ask for a form.
    static func read(_ reader: FieldReader) throws(APIError) -> OutputConstraint? {
        var found = try responseFormat(reader).map { [$0] } ?? []
        if let object = try reader.object("structured_outputs") {
            found += try structured(FieldReader(object: object, prefix: "structured_outputs."))
        }
        found += try guided(reader)
        if let object = try reader.object("nvext") {
            found += try guided(FieldReader(object: object, prefix: "nvext."))
        }
        guard var form = found.first else { return nil }
        for other in found.dropFirst() {
            guard isSame(other.form, form.form) else {
                throw .invalid(
                    other.parameter,
                    "'\(other.parameter)' cannot be combined with '\(form.parameter)': an answer has one form.")
            }
            // The same form twice, as clients send it that know several servers.
            if form.whitespace == .usual { form.whitespace = other.whitespace }
            form.allowsAdditional = form.allowsAdditional ?? other.allowsAdditional
        }
        return form
    }

    /// Whether two forms say the same; it does not matter in which order there is something to choose from.
    private static func isSame(_ one: Form, _ other: Form) -> Bool {
        guard case (.choice(let texts), .choice(let others)) = (one, other) else { return one == other }
        return Set(texts) == Set(others)
    }

    private static func responseFormat(_ reader: FieldReader) throws(APIError) -> OutputConstraint? {
        guard let object = try reader.object("response_format") else { return nil }
        let format = FieldReader(object: object, prefix: "response_format.")
        switch try format.string("type") {
        case "json_object", "json":
            return schema(of: format, ["schema", "value"])
                ?? OutputConstraint(form: .jsonObject, parameter: "response_format")
        case "json_schema": return try namedSchema(format)
        case "regex":
            return try format.string("value").map {
                OutputConstraint(form: .regex($0), parameter: format.path("value"))
            }
        case "grammar":
            return try format.string("grammar").map {
                OutputConstraint(form: .grammar($0), parameter: format.path("grammar"))
            }
        default: return nil
        }
    }

    private static func namedSchema(_ format: FieldReader) throws(APIError) -> OutputConstraint {
        guard let object = try format.object("json_schema") else {
            guard let found = schema(of: format, ["schema", "value"]) else {
                throw .missing(format.path("json_schema"))
            }
            return found
        }
        return try ofSchema(FieldReader(object: object, prefix: format.path("json_schema.")))
    }

    /// A schema with its name.
    static func ofSchema(_ named: FieldReader) throws(APIError) -> OutputConstraint {
        guard let name = try named.string("name"), name.utf8.allSatisfy(isNameByte) else {
            throw .invalid(named.path("name"), "'\(named.path("name"))' may have letters, digits, '_' and '-' only.")
        }
        guard let schema = named.value("schema") else {
            return OutputConstraint(form: .jsonObject, parameter: named.path("schema"))
        }
        return OutputConstraint(form: .schema(schema), parameter: named.path("schema"))
    }

    /// The schema in the first of these members that is there.
    private static func schema(of format: FieldReader, _ names: [String]) -> OutputConstraint? {
        for name in names {
            guard let schema = format.value(name) else { continue }
            return OutputConstraint(form: .schema(schema), parameter: format.path(name))
        }
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func structured(_ reader: FieldReader) throws(APIError) -> [OutputConstraint] {
        var found = try forms(
            reader, json: ["json"], regex: ["regex"], choice: "choice", grammar: ["grammar"])
        if try reader.boolean("json_object") == true {
            found.append(OutputConstraint(form: .jsonObject, parameter: reader.path("json_object")))
        }
        let whitespace = try Self.whitespace(
            reader, pattern: "whitespace_pattern", isNone: reader.boolean("disable_any_whitespace") ?? false)
        for index in found.indices {
            found[index].whitespace = whitespace
            found[index].allowsAdditional = try reader.boolean("disable_additional_properties").map { !$0 }
        }
        return found
    }

    private static func guided(_ reader: FieldReader) throws(APIError) -> [OutputConstraint] {
        var found = try forms(
            reader, json: ["guided_json", "json_schema"], regex: ["guided_regex", "regex"], choice: "guided_choice",
            grammar: ["guided_grammar", "grammar", "ebnf"])
        if try reader.boolean("guided_json_object") == true {
            found.append(OutputConstraint(form: .jsonObject, parameter: reader.path("guided_json_object")))
        }
        let whitespace = try Self.whitespace(reader, pattern: "guided_whitespace_pattern", isNone: false)
        for index in found.indices { found[index].whitespace = whitespace }
        return found
    }

    private static func whitespace(
        _ reader: FieldReader, pattern: String, isNone: Bool
    ) throws(APIError) -> Whitespace {
        if isNone { return .none }
        return try reader.string(pattern).map { .pattern($0) } ?? .usual
    }

    private static func forms(
        _ reader: FieldReader, json: [String], regex: [String], choice: String, grammar: [String]
    ) throws(APIError) -> [OutputConstraint] {
        var found: [OutputConstraint] = []
        for name in json {
            guard let value = reader.value(name) else { continue }
            found.append(
                OutputConstraint(form: .schema(try schema(value, reader.path(name))), parameter: reader.path(name)))
        }
        for name in regex {
            guard let source = try reader.string(name), !source.isEmpty else { continue }
            found.append(OutputConstraint(form: .regex(source), parameter: reader.path(name)))
        }
        if let texts = try reader.array(choice, atMost: maximumChoices), !texts.isEmpty {
            found.append(
                OutputConstraint(form: .choice(texts.compactMap(\.stringValue)), parameter: reader.path(choice)))
        }
        for name in grammar {
            guard let source = try reader.string(name), !source.isEmpty else { continue }
            found.append(OutputConstraint(form: .grammar(source), parameter: reader.path(name)))
        }
        return found
    }

    /// A schema, which may be written as a text.
    private static func schema(_ value: JSONValue, _ path: String) throws(APIError) -> JSONValue {
        guard let text = value.stringValue else { return value }
        do {
            let parsed = try JSONParser.parse(text, limits: .request)
            guard parsed.objectValue != nil || parsed.boolValue != nil else {
                throw APIError.invalid(path, "'\(path)' must be a JSON Schema, which is an object.")
            }
            return parsed
        } catch let error as APIError {
            throw error
        } catch {
            throw .invalid(path, "'\(path)' is a text that is no JSON.")
        }
    }
}

import Grammar
import JSON
import OpenAI
import Sampling

/// From what a request asks for to the constraint that the engine follows.
extension ServedModel {
    /// The constraint for answers of this form; nil for any form.
    /// - Throws: 400 naming the field, with what is wrong in it.
    func constraint(
        _ asked: OutputConstraint?, _ settings: StructuredSettings
    ) throws(APIError) -> (any TokenConstraint)? {
        guard let asked else { return nil }
        do throws(GrammarCache.Failure) {
            return try grammars.constraint(asked.key(settings)) { () throws(GrammarError) in
                try asked.definition(settings)
            }
        } catch {
            switch error {
            case .refused(let error): throw .grammar(error, asked.parameter)
            case .busy: throw .overloaded(retryAfterSeconds: 1)
            }
        }
    }
}

extension OutputConstraint {
    /// What distinguishes it from other forms.
    func key(_ settings: StructuredSettings) -> GrammarCache.Key {
        let spaces = "\(whitespace) \(allowsAdditional) \(settings.allowsWhitespace)"
        switch form {
        case .jsonObject: return GrammarCache.Key("object \(spaces)", "")
        case .schema(let schema): return GrammarCache.Key("schema \(spaces)", schema.serialized())
        case .regex(let source): return GrammarCache.Key("regex", source)
        case .choice(let texts):
            return GrammarCache.Key("choice", JSONValue.array(texts.map { .string($0) }).serialized())
        case .grammar(let source): return GrammarCache.Key("grammar", source)
        }
    }

    /// The form as rules.
    func definition(_ settings: StructuredSettings) throws(GrammarError) -> GrammarDefinition {
        switch form {
        case .jsonObject: try .jsonObject(options: options(settings))
        case .schema(let schema): try GrammarDefinition(schema: schema, options: options(settings))
        case .regex(let source): try GrammarDefinition(regex: source, limits: .request)
        case .choice(let texts): try .choice(texts, limits: .request)
        case .grammar(let source): try GrammarDefinition(grammar: source, limits: .request)
        }
    }

    private func options(_ settings: StructuredSettings) -> SchemaOptions {
        var options = settings.schemaOptions
        switch whitespace {
        case .usual: break
        case .none: options.whitespace = .compact
        case .pattern(let source): options.whitespace = .pattern(source)
        }
        options.additionalPropertiesByDefault = allowsAdditional
        return options
    }
}

extension StructuredSettings {
    /// How schemas are read where a request does not say.
    var schemaOptions: SchemaOptions {
        SchemaOptions(
            whitespace: allowsWhitespace ? .flexible : .compact, additionalPropertiesByDefault: true, limits: .request)
    }
}

extension APIError {
    /// 400: a schema, an expression or a grammar that cannot be used.
    static func grammar(_ error: GrammarError, _ parameter: String) -> APIError {
        let place = error.place.isEmpty ? "" : " at \(error.place)"
        return .invalid(parameter, "'\(parameter)' cannot be used\(place): \(error.reason)")
    }
}

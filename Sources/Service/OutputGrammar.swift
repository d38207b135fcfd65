import Grammar
import JSON
import OpenAI
import Sampling

/// From what a request asks for to the constraint that the engine follows.
extension ServedModel {
    /// Is told the constraint of a request, nil for answers of any form; or 400 naming the field, with what is wrong in
    /// it; or 429. Called once, here or later, then released.
    typealias FormReceiver = @Sendable (Result<(any TokenConstraint)?, APIError>) -> Void

    /// Gives the constraint for answers of this form to `receive`.
    func constraint(
        _ asked: OutputConstraint?, _ settings: StructuredSettings, for client: GrammarCache.Client,
        _ receive: @escaping FormReceiver
    ) {
        guard let asked else { return receive(.success(nil)) }
        let source = GrammarSource(key: asked.key(settings)) { limits throws(GrammarError) in
            try asked.definition(settings, limits)
        }
        grammars.constraint(source, for: client) { outcome in
            receive(
                outcome.map { $0 }.mapError { failure in
                    switch failure {
                    case .refused(let error): .grammar(error, asked.parameter)
                    case .busy: .overloaded(retryAfterSeconds: 1)
                    case .noMemory: .noMemory
                    }
                })
        }
    }
}

extension OutputConstraint {
    /// What distinguishes it from other forms.
    func key(_ settings: StructuredSettings) -> GrammarKey {
        let spaces = "\(whitespace) \(isOpen(settings)) \(settings.allowsWhitespace)"
        switch form {
        case .jsonObject: return GrammarKey("object \(spaces)", "")
        case .schema(let schema): return GrammarKey("schema \(spaces)", schema.serialized())
        case .regex(let source): return GrammarKey("regex", source)
        case .choice(let texts):
            return GrammarKey("choice", JSONValue.array(texts.map { .string($0) }).serialized())
        case .grammar(let source): return GrammarKey("grammar", source)
        }
    }

    /// The form as rules.
    func definition(
        _ settings: StructuredSettings, _ limits: GrammarLimits
    ) throws(GrammarError) -> GrammarDefinition {
        switch form {
        case .jsonObject: try .jsonObject(options: options(settings, limits))
        case .schema(let schema): try GrammarDefinition(schema: schema, options: options(settings, limits))
        case .regex(let source): try GrammarDefinition(regex: source, limits: limits)
        case .choice(let texts): try .choice(texts, limits: limits)
        case .grammar(let source): try GrammarDefinition(grammar: source, limits: limits)
        }
    }

    /// Whether objects may have properties that their schema does not declare, where it does not say.
    private func isOpen(_ settings: StructuredSettings) -> Bool { allowsAdditional ?? settings.allowsAdditional }

    private func options(_ settings: StructuredSettings, _ limits: GrammarLimits) -> SchemaOptions {
        var options = settings.schemaOptions(limits)
        switch whitespace {
        case .usual: break
        case .none: options.whitespace = .compact
        case .pattern(let source): options.whitespace = .pattern(source)
        }
        options.additionalPropertiesByDefault = isOpen(settings)
        return options
    }
}

extension StructuredSettings {
    /// How schemas are read where a request does not say.
    func schemaOptions(_ limits: GrammarLimits) -> SchemaOptions {
        SchemaOptions(
            whitespace: allowsWhitespace ? .flexible : .compact, additionalPropertiesByDefault: allowsAdditional,
            limits: limits)
    }
}

extension APIError {
    /// 400: a schema, an expression or a grammar that cannot be used.
    static func grammar(_ error: GrammarError, _ parameter: String) -> APIError {
        let place = error.place.isEmpty ? "" : " at \(error.place)"
        return .invalid(parameter, "'\(parameter)' cannot be used\(place): \(error.reason)")
    }
}

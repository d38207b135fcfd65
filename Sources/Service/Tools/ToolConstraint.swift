import Grammar
import JSON
import OpenAI
import Sampling

/// From a request's tools, and perhaps a form for its text, to the constraint that the engine follows.
extension ServedModel {
    /// Gives the constraint for answers to a request to `receive`.
    func constraint(
        _ tools: ToolOptions?, _ asked: OutputConstraint?, _ settings: StructuredSettings,
        for client: GrammarCache.Client, _ receive: @escaping FormReceiver
    ) {
        guard let tools, tools.choice != .none, let format = self.tools.format else {
            return constraint(asked, settings, for: client, receive)
        }
        guard tools.isForced || asked != nil || tools.callable.contains(where: \.isStrict) else {
            return receive(.success(nil))
        }
        let wanted = ToolConstraint(
            tools: tools, format: format, text: tools.isForced ? nil : asked, settings: settings, client: client)
        guard tools.isForced, let asked else { return constraint(wanted, asked, receive) }
        // A forced call leaves no room for text, but what is asked of the text must still make sense.
        constraint(asked, settings, for: client) { form in
            if case .failure = form { receive(form) } else { constraint(wanted, asked, receive) }
        }
    }

    private func constraint(
        _ wanted: ToolConstraint, _ asked: OutputConstraint?, _ receive: @escaping FormReceiver
    ) {
        constraint(wanted, keepsSchemas: wanted.text != nil || wanted.tools.isForced) { outcome in
            receive(
                outcome.map { $0 }.mapError { failure in
                    switch failure {
                    case .busy: return .overloaded(retryAfterSeconds: 1)
                    case .noMemory: return .noMemory
                    case .refused(let error):
                        if let asked, !error.place.hasPrefix("tools") { return .grammar(error, asked.parameter) }
                        return .tools(error)
                    }
                })
        }
    }

    private func constraint(
        _ wanted: ToolConstraint, keepsSchemas: Bool, _ receive: @escaping GrammarCache.Receiver
    ) {
        grammars.constraint(wanted.source(form: tools, keepsSchemas: keepsSchemas), for: wanted.client) { outcome in
            // Where no schema has to be met, names and any arguments are better than nothing.
            guard case .failure(.refused) = outcome, keepsSchemas, wanted.mayDropSchemas else {
                return receive(outcome)
            }
            constraint(wanted, keepsSchemas: false, receive)
        }
    }
}

/// The constraint that a request with tools wants.
private struct ToolConstraint: Sendable {
    let tools: ToolOptions
    let format: ToolFormat
    /// The form of a text that may come instead of calls.
    let text: OutputConstraint?
    let settings: StructuredSettings
    let client: GrammarCache.Client

    /// Whether calls with any arguments would do.
    var mayDropSchemas: Bool { text == nil && !tools.callable.contains(where: \.isStrict) }

    func source(form: ToolCallStyle, keepsSchemas: Bool) -> GrammarSource {
        let schemas = tools.callable.map { "\($0.name) \($0.isStrict) \(JSONValue.object($0.parameters).serialized())" }
        let key = GrammarKey(
            "tools \(format) \(tools.isForced) \(tools.choice) \(tools.allowsSeveral) \(keepsSchemas) "
                + "\(settings.allowsWhitespace)",
            schemas.joined(separator: "\u{0}"), beside: text?.key(settings))
        return GrammarSource(key: key) { limits throws(GrammarError) in
            var grammar = ToolGrammar(form, format, settings.schemaOptions(limits))
            let answer: ToolGrammar.Answer
            if let text {
                answer = .callsOr(try text.definition(settings, limits))
            } else {
                answer = tools.isForced ? .calls : .textWithCalls
            }
            return try grammar.definition(of: answer, tools, keepsSchemas: keepsSchemas)
        }
    }
}

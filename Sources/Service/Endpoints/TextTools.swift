import HTTP
import OpenAI
import Templating
import Tokenization

/// Text and tokens without generating anything.
enum TextTools {
    /// `POST /tokenize`.
    static let tokenize: Endpoint.Answer = { service, request, exchange throws(APIError) in
        let model = try service.host.model()
        let query = try TokenizeRequest(service.json(request), limits: service.limits(for: model))
        try service.check(query.model, of: model)
        let ids = try tokens(query, PromptBuilder(model: model, settings: service.settings.messages))
        let pieces = ids.map { (id: $0, bytes: model.tokenizer.bytes(of: $0, rendersSpecial: true)) }
        let answer = TokenizeResponse(tokens: pieces, contextTokens: model.card.contextTokens)
        exchange.respond(response(answer.body(for: query), ignored: query.ignoredFields))
    }

    /// `POST /detokenize`.
    static let detokenize: Endpoint.Answer = { service, request, exchange throws(APIError) in
        let model = try service.host.model()
        let query = try DetokenizeRequest(service.json(request), limits: service.limits(for: model))
        try service.check(query.model, of: model)
        let text = model.tokenizer.decode(query.tokens, rendersSpecial: true)
        exchange.respond(Response(status: 200, json: TextBody.detokenized(text)))
    }

    /// `POST /apply-template`.
    static let applyTemplate: Endpoint.Answer = { service, request, exchange throws(APIError) in
        let model = try service.host.model()
        let query = try TemplateRequest(service.json(request), limits: service.limits(for: model))
        try service.check(query.model, of: model)
        let builder = PromptBuilder(model: model, settings: service.settings.messages)
        let text = try builder.rendering(query.messages, query.options).text.string
        exchange.respond(response(TextBody.rendered(text), ignored: query.ignoredFields))
    }

    /// A body with the names of what was not understood.
    private static func response(_ body: [UInt8], ignored: [String]) -> Response {
        var response = Response(status: 200, json: body)
        if let names = IgnoredFields.header(ignored) { response.fields.append("x-michat-ignored", names) }
        return response
    }

    private static func tokens(_ query: TokenizeRequest, _ builder: PromptBuilder) throws(APIError) -> [Int32] {
        let model = builder.model
        switch query.subject {
        case .text(let text):
            let addsBOS = query.addsSpecialTokens && model.tokenizer.addsBOS
            return model.tokenizer.encode(text, specialTokens: query.parsesSpecialTokens, addBOS: addsBOS)
        case .conversation(let conversation):
            return try builder.tokens(conversation.messages, conversation.options).tokens
        }
    }
}

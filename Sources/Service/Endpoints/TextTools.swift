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
        let builder = PromptBuilder(
            model: model, settings: service.settings.messages, memory: request.memory)
        let ids = try tokens(query, builder)
        let isDetailed = query.wantsPieces || query.wantsTokenStrings
        try request.memory?.need(
            RequestCost.tokenList(ids.count, textBytes: request.body.count, isDetailed: isDetailed))
        let answer = TokenizeResponse(tokens: ids, contextTokens: model.card.contextTokens)
        let body = answer.body(for: query) { model.tokenizer.bytes(of: $0, rendersSpecial: true) }
        exchange.respond(response(body, ignored: query.ignoredFields))
    }

    /// `POST /detokenize`.
    static let detokenize: Endpoint.Answer = { service, request, exchange throws(APIError) in
        let model = try service.host.model()
        let query = try DetokenizeRequest(service.json(request), limits: service.limits(for: model))
        try service.check(query.model, of: model)
        let context = model.card.contextTokens
        guard query.tokens.count <= context else {
            throw .contextLengthExceeded(
                context: context, promptTokens: query.tokens.count, completionTokens: nil, parameter: "tokens")
        }
        try request.memory?.need(RequestCost.text(query.tokens.count * model.longestTokenBytes))
        let text = model.tokenizer.decode(query.tokens, rendersSpecial: true)
        exchange.respond(Response(status: 200, json: TextBody.detokenized(text)))
    }

    /// `GET /tokenizer_info`: vLLM's, which lm-eval's `tokenizer_backend=remote` begins with.
    static let info: Endpoint.Answer = { service, _, exchange throws(APIError) in
        exchange.respond(Response(status: 200, json: try service.host.model().tokenizerInfo))
    }

    /// `POST /apply-template`.
    static let applyTemplate: Endpoint.Answer = { service, request, exchange throws(APIError) in
        let model = try service.host.model()
        let query = try TemplateRequest(service.json(request), limits: service.limits(for: model))
        try service.check(query.model, of: model)
        let builder = PromptBuilder(
            model: model, settings: service.settings.messages, memory: request.memory)
        let text = try builder.rendering(query.messages, query.options).text.string
        try builder.checkLength(text, parameter: "messages")
        try request.memory?.need(RequestCost.text(text.utf8.count))
        exchange.respond(response(TextBody.rendered(text), ignored: query.ignoredFields))
    }

    /// A body with the names of what was not understood.
    private static func response(_ body: [UInt8], ignored: [String]) -> Response {
        var response = Response(status: 200, json: body)
        if let names = IgnoredFields.header(ignored) { response.fields.append("x-michat-ignored", names) }
        return response
    }

    private static func tokens(_ query: TokenizeRequest, _ builder: PromptBuilder) throws(APIError) -> [Int32] {
        switch query.subject {
        case .text(let text):
            let tokenizer = builder.model.tokenizer
            let writesBOS = query.parsesSpecialTokens && tokenizer.beginsWithBOS(text)
            return try builder.tokens(
                text, addsBOS: query.addsSpecialTokens && tokenizer.addsBOS && !writesBOS,
                specialTokens: query.parsesSpecialTokens, parameter: "prompt")
        case .conversation(let conversation):
            return try builder.tokens(conversation.messages, conversation.options).tokens
        }
    }
}

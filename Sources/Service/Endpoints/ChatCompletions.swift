import Engine
import HTTP
import OpenAI
import Telemetry
import Tokenization

/// `POST /v1/chat/completions`: answers a conversation.
enum ChatCompletions {
    /// Reads the request, builds its prompt and hands it to the engine; the answer follows as events.
    static let handle: Endpoint.Answer = { service, request, exchange throws(APIError) in
        let trace = service.observers.trace
        trace.hop(Self.self, "handle", request: request.id)
        let backend = try service.host.backend()
        let body = try service.json(request)
        trace.hop(ChatRequest.self, "init", request: request.id)
        let chat = try ChatRequest(body, limits: service.limits(for: backend.model))
        try service.check(chat.model, of: backend.model)
        trace.hop(PromptBuilder.self, "tokens", request: request.id)
        let builder = PromptBuilder(
            model: backend.model, settings: service.settings.messages, memory: request.memory)
        let (tokens, start) = try builder.tokens(chat.messages, chat.prompt)
        var options = chat.options
        var prompt = GenerationJob.Prompt(tokens: tokens, echo: nil, hiddenTokens: 0)
        service.cut(&prompt, asked: options.maximumTokens, backend)
        options.maximumTokens =
            prompt.maximumTokens ?? options.maximumTokens
            ?? service.chatLimit(promptTokens: tokens.count, backend.model)
        var asked = GenerationJob.Asked(
            options: options, candidates: options.choices, ignoredFields: chat.ignoredFields)
        asked.reasoning = try ReasoningPlan(
            options, start: start,
            room: options.maximumTokens ?? max(0, backend.model.card.contextTokens - tokens.count),
            form: backend.model.reasoning, settings: service.settings.reasoning)
        asked.tools = try ToolPlan(
            chat.prompt.tools, form: backend.model.tools, bindsText: options.constraint != nil)
        if let prediction = chat.prediction {
            asked.prediction = try builder.tokens(
                prediction, addsBOS: false, specialTokens: false, parameter: "prediction")
        }
        let answering = try Answering(
            service: service, backend: backend, request: request, exchange: exchange,
            identity: try backend.model.identity(prefix: "chatcmpl", for: chat.model))
        backend.model.constraint(
            chat.prompt.tools, options.constraint, service.settings.structured, for: service.grammarClient(request)
        ) { [asked, prompt] form in
            answering.begin(.chat, [prompt], asked, form)
        }
    }
}

extension Service {
    /// Cuts what a request asks for to what there is room for behind a prompt: agents ask for 32,000 tokens whatever the
    /// context. A prompt that leaves no room is left to be refused; so is everything where requests are read strictly.
    func cut(_ prompt: inout GenerationJob.Prompt, asked: Int?, _ backend: Backend) {
        let room = min(backend.model.card.contextTokens, backend.engine.roomTokens) - prompt.tokens.count
        guard let asked, asked > room, room > 0, !settings.limits.refusesUnknownFields else { return }
        prompt.maximumTokens = room
        prompt.isLimitCut = true
    }

    /// The limit of a chat answer whose request names none; nil: what is left of the context.
    func chatLimit(promptTokens: Int, _ model: ServedModel) -> Int? {
        settings.maximumTokens.map { max(1, min($0, model.card.contextTokens - promptTokens)) }
    }
}

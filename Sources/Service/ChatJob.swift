import Engine
import HTTP
import OpenAI
import Telemetry
import Tokenization

/// The answering of a conversation, whatever the endpoint that it came to: from messages and wishes to a job for the engine.
struct ChatJob {
    let service: Service
    let backend: Backend
    let request: Request

    /// Makes what writes the answer, once it is clear how thinking is handled.
    typealias DialectMaker = (_ reasoning: ReasoningPlan) -> any AnswerDialect

    /// Builds the prompt of `chat` and hands it to the engine; the answer follows as events on `exchange`.
    /// - Throws: 400, 404, 413 or 503 before anything is generated.
    func begin(_ chat: ChatRequest, on exchange: ResponseTarget, dialect: DialectMaker) throws(APIError) {
        let job = try job(chat, dialect: dialect)
        let answering = try Answering(service: service, backend: backend, request: request, exchange: exchange)
        backend.model.constraint(
            chat.prompt.tools, chat.options.constraint, service.settings.structured, for: service.grammarClient(request)
        ) { [job] form in
            answering.begin(job, form)
        }
    }

    private func job(_ chat: ChatRequest, dialect: DialectMaker) throws(APIError) -> GenerationJob {
        let model = backend.model
        service.observers.trace.hop(PromptBuilder.self, "tokens", request: request.id)
        let builder = PromptBuilder(model: model, settings: service.settings.messages, memory: request.memory)
        let (tokens, start) = try builder.tokens(chat.messages, chat.prompt)
        var options = chat.options
        var prompt = GenerationJob.Prompt(tokens: tokens, echo: nil, hiddenTokens: 0)
        service.cut(&prompt, asked: options.maximumTokens, backend)
        options.maximumTokens =
            prompt.maximumTokens ?? options.maximumTokens ?? service.chatLimit(promptTokens: tokens.count, model)
        let reasoning = try ReasoningPlan(
            options, start: start, room: options.maximumTokens ?? max(0, model.card.contextTokens - tokens.count),
            form: model.reasoning, settings: service.settings.reasoning)
        var job = GenerationJob(
            dialect(reasoning), prompts: [prompt], options: options, tokenizer: model.tokenizer)
        job.ignoredFields = chat.ignoredFields
        job.reasoning = reasoning
        job.tools = try ToolPlan(chat.prompt.tools, form: model.tools, bindsText: options.constraint != nil)
        if let prediction = chat.prediction {
            job.prediction = try builder.tokens(
                prediction, addsBOS: false, specialTokens: false, parameter: "prediction")
        }
        return job
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
    fileprivate func chatLimit(promptTokens: Int, _ model: ServedModel) -> Int? {
        settings.maximumTokens.map { max(1, min($0, model.card.contextTokens - promptTokens)) }
    }
}

import HTTP
import OpenAI
import Platform
import Tokenization

/// `POST /v1/completions`: continues one text or several.
enum Completions {
    /// Reads the request and hands every prompt to the engine; the answer follows as events.
    static let handle: Endpoint.Answer = { service, request, exchange throws(APIError) in
        let backend = try service.host.backend()
        let query = try CompletionRequest(service.json(request), limits: service.limits(for: backend.model))
        try service.check(query.model, of: backend.model)
        var prompts: [GenerationJob.Prompt] = []
        for given in query.prompts {
            let builder = PromptBuilder(
                model: backend.model, settings: service.settings.messages, memory: request.memory)
            var prompt = try Self.prompt(given, of: query, builder)
            if query.namesLimit {
                service.cut(&prompt, asked: query.options.maximumTokens, backend)
            } else {
                prompt.maximumTokens = Self.limit(query, prompt, backend.model)
            }
            prompts.append(prompt)
        }
        let identity = try backend.model.identity(prefix: "cmpl-", for: query.model)
        var job = GenerationJob(
            CompletionDialect(identity, stream: query.options.stream), prompts: prompts, options: query.options,
            tokenizer: backend.model.tokenizer)
        job.candidates = query.candidates
        job.ignoredFields = query.ignoredFields
        let answering = try Answering(service: service, backend: backend, request: request, exchange: exchange)
        backend.model.constraint(
            query.options.constraint, service.settings.structured, for: service.grammarClient(request)
        ) { [job] form in
            answering.begin(job, form)
        }
    }

    /// The limit of a request that names none: the usual one, or what is left of the context.
    private static func limit(
        _ query: CompletionRequest, _ prompt: GenerationJob.Prompt, _ model: ServedModel
    ) -> Int? {
        query.options.maximumTokens.map { max(1, min($0, model.card.contextTokens - prompt.tokens.count)) }
    }

    private static func prompt(
        _ prompt: CompletionRequest.Prompt, of query: CompletionRequest, _ builder: PromptBuilder
    ) throws(APIError) -> GenerationJob.Prompt {
        let model = builder.model
        switch prompt {
        case .tokens(let tokens):
            guard !tokens.isEmpty else { throw .invalid("prompt", "A prompt has no tokens.") }
            let echo = query.echoesPrompt ? model.tokenizer.decode(tokens, rendersSpecial: true) : nil
            return GenerationJob.Prompt(tokens: tokens, echo: echo, hiddenTokens: 0)
        case .text(let text):
            // Tools that render a template themselves have written it already.
            let addsBOS =
                query.addsSpecialTokens && model.tokenizer.addsBOS && !model.tokenizer.beginsWithBOS(text)
            var tokens = try builder.tokens(
                text, addsBOS: addsBOS, parameter: "prompt")
            // A model can only go on from something: an empty text begins where every text begins.
            if tokens.isEmpty, let start = model.tokenizer.bos ?? model.tokenizer.eos { tokens = [start] }
            guard !tokens.isEmpty else { throw .invalid("prompt", "The prompt has no tokens.") }
            let hidden = addsBOS || text.isEmpty ? 1 : 0
            return GenerationJob.Prompt(tokens: tokens, echo: query.echoesPrompt ? text : nil, hiddenTokens: hidden)
        }
    }
}

extension ServedModel {
    /// The identity of a new answer.
    /// - Throws: 404 for the name of another model.
    func identity(prefix: String, for name: String?) throws(APIError) -> CompletionIdentity {
        CompletionIdentity(
            prefix: prefix, randomness: Randomness.bytes(16), created: Clock.unixSeconds(),
            model: try self.name(for: name), fingerprint: fingerprint)
    }
}

package import Engine
import Grammar
package import OpenAI
import Synchronization
package import Templating
package import Tokenization

/// The model that is served, as requests see it.
package struct ServedModel: Sendable {
    /// Its name in `/v1/models`; requests may also say `default`.
    package let card: ModelCard
    /// Changes when the same request might be answered otherwise.
    package let fingerprint: String
    /// Text to tokens and back.
    package let tokenizer: Tokenizer
    /// Conversations to text; nil when the model file has no template.
    package let template: ChatTemplate?
    /// Ids below this may be sampled.
    package let usableVocabulary: Int
    /// Bytes of the longest token, so that hopelessly long texts are refused before they are cut into tokens.
    let longestTokenBytes: Int
    /// How it thinks.
    let reasoning: ReasoningForm
    /// The forms that its answers may have to have.
    let grammars: GrammarCache
    /// How it calls tools.
    let tools: ToolForm

    /// Joins what was loaded from one model file.
    package init(
        card: ModelCard, fingerprint: String, tokenizer: Tokenizer, template: ChatTemplate?, usableVocabulary: Int,
        cachedGrammars: Int, toolFormat: ToolFormatChoice
    ) {
        self.card = card
        self.fingerprint = fingerprint
        self.tokenizer = tokenizer
        self.template = template
        self.usableVocabulary = usableVocabulary
        reasoning = ReasoningForm(tokenizer, template, usableVocabulary: usableVocabulary)
        grammars = GrammarCache(
            GrammarVocabulary(
                texts: (0..<Int32(clamping: usableVocabulary)).map { tokenizer.bytes(of: $0) },
                endTokens: tokenizer.endTokens.sorted {
                    ($0 != tokenizer.eos ? 1 : 0, $0) < ($1 != tokenizer.eos ? 1 : 0, $1)
                }),
            capacity: cachedGrammars
        ) { tokenizer.encode($0.span, specialTokens: false, addBOS: false) }
        tools = ToolForm(template, toolFormat, tokenizer, usableVocabulary: usableVocabulary)
        longestTokenBytes = (0..<Int32(clamping: tokenizer.count)).reduce(1) {
            max($0, tokenizer.bytes(of: $1, rendersSpecial: true).count)
        }
    }

    /// Whether a request for `name` is meant for this model.
    func answers(to name: String?) -> Bool { name == nil || name == card.id || name == "default" }
}

/// A model with the engine that runs it.
package struct Backend: Sendable {
    /// Runs it.
    package let engine: Engine
    /// What it is.
    package let model: ServedModel

    /// Joins both.
    package init(engine: Engine, model: ServedModel) {
        self.engine = engine
        self.model = model
    }
}

/// What is being served, if anything: the one state that start-up and shutdown share with the endpoints.
package final class ModelHost: Sendable {
    private enum Phase: Sendable {
        case loading(String)
        case serving(Backend)
        case draining(Backend?)
    }

    private let phase = Mutex(Phase.loading("starting"))

    /// A host that is still loading.
    package init() {}

    /// Tells waiting clients how far loading is.
    package func report(loading progress: String) {
        phase.withLock { if case .loading = $0 { $0 = .loading(progress) } }
    }

    /// From now on requests are answered.
    package func serve(_ backend: Backend) {
        phase.withLock { if case .loading = $0 { $0 = .serving(backend) } }
    }

    /// From now on new requests are refused; running ones go on.
    package func drain() {
        phase.withLock {
            if case .serving(let backend) = $0 { $0 = .draining(backend) } else { $0 = .draining(nil) }
        }
    }

    /// What answers a request.
    /// - Throws: 503 while loading or draining.
    func backend() throws(APIError) -> Backend {
        switch phase.withLock({ $0 }) {
        case .serving(let backend): return backend
        case .loading(let progress):
            throw .unavailable("The model is still loading (\(progress)).", code: "loading")
        case .draining: throw .unavailable("The server is shutting down.", code: "draining")
        }
    }

    /// The model, also while draining, for endpoints that only describe it.
    func model() throws(APIError) -> ServedModel {
        if case .draining(let backend?) = phase.withLock({ $0 }) { return backend.model }
        return try backend().model
    }
}

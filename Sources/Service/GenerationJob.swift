import Engine
package import OpenAI
import Sampling
package import Tokenization

/// One admitted request, ready to be generated: what both endpoints come down to.
package struct GenerationJob: Sendable {
    /// Which endpoint's bodies are written.
    package enum Shape: Sendable {
        case chat, completion
    }

    /// One prompt and what is shown of it.
    package struct Prompt: Sendable {
        /// Its tokens.
        let tokens: [Int32]
        /// The text put before each answer; nil without `echo`.
        let echo: String?
        /// Tokens at its head that are no part of `echo`.
        let hiddenTokens: Int
        /// Most tokens of each of its answers, where that is less than the request's limit.
        var maximumTokens: Int?
        /// Whether that is because the request asks for more than there is room for.
        var isLimitCut = false

        /// A prompt and what is shown of it.
        package init(tokens: [Int32], echo: String?, hiddenTokens: Int) {
            self.tokens = tokens
            self.echo = echo
            self.hiddenTokens = hiddenTokens
        }
    }

    let shape: Shape
    let identity: CompletionIdentity
    let prompts: [Prompt]
    let options: GenerationOptions
    /// Sequences per prompt, from which the likeliest `options.choices` are returned.
    let candidates: Int
    let tokenizer: Tokenizer
    /// Unknown fields of the request, to be named in the response's head.
    let ignoredFields: [String]
    /// What becomes of the model's thinking.
    let reasoning: ReasoningPlan
    /// What becomes of the request's tools.
    let tools: ToolPlan
    /// What the answers may look like.
    let prediction: [Int32]
    /// The form that the answers have to have; nil for any.
    let constraint: (any TokenConstraint)?

    /// A job of one prompt or several.
    package init(
        _ shape: Shape, identity: CompletionIdentity, prompts: [Prompt], asked: Asked, tokenizer: Tokenizer
    ) {
        self.shape = shape
        self.identity = identity
        self.prompts = prompts
        options = asked.options
        candidates = asked.candidates
        ignoredFields = asked.ignoredFields
        reasoning = asked.reasoning
        tools = asked.tools
        prediction = asked.prediction
        constraint = asked.constraint
        self.tokenizer = tokenizer
    }

    /// What the request asks for, beside its prompts.
    package struct Asked: Sendable {
        let options: GenerationOptions
        let candidates: Int
        let ignoredFields: [String]
        /// What becomes of the model's thinking.
        var reasoning = ReasoningPlan.raw
        /// What becomes of its tools.
        var tools = ToolPlan.none
        /// What the answers may look like.
        var prediction: [Int32] = []
        /// The form that the answers have to have; nil for any.
        var constraint: (any TokenConstraint)?

        /// `candidates` sequences per prompt, from which the likeliest `options.choices` are returned.
        package init(options: GenerationOptions, candidates: Int, ignoredFields: [String]) {
            self.options = options
            self.candidates = candidates
            self.ignoredFields = ignoredFields
        }
    }

    /// How the text of every choice is made.
    var rules: AnswerText.Rules {
        var rules = AnswerText.Rules(
            tokenizer: tokenizer, stopping: options.stopping, reporting: options.reporting,
            splitting: reasoning.splitting)
        rules.calls = tools.scanning
        return rules
    }

    /// Alternatives to report per token of a prompt; nil means no reports on prompts.
    var promptAlternatives: Int? {
        let echoed = prompts.contains { $0.echo != nil } ? options.reporting.topLogprobs : nil
        return [options.reporting.promptLogprobs, echoed].compactMap { $0 }.max()
    }

    /// The field that a prompt comes from.
    var promptField: String { shape == .chat ? "messages" : "prompt" }

    /// How many sequences run.
    var sequenceCount: Int { prompts.count * candidates }

    /// Most tokens of each answer to a prompt; nil: what is left of the context.
    func maximumTokens(of prompt: Prompt) -> Int? { prompt.maximumTokens ?? options.maximumTokens }

    /// The limit that the client is told of because it asked for more; the smallest one of several prompts.
    var cutLimit: Int? { prompts.filter(\.isLimitCut).compactMap(\.maximumTokens).min() }

    /// The prompt of a sequence.
    func prompt(of sequence: Int) -> Prompt { prompts[sequence / candidates] }

    /// All choices at their beginning.
    func freshChoices() -> [ChoiceProgress] {
        (0..<sequenceCount).map { _ in ChoiceProgress(rules) }
    }

    /// What a request took; each prompt counts once, every candidate's tokens count.
    func usage(of choices: [ChoiceProgress]) -> TokenUsage {
        var usage = TokenUsage(
            promptTokens: prompts.reduce(0) { $0 + $1.tokens.count },
            completionTokens: choices.reduce(0) { $0 + $1.text.tokenCount },
            cachedTokens: stride(from: 0, to: choices.count, by: candidates).reduce(0) { $0 + choices[$1].cachedTokens }
        )
        usage.reasoningTokens = choices.reduce(0) { $0 + $1.reasoningTokens }
        usage.acceptedDrafts = choices.reduce(0) { $0 + $1.acceptedDrafts }
        usage.rejectedDrafts = choices.reduce(0) { $0 + $1.rejectedDrafts }
        return usage
    }

    /// The reports of a sequence's prompt, once the engine has made them.
    func promptReports(of sequence: Int, _ choices: [ChoiceProgress]) -> [TokenReport]? {
        let first = sequence / candidates * candidates
        guard let logprobs = choices[sequence].promptLogprobs ?? choices[first].promptLogprobs else { return nil }
        let prompt = prompt(of: sequence)
        return ReportWriter(tokenizer: tokenizer, rendersSpecial: true).reports(prompt.tokens, logprobs) {
            $0 < prompt.hiddenTokens ? [] : tokenizer.bytes(of: prompt.tokens[$0], rendersSpecial: true)
        }
    }
}

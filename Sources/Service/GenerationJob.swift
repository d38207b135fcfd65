import Engine
package import OpenAI
import Sampling
package import Tokenization

/// One admitted request, ready to be generated: what every endpoint that generates comes down to.
package struct GenerationJob: Sendable {
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

    /// How its answers are written.
    let dialect: any AnswerDialect
    let prompts: [Prompt]
    let options: GenerationOptions
    let tokenizer: Tokenizer
    /// Sequences per prompt, from which the likeliest `options.choices` are returned.
    var candidates: Int
    /// Fields of the request that were ignored, to be named in the response's head.
    var ignoredFields: [String] = []
    /// The handling of the model's thinking.
    var reasoning = ReasoningPlan.raw
    /// The handling of the request's tools.
    var tools = ToolPlan.none
    /// What the answers may look like.
    var prediction: [Int32] = []
    /// The form that the answers have to have; nil for any.
    var constraint: (any TokenConstraint)?

    /// A job of one prompt or several.
    package init(
        _ dialect: any AnswerDialect, prompts: [Prompt], options: GenerationOptions, tokenizer: Tokenizer
    ) {
        self.dialect = dialect
        self.prompts = prompts
        self.options = options
        self.tokenizer = tokenizer
        candidates = options.choices
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
    var promptField: String { dialect.promptField }

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

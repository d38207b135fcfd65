package import Engine
import OpenAI
package import Telemetry

/// What is counted about one model, in a registry of its own: it goes with the model.
package struct ModelMetrics: Sendable {
    /// All series of the model, labelled with its name and number.
    package let registry: Registry
    /// Where its engine counts.
    package let engine: EngineMetrics
    /// The `engine` label: the lowest number that no other model has.
    package let number: Int

    private let promptTokens, generationTokens, choices, maximumTokens: Histogram
    private let reasoningTokens, modelClosings, budgetClosings, loopClosings, answerLoops: Counter
    private let toolCalls: [ToolFormat: Counter]
    private let malformedCalls: Counter

    /// Registers everything; `cache` are labels that describe the KV cache.
    package init(model name: String, number: Int, cache: Registry.Labels) {
        var registry = Registry(commonLabels: ["model_name": name, "engine": "\(number)"])
        self.number = number
        engine = EngineMetrics(in: &registry)
        registry.gauge(
            "vllm:cache_config_info", help: "Always 1; the labels describe the KV cache, its pages as blocks.",
            labels: cache
        ) { 1 }
        promptTokens = registry.histogram(
            "vllm:request_prompt_tokens", help: "Tokens of a request's prompts.", bounds: Self.tokenBounds, labels: [:])
        generationTokens = registry.histogram(
            "vllm:request_generation_tokens", help: "Tokens of a request's answers.", bounds: Self.tokenBounds,
            labels: [:])
        choices = registry.histogram(
            "vllm:request_params_n", help: "Answers asked for.", bounds: [1, 2, 5, 10, 20], labels: [:])
        maximumTokens = registry.histogram(
            "vllm:request_params_max_tokens", help: "Limits asked for, in tokens.", bounds: Self.tokenBounds,
            labels: [:])
        reasoningTokens = registry.counter(
            "michat_reasoning_tokens_total", help: "Tokens of answers that were thinking.", labels: [:])
        modelClosings = Self.closings("model", in: &registry)
        budgetClosings = Self.closings("budget", in: &registry)
        loopClosings = Self.closings("repetition", in: &registry)
        toolCalls = Self.toolCalls(in: &registry)
        malformedCalls = registry.counter(
            "michat_malformed_tool_calls_total", help: "Calls that were ended because their arguments were no JSON.",
            labels: [:])
        answerLoops = registry.counter(
            "michat_answer_loops_total", help: "Answers that were ended because they repeated themselves.", labels: [:])
        self.registry = registry
    }

    private static func toolCalls(in registry: inout Registry) -> [ToolFormat: Counter] {
        var counters: [ToolFormat: Counter] = [:]
        for format in ToolFormat.allCases {
            counters[format] = registry.counter(
                "michat_tool_calls_total", help: "Calls of tools, by the format in which they were written.",
                labels: ["format": format.rawValue])
        }
        return counters
    }

    private static func closings(_ reason: String, in registry: inout Registry) -> Counter {
        registry.counter(
            "michat_reasoning_closed_total", help: "Blocks of thinking that were closed, by what closed them.",
            labels: ["by": reason])
    }

    private static let tokenBounds: [Double] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000,
    ]

    func observe(_ options: GenerationOptions) {
        choices.observe(Double(options.choices))
        if let limit = options.maximumTokens { maximumTokens.observe(Double(limit)) }
    }

    func observe(_ usage: TokenUsage) {
        promptTokens.observe(Double(usage.promptTokens))
        generationTokens.observe(Double(usage.completionTokens))
        reasoningTokens.add(usage.reasoningTokens)
    }

    func observe(_ incidents: AnswerIncidents) {
        modelClosings.add(incidents.closings)
        budgetClosings.add(incidents.budgetClosings)
        loopClosings.add(incidents.thinkingLoops)
        answerLoops.add(incidents.answerLoops)
        malformedCalls.add(incidents.malformedCalls)
        if let format = incidents.toolFormat { toolCalls[format]?.add(incidents.toolCalls) }
    }
}

import OpenAI
package import Telemetry

/// What the service counts: requests by route and status, and what they asked for.
package struct ServiceMetrics: Sendable {
    private struct Series: Hashable {
        let route: String
        let status: String
    }

    private let requests: [Series: Counter]
    private let responseSeconds: [String: Histogram]
    private let promptTokens, generationTokens, choices, maximumTokens: Histogram
    private let reasoningTokens, modelClosings, budgetClosings, loopClosings, answerLoops: Counter
    private let toolCalls: [ToolFormat: Counter]
    private let malformedCalls: Counter
    private let absorbed, awaitedRetries: Counter
    /// What answers are made of, as far as it exists now.
    package let live = LiveObjects()

    private static let statuses = [200, 400, 401, 404, 415, 429, 500, 503]

    /// Registers everything; once per registry.
    package init(in registry: inout Registry) {
        var requests: [Series: Counter] = [:]
        var responseSeconds: [String: Histogram] = [:]
        for route in Routes.all.map(\.path) {
            for status in Self.statuses.map({ "\($0)" }) + ["other"] {
                requests[Series(route: route, status: status)] = registry.counter(
                    "michat_requests_total", help: "Requests answered, by route and status.",
                    labels: ["route": route, "status": status])
            }
            responseSeconds[route] = registry.histogram(
                "michat_response_seconds", help: "From the first byte of a request to the head of its response.",
                bounds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300], labels: ["route": route])
        }
        self.requests = requests
        self.responseSeconds = responseSeconds
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
            "michat_answer_loops_total", help: "Answers that were ended because they went in circles.", labels: [:])
        absorbed = registry.counter(
            "michat_absorbed_retries_total", help: "Requests that joined an answer that was under way.", labels: [:])
        awaitedRetries = registry.counter(
            "michat_awaited_retries_total", help: "Answers that went on for a while after their client had left.",
            labels: [:])
        live.register(in: &registry)
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

    func count(route: String, status: Int) {
        let counter =
            requests[Series(route: route, status: "\(status)")] ?? requests[Series(route: route, status: "other")]
        counter?.increment()
    }

    func observe(route: String, responseSeconds seconds: Double) { responseSeconds[route]?.observe(seconds) }

    func observe(_ options: GenerationOptions) {
        choices.observe(Double(options.choices))
        if let limit = options.maximumTokens { maximumTokens.observe(Double(limit)) }
    }

    func countAbsorbed() { absorbed.increment() }

    func countAwaitedRetry() { awaitedRetries.increment() }

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

package import Telemetry

/// The engine's metrics under vLLM's names, so that existing dashboards work.
package struct EngineMetrics: Sendable {
    let running, waiting, cacheUsage, computeThreads: Gauge
    let promptTokens, cachedTokens, generationTokens, preemptions: Counter
    let prefixQueries, prefixHits: Counter
    private let textDrafts, modelDrafts: DraftCounters
    private let forcedTokens: Counter
    let stopped, truncated, aborted, failed: Counter
    let firstToken, interToken, endToEnd, queued, iterationTokens: Histogram
    private let phases: PhaseHistograms

    /// Registers everything; once per registry.
    package init(in registry: inout Registry) {
        running = registry.gauge("vllm:num_requests_running", help: "Sequences that hold KV pages.", labels: [:])
        waiting = registry.gauge("vllm:num_requests_waiting", help: "Sequences in the queue.", labels: [:])
        cacheUsage = registry.gauge(
            "vllm:kv_cache_usage_perc", help: "Share of the KV pages in use, from 0 to 1.", labels: [:])
        computeThreads = registry.gauge(
            "michat_compute_threads",
            help: "Threads that share the work of a step: fewer than there are while other programs use their cores.",
            labels: [:])
        promptTokens = registry.counter(
            "vllm:prompt_tokens_total", help: "Tokens of prompts that have been read, cached ones among them.",
            labels: [:])
        cachedTokens = registry.counter(
            "vllm:prompt_tokens_cached_total", help: "Those of them that were found in the prefix cache.", labels: [:])
        generationTokens = registry.counter("vllm:generation_tokens_total", help: "Tokens generated.", labels: [:])
        preemptions = registry.counter(
            "vllm:num_preemptions_total", help: "Sequences that gave their KV pages back.", labels: [:])
        prefixQueries = registry.counter(
            "vllm:prefix_cache_queries_total", help: "Prompt tokens looked up in the prefix cache.", labels: [:])
        prefixHits = registry.counter(
            "vllm:prefix_cache_hits_total", help: "Prompt tokens found in the prefix cache.", labels: [:])
        textDrafts = DraftCounters(kind: "ngram", in: &registry)
        modelDrafts = DraftCounters(kind: "mtp", in: &registry)
        forcedTokens = registry.counter(
            "michat_forced_tokens_total",
            help: "Tokens that the form of an answer left no choice about, taken in runs.",
            labels: [:])
        stopped = Self.ending("stop", in: &registry)
        truncated = Self.ending("length", in: &registry)
        aborted = Self.ending("abort", in: &registry)
        failed = Self.ending("error", in: &registry)
        firstToken = registry.histogram(
            "vllm:time_to_first_token_seconds", help: "From submission to the first token.",
            bounds: Self.firstTokenSeconds, labels: [:])
        phases = PhaseHistograms(in: &registry)
        interToken = registry.histogram(
            "vllm:inter_token_latency_seconds", help: "Between two tokens of a sequence.",
            bounds: Self.interTokenSeconds, labels: [:])
        endToEnd = registry.histogram(
            "vllm:e2e_request_latency_seconds", help: "From submission to the end.", bounds: Self.latencySeconds,
            labels: [:])
        queued = registry.histogram(
            "vllm:request_queue_time_seconds", help: "From submission to admission.", bounds: Self.latencySeconds,
            labels: [:])
        iterationTokens = registry.histogram(
            "vllm:iteration_tokens_total", help: "Tokens computed in a step.", bounds: Self.iterationBounds,
            labels: [:])
    }

    func countEnding(_ reason: FinishReason) {
        switch reason {
        case .stopToken, .stopString: stopped.increment()
        case .length: truncated.increment()
        case .cancelled, .rejected: aborted.increment()
        case .constraintFailed, .failed: failed.increment()
        }
    }

    /// Takes note of the phases of a sequence that has ended; one that never said anything had none.
    func observe(_ generation: Generation) { phases.observe(generation) }

    /// Counts a row of drafts that was checked.
    func count(_ source: DraftSource, drafted: Int, accepted: Int) {
        let counters = source == .model ? modelDrafts : textDrafts
        counters.rounds.increment()
        counters.drafted.add(drafted)
        counters.accepted.add(accepted)
    }

    /// Counts tokens that were taken in a run because nothing else could come.
    func count(forced tokens: Int) { forcedTokens.add(tokens) }

    private static func ending(_ reason: String, in registry: inout Registry) -> Counter {
        registry.counter(
            "vllm:request_success_total", help: "Sequences that ended, by reason.",
            labels: ["finished_reason": reason])
    }

    private static let firstTokenSeconds: [Double] = [
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
        2560,
    ]
    fileprivate static let interTokenSeconds: [Double] = [
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
    ]
    fileprivate static let latencySeconds: [Double] = [
        0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
    ]
    private static let iterationBounds: [Double] = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384]
}

/// What is counted about the drafts of one kind.
private struct DraftCounters: Sendable {
    let rounds, drafted, accepted: Counter

    init(kind: String, in registry: inout Registry) {
        rounds = registry.counter(
            "vllm:spec_decode_num_drafts_total", help: "Times that drafts of a sequence were checked, by kind.",
            labels: ["kind": kind])
        drafted = registry.counter(
            "vllm:spec_decode_num_draft_tokens_total", help: "Drafts that were checked, by kind.",
            labels: ["kind": kind])
        accepted = registry.counter(
            "vllm:spec_decode_num_accepted_tokens_total", help: "Drafts that proved right, by kind.",
            labels: ["kind": kind])
    }
}

/// How long the phases of a sequence took, observed at its end, as vLLM does.
private struct PhaseHistograms: Sendable {
    private let prefill, decode, inference, perToken: Histogram

    init(in registry: inout Registry) {
        prefill = Self.latency("prefill", "From admission to the first token.", in: &registry)
        decode = Self.latency("decode", "From the first token to the last.", in: &registry)
        inference = Self.latency("inference", "From admission to the last token.", in: &registry)
        perToken = registry.histogram(
            "vllm:request_time_per_output_token_seconds",
            help: "The mean time between two tokens of an answer that has two or more.",
            bounds: EngineMetrics.interTokenSeconds, labels: [:])
    }

    private static func latency(_ phase: String, _ help: String, in registry: inout Registry) -> Histogram {
        registry.histogram(
            "vllm:request_\(phase)_time_seconds", help: help, bounds: EngineMetrics.latencySeconds, labels: [:])
    }

    func observe(_ generation: Generation) {
        guard let admitted = generation.admittedAt, let first = generation.firstTokenAt,
            let last = generation.lastTokenAt
        else { return }
        prefill.observe(first - admitted)
        decode.observe(last - first)
        inference.observe(last - admitted)
        let steps = generation.usage.completionTokens - 1
        if steps > 0 { perToken.observe((last - first) / Double(steps)) }
    }
}

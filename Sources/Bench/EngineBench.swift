import Dispatch
import Engine
import Kernels
import Models
import Platform
import Sampling
import Scheduling
import Serving
import Synchronization
import Telemetry
import Tokenization

/// Runs a real engine over made-up requests and notes what its steps spend their time on.
struct EngineBench {
    /// Seconds of a step.
    struct Step {
        /// When the forward pass began, and how long it took.
        var began = 0.0, forward = 0.0
        /// Choosing tokens.
        var sampling = 0.0
        /// Tokens that entered the cache.
        var tokens = 0
    }

    /// What an average step cost.
    struct Times {
        let total, forward, sampling: Double
        /// Planning, bookkeeping and handing tokens on.
        var rest: Double { total - forward - sampling }
    }

    let loaded: LoadedModel
    let sampling: SamplingParameters

    /// An average step in which `sequences` sequences generate one token each.
    func decode(sequences: Int, depth: Int, steps: Int) throws(BenchError) -> Times {
        let log = try run(sequences: sequences, prompt: depth, answer: Self.answer(sequences, depth, steps))
        let pure = log.indices.dropLast().filter { log[$0].tokens == sequences && log[$0 + 1].tokens == sequences }
        guard !pure.isEmpty else { throw BenchError("the engine never decoded \(sequences) sequences together") }
        let count = Double(pure.count)
        return Times(
            total: pure.reduce(0) { $0 + log[$1 + 1].began - log[$1].began } / count,
            forward: pure.reduce(0) { $0 + log[$1].forward } / count,
            sampling: pure.reduce(0) { $0 + log[$1].sampling } / count)
    }

    /// Tokens of an answer that is still being written when `sequences` prompts have been read, and `steps` more.
    static func answer(_ sequences: Int, _ depth: Int, _ steps: Int) -> Int {
        steps + 2 + (sequences - 1) * (depth / smallestChunk + 1)
    }

    private static let smallestChunk = 64

    /// All steps of one prompt.
    func prompt(tokens: Int) throws(BenchError) -> Times {
        let log = try run(sequences: 1, prompt: tokens, answer: 2)
        guard let first = log.first, let last = log.last, log.count > 1 else {
            throw BenchError("the engine never read a prompt of \(tokens) tokens")
        }
        let reading = log.dropLast()
        return Times(
            total: last.began - first.began, forward: reading.reduce(0) { $0 + $1.forward },
            sampling: reading.reduce(0) { $0 + $1.sampling })
    }

    private func run(sequences: Int, prompt: Int, answer: Int) throws(BenchError) -> [Step] {
        let extent = loaded.plan.extent
        let log = StepLog()
        let limits = try limits(sequences: sequences, tokens: prompt + answer)
        let cache = try BenchError.reporting(
            try KVCache(
                pages: limits.pages.count, pageTokens: extent.pageTokens, layers: loaded.plan.shape.layers,
                kvHeads: loaded.plan.shape.kvHeads, headDimension: loaded.plan.shape.headDimension,
                format: extent.kvFormat))
        let workspace = Workspace(
            shape: loaded.plan.shape, maximumRows: limits.step.tokens, maximumOutputs: limits.step.outputs)
        var registry = Registry(commonLabels: [:])
        let engine = Engine(
            model: TimedModel(
                TransformerModel(
                    loaded.transformer, vocabulary: loaded.tokenizer.count, cache: cache, workspace: workspace,
                    drafting: nil), log: log),
            limits: limits,
            environment: EngineEnvironment(
                metrics: EngineMetrics(in: &registry), trace: .off, interTokenSeconds: 0,
                speculation: .off,
                clock: Clock.monotonicSeconds))
        let done = DispatchSemaphore(value: 0)
        for sequence in 0..<sequences {
            let vocabulary = loaded.plan.shape.usableVocabulary
            let request = GenerationRequest(
                prompt: (0..<prompt).map { Int32(($0 &* 7919 &+ sequence &* 104_729) % vocabulary) },
                maximumTokens: answer, sampling: sampling, promptLogprobs: nil, priority: 0, cacheSalt: [])
            engine.submit(request) { event in
                if case .finished = event { done.signal() }
            }
        }
        for _ in 0..<sequences { done.wait() }
        engine.drain(graceSeconds: 0) { done.signal() }
        done.wait()
        return log.steps
    }

    /// A cache that holds exactly these sequences.
    private func limits(sequences: Int, tokens: Int) throws(BenchError) -> SchedulerLimits {
        let extent = loaded.plan.extent
        let pagesEach = (tokens + extent.pageTokens) / extent.pageTokens + 1
        guard sequences < extent.maximumRows, sequences <= extent.maximumOutputs, tokens <= extent.context else {
            throw BenchError(
                "\(sequences) sequences of \(tokens) tokens are more than engine.step_tokens, engine.max_running or "
                    + "engine.context allow")
        }
        return SchedulerLimits(
            pages: PageBudget(count: pagesEach * sequences, tokens: extent.pageTokens),
            step: StepBudget(tokens: extent.maximumRows, outputs: extent.maximumOutputs),
            running: sequences, waiting: sequences, context: extent.context)
    }
}

/// What the engine thread has noted, read by another thread at the end.
private final class StepLog: Sendable {
    private let kept = Mutex<[EngineBench.Step]>([])

    var steps: [EngineBench.Step] { kept.withLock { $0 } }

    func begin(_ step: EngineBench.Step) { kept.withLock { $0.append(step) } }

    func addSampling(seconds: Double) {
        kept.withLock { steps in
            guard let last = steps.indices.last else { return }
            steps[last].sampling += seconds
        }
    }
}

/// A model that notes when it is used.
private final class TimedModel: StepModel {
    private let inner: TransformerModel
    private let log: StepLog

    init(_ inner: TransformerModel, log: StepLog) {
        self.inner = inner
        self.log = log
    }

    var vocabulary: Int { inner.vocabulary }

    var threads: Int { inner.threads }

    var instructionSet: InstructionSet { inner.instructionSet }

    func copy(page: Int32, to target: Int32, tokens: Int) { inner.copy(page: page, to: target, tokens: tokens) }

    func forward(_ batch: Batch, progress: () -> Void) {
        let began = Clock.monotonicSeconds()
        inner.forward(batch, progress: progress)
        let seconds = Clock.monotonicSeconds() - began
        log.begin(EngineBench.Step(began: began, forward: seconds, tokens: batch.tokens.count))
    }

    func visitLogits(of outputs: [Int], by visitor: any RowVisitor) {
        let began = Clock.monotonicSeconds()
        defer { log.addSampling(seconds: Clock.monotonicSeconds() - began) }
        inner.visitLogits(of: outputs, by: visitor)
    }

    func withLogits<Result>(row: Int, _ body: (Span<Float>) -> Result) -> Result {
        let began = Clock.monotonicSeconds()
        defer { log.addSampling(seconds: Clock.monotonicSeconds() - began) }
        return inner.withLogits(row: row, body)
    }
}

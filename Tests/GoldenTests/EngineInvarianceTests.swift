import Engine
import Kernels
import Models
import Platform
import Sampling
import Scheduling
import Synchronization
import Telemetry
import Testing
import Weights

/// A real engine over a fixture model: tokens and log-probabilities have the same bits alone, in company, from the
/// cache, after preemption and in another process life, with one thread and with two.
@Suite struct EngineInvarianceTests {
    static let fixture = "llama3-tiny"

    /// An engine with `pages` pages of eight tokens.
    struct Life {
        let engine: Engine
        let registry: Registry
        private let gate = GatedModel.Gate()

        init(
            threads: Int, pages: Int, running: Int, stepTokens: Int, fixture: String = EngineInvarianceTests.fixture,
            speculation: SpeculationOptions = .off, kvFormat: KVFormat = .f32
        ) throws {
            let file = try Fixture.model(fixture)
            let compute = Compute(
                instructionSet: KernelChoice.automatic.instructionSet, activations: .int8,
                pool: ComputePool(threads: threads))
            let shape = try ModelLoader.shape(of: file)
            let transformer = try ModelLoader.load(file, compute: compute, context: 120) { _ in }
            let cache = try KVCache(
                pages: pages, pageTokens: 8, layers: shape.cacheLayers(isDrafting: true), kvHeads: shape.kvHeads,
                headDimension: shape.headDimension, format: kvFormat)
            let limits = SchedulerLimits(
                pages: PageBudget(count: pages, tokens: 8),
                step: StepBudget(tokens: stepTokens, outputs: 3 * running + 5),
                running: running, waiting: 64, context: 120)
            let workspace = Workspace(shape: shape, maximumRows: stepTokens, maximumOutputs: 3 * running + 5)
            var registry = Registry(commonLabels: [:])
            let environment = EngineEnvironment(
                metrics: EngineMetrics(in: &registry), trace: .off, interTokenSeconds: 0.005, speculation: speculation,
                clock: Clock.monotonicSeconds)
            self.registry = registry
            let drafting = DraftPass(
                transformer,
                options: DraftOptions(
                    hiddenState: .preNorm, zeroesFirstToken: true, vocabulary: shape.usableVocabulary),
                maximumRows: stepTokens, maximumSequences: 3 * running + 5)
            engine = Engine(
                model: GatedModel(
                    TransformerModel(
                        transformer, vocabulary: .max, cache: cache, workspace: workspace,
                        drafting: speculation.kind == .none ? nil : drafting), gate: gate),
                limits: limits, environment: environment)
        }

        /// Submits all at once and gives what each was told, without what depends on time and company.
        func answers(_ requests: [GenerationRequest]) async -> [[GenerationEvent]] {
            gate.close()
            let streams = requests.map { request in
                AsyncStream<[GenerationEvent]> { continuation in
                    let told = Told(continuation)
                    engine.submit(request) { told.receive($0) }
                }
            }
            gate.open()
            var answers: [[GenerationEvent]] = []
            for stream in streams { for await events in stream { answers.append(events) } }
            return answers
        }

        func total(_ metric: String) -> Int {
            let line = registry.exposition().split(separator: "\n").first { $0.hasPrefix(metric + " ") }
            return line.flatMap { Int($0.dropFirst(metric.count + 1)) } ?? 0
        }
    }

    /// Gathers what does not depend on company: tokens, reports, the reason of the end.
    private final class Told: Sendable {
        private let events = Mutex<[GenerationEvent]>([])
        private let continuation: AsyncStream<[GenerationEvent]>.Continuation

        init(_ continuation: AsyncStream<[GenerationEvent]>.Continuation) { self.continuation = continuation }

        func receive(_ event: GenerationEvent) {
            switch event {
            case .admitted, .progress: return
            case .tokens, .promptLogprobs: events.withLock { $0.append(event) }
            case .finished(let reason, let usage):
                let bill = Usage(
                    promptTokens: usage.promptTokens, cachedTokens: 0, completionTokens: usage.completionTokens)
                continuation.yield(events.withLock { $0 } + [.finished(reason, bill)])
                continuation.finish()
            }
        }
    }

    private static let requests: [GenerationRequest] = (0..<14).map { index in
        let common = (0..<(index % 3) * 17).map { Int32($0 * 5 % 80) }
        let own = (0..<3 + index % 7).map { Int32(($0 * 11 + index * 3) % 80) }
        var sampling = SamplingParameters.neutral(seed: UInt64(1000 + index))
        sampling.temperature = [0, 0.8, 1.2][index % 3]
        sampling.topP = [1, 0.9][index % 2]
        sampling.topK = [0, 0, 30, 5][index % 4]
        sampling.frequencyPenalty = [0, 0.5][index % 2]
        sampling.topLogprobs = 3
        return GenerationRequest(
            prompt: common + own, maximumTokens: 12 + index % 5 * 8, sampling: sampling,
            promptLogprobs: index % 6 == 5 ? 2 : nil, priority: 0, cacheSalt: [])
    }

    @Test(arguments: [1, 2], [KVFormat.f32, .k8v4])
    func theSameBitsAloneBatchedCachedPreemptedRestarted(_ threads: Int, _ format: KVFormat) async throws {
        func life(threads: Int = threads, pages: Int, running: Int, stepTokens: Int) throws -> Life {
            try Life(threads: threads, pages: pages, running: running, stepTokens: stepTokens, kvFormat: format)
        }
        var alone: [[GenerationEvent]] = []
        for request in Self.requests {
            alone += try await life(threads: 1, pages: 16, running: 1, stepTokens: 64).answers([request])
        }
        #expect(alone.allSatisfy { $0.count > 5 })

        let roomy = try life(pages: 200, running: 8, stepTokens: 23)
        #expect(await roomy.answers(Self.requests) == alone, "batched")
        let hits = roomy.total("vllm:prefix_cache_hits_total")
        #expect(await roomy.answers(Self.requests) == alone, "cached")
        #expect(roomy.total("vllm:prefix_cache_hits_total") > hits)

        let scarce = try life(pages: 19, running: 6, stepTokens: 16)
        #expect(await scarce.answers(Self.requests) == alone, "preempted")
        await withCheckedContinuation { done in scarce.engine.drain(graceSeconds: 0) { done.resume() } }
        #expect(scarce.total("vllm:num_preemptions_total") > 0)

        let again = try life(pages: 64, running: 3, stepTokens: 9)
        #expect(await again.answers(Self.requests.reversed()) == alone.reversed(), "restarted")
    }
}

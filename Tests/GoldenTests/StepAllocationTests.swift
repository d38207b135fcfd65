import CAllocationCount
import Engine
import Glibc
import Kernels
import Models
import Platform
import Sampling
import Scheduling
import Synchronization
import Telemetry
import Testing
import Weights

/// What a step of a real transformer costs the system's allocator once everything is warm.
@Suite struct StepAllocationTests {
    private static let streams = 4
    private static let answerTokens = 90

    /// The whole step on the engine thread: plan, batch, forward pass, sampling, commit, and putting down the events.
    @Test(arguments: [KVFormat.f32, .bf16, .k8v4], [ActivationFormat.f32, .int8])
    func aDecodeStepWithARealModelAllocatesNothing(_ kvFormat: KVFormat, _ activations: ActivationFormat) async throws {
        let notes = Notes()
        let engine = try Self.engine(kvFormat, activations, notes)
        // Steps of the same sizes once before: what they need is there the second time.
        await Self.generate(from: 0, on: engine, notes)
        let warmSteps = notes.totals.count
        await Self.generate(from: 50, on: engine, notes)
        let totals = notes.totals.dropFirst(warmSteps)
        let perStep = zip(totals.dropFirst(), totals).map { $0 - $1 }
        // Behind the steps that read the prompts, and before the sequences end.
        let settled = perStep.dropFirst(8).dropLast(4)
        #expect(settled.count > Self.answerTokens - 20)
        #expect(settled.allSatisfy { $0 == 0 }, "allocations of the steps: \(settled.filter { $0 > 0 })")
    }

    private static func engine(
        _ kvFormat: KVFormat, _ activations: ActivationFormat, _ notes: Notes
    ) throws -> Engine {
        let file = try Fixture.model("llama3-tiny")
        let compute = Compute(
            instructionSet: KernelChoice.automatic.instructionSet, activations: activations,
            pool: ComputePool(threads: 2))
        let shape = try ModelLoader.shape(of: file)
        let transformer = try ModelLoader.load(file, compute: compute, context: 120) { _ in }
        let cache = try KVCache(
            pages: 128, pageTokens: 8, layers: shape.layers, kvHeads: shape.kvHeads,
            headDimension: shape.headDimension, format: kvFormat)
        let workspace = Workspace(shape: shape, maximumRows: 64, maximumOutputs: 8)
        var registry = Registry(commonLabels: [:])
        return Engine(
            model: NotingModel(
                TransformerModel(transformer, vocabulary: .max, cache: cache, workspace: workspace, drafting: nil),
                notes: notes),
            limits: SchedulerLimits(
                pages: PageBudget(count: 128, tokens: 8), step: StepBudget(tokens: 64, outputs: 8),
                running: streams, waiting: streams, context: 120),
            environment: EngineEnvironment(
                metrics: EngineMetrics(in: &registry), trace: .off, interTokenSeconds: 0.1, speculation: .off,
                clock: Clock.monotonicSeconds))
    }

    /// Generates with all streams at once, which begin in the same step.
    private static func generate(from first: Int32, on engine: Engine, _ notes: Notes) async {
        var sampling = SamplingParameters.neutral(seed: 7)
        sampling.topP = 0.9
        let request = GenerationRequest(
            prompt: (0..<6).map { first + $0 }, maximumTokens: answerTokens, sampling: sampling, promptLogprobs: nil,
            priority: 0, cacheSalt: [])
        let left = Mutex(streams)
        await withCheckedContinuation { continuation in
            engine.submitGroup(request, choices: streams) { _, event in
                if case .tokens = event { notes.countDelivered() }
                guard case .finished = event else { return }
                let isLast = left.withLock { left in
                    left -= 1
                    return left == 0
                }
                if isLast { continuation.resume() }
            }
        }
    }
}

/// The allocations of the engine thread so far, noted at the beginning of every forward pass.
///
/// What waits for delivery takes memory, so a step waits until the tokens of the ones before have arrived.
private final class Notes: Sendable {
    private let promised = Atomic<Int>(0)
    private let delivered = Atomic<Int>(0)
    private let noted: Mutex<[Int]>

    init() {
        var memory: [Int] = []
        memory.reserveCapacity(4096)
        noted = Mutex(memory)
    }

    func countDelivered() { delivered.wrappingAdd(1, ordering: .releasing) }

    func promise(_ tokens: Int) {
        while delivered.load(ordering: .acquiring) < promised.load(ordering: .relaxed) { sched_yield() }
        promised.wrappingAdd(tokens, ordering: .relaxed)
    }

    func note() { noted.withLock { if $0.count < 4096 { $0.append(Int(allocation_count())) } } }

    var totals: [Int] { noted.withLock { $0 } }
}

/// A model that notes before it computes.
private final class NotingModel: StepModel {
    private let inner: TransformerModel
    private let notes: Notes

    init(_ inner: TransformerModel, notes: Notes) {
        self.inner = inner
        self.notes = notes
    }

    var vocabulary: Int { inner.vocabulary }
    var threads: Int { inner.threads }
    var instructionSet: InstructionSet { inner.instructionSet }

    func copy(page: Int32, to target: Int32, tokens: Int) { inner.copy(page: page, to: target, tokens: tokens) }

    func forward(_ batch: Batch, progress: () -> Void) {
        notes.promise(batch.rows.reduce(0) { $0 + $1.outputCount })
        notes.note()
        inner.forward(batch, progress: progress)
    }

    func visitLogits(of outputs: [Int], by visitor: any RowVisitor) { inner.visitLogits(of: outputs, by: visitor) }

    func withLogits<Result>(row: Int, _ body: (Span<Float>) -> Result) -> Result {
        inner.withLogits(row: row, body)
    }
}

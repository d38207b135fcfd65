import CAllocationCount
import Engine
import Glibc
import Grammar
import Kernels
import Models
import Sampling
import Scheduling
import Synchronization
import Telemetry
import Testing

/// What a step costs the system's allocator once everything is warm.
@Suite struct AllocationTests {
    fileprivate static let streams = 8
    private static let steps = 400

    /// From one forward pass to the next, on the engine thread: commit, events, commands, plan, batch and sampling.
    /// What receivers do with the events happens on the thread that delivers them and is not counted.
    @Test(arguments: [Choosing.greedy, .temperature, .truncated, .bounded])
    func aDecodeStepOfTheEngineThreadAllocatesNothing(_ choosing: Choosing) async {
        let counts = await countsPerStep(choosing)
        // The counter works: the first steps take the memory that the later ones use again.
        #expect(counts.prefix(8).contains { $0 > 0 })
        let settled = counts.dropFirst(40).dropLast(8)
        #expect(settled.count > 300)
        #expect(settled.allSatisfy { $0 == 0 }, "allocations of the steps: \(settled.filter { $0 > 0 })")
    }

    private func countsPerStep(_ choosing: Choosing) async -> [Int] {
        var registry = Registry(commonLabels: [:])
        let log = AllocationLog(capacity: Self.steps + 64)
        let limits = SchedulerLimits(
            pages: PageBudget(count: 512, tokens: 16), step: StepBudget(tokens: 64, outputs: 16),
            running: Self.streams, waiting: 4, context: 600)
        let time = Atomic<Int>(0)
        let environment = EngineEnvironment(
            metrics: EngineMetrics(in: &registry), trace: .off, interTokenSeconds: 0.1, speculation: .off
        ) {
            Double(time.wrappingAdd(1, ordering: .relaxed).newValue) * 0.001
        }
        let engine = Engine(model: QuietModel(log), limits: limits, environment: environment)
        await withTaskGroup { group in
            for stream in 0..<Self.streams {
                group.addTask { await Self.generate(stream, choosing, on: engine, log) }
            }
        }
        let totals = log.totals
        return zip(totals.dropFirst(), totals).map { $0 - $1 }
    }

    private static func generate(
        _ stream: Int, _ choosing: Choosing, on engine: Engine, _ log: AllocationLog
    ) async {
        var sampling = SamplingParameters.neutral(seed: UInt64(stream))
        choosing.apply(to: &sampling)
        var request = GenerationRequest(
            prompt: (0..<8).map { Int32(stream * 8 + $0) }, maximumTokens: Self.steps, sampling: sampling,
            promptLogprobs: nil, priority: 0, cacheSalt: [])
        if choosing == .bounded { request.constraint = bounds }
        await withCheckedContinuation { continuation in
            engine.submit(request) { event in
                if case .tokens = event { log.countDelivered() }
                if case .finished = event { continuation.resume() }
            }
            log.countSubmitted()
        }
    }

    /// Thinking that is followed closely and closed in the middle of the run; all requests have a copy.
    private static let bounds = AnswerConstraint(
        thinking: ThinkingRules(
            ThinkingVocabulary(
                texts: (0..<4096).map { $0 == 9 ? Array("</think>".utf8) : Array("t\($0)".utf8) }, count: 4096,
                isSpecial: { _ in false }, opening: nil, closing: [8, 9, 8]),
            start: ThinkingScanner(isInside: true, awaitsLateClose: false), budget: 200,
            repetition: .init(period: 512, repeats: 8, tokens: 512), hidesSpecial: true),
        form: nil, ends: [], repetition: .init(period: 512, repeats: 8, tokens: 4096))
}

/// A way to choose tokens.
enum Choosing: String, CaseIterable, Sendable {
    case greedy, temperature, truncated, bounded

    func apply(to sampling: inout SamplingParameters) {
        switch self {
        case .greedy: sampling.temperature = 0
        case .temperature, .bounded: sampling.temperature = 0.7
        case .truncated:
            sampling.temperature = 0.7
            sampling.topP = 0.95
            sampling.topK = 20
            sampling.minP = 0.01
        }
    }
}

/// The allocations of a thread, noted at every forward pass.
///
/// A step that takes no time would run away from the thread that delivers, and what waits for delivery takes memory: so
/// a step waits until the tokens of the ones before have arrived.
final class AllocationLog: Sendable {
    private let delivered = Counting()
    private let promised = Counting()
    private let submitted = Counting()
    private let noted: Mutex<[Int]>
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        var memory: [Int] = []
        memory.reserveCapacity(capacity)
        noted = Mutex(memory)
    }

    func countDelivered() { delivered.next() }

    func countSubmitted() { submitted.next() }

    /// Waits until so many requests are there: one that comes late would take its memory in the middle of the run.
    func awaitSubmissions(_ count: Int) {
        while submitted.value < count { sched_yield() }
    }

    func promise(_ tokens: Int) {
        while delivered.value < promised.value { sched_yield() }
        for _ in 0..<tokens { promised.next() }
    }

    func note() {
        noted.withLock { if $0.count < capacity { $0.append(Int(allocation_count())) } }
    }

    var totals: [Int] { noted.withLock { $0 } }
}

/// A model that computes nothing and allocates nothing.
final class QuietModel: StepModel {
    let vocabulary = 4096
    let threads = 1
    let instructionSet = InstructionSet.scalar
    private let log: AllocationLog
    private let logits: [Float]

    init(_ log: AllocationLog) {
        self.log = log
        logits = (0..<4096).map { Float(($0 * 7919) % 4096) / 512 }
    }

    func copy(page: Int32, to target: Int32, tokens: Int) {}

    func forward(_ batch: Batch, progress: () -> Void) {
        log.awaitSubmissions(AllocationTests.streams)
        log.promise(batch.rows.reduce(0) { $0 + $1.outputCount })
        log.note()
    }

    func visitLogits(of outputs: [Int], by visitor: any RowVisitor) {
        let values = logits
        for index in outputs.indices { visitor.visit(index, values.span) }
    }

    func withLogits<Result>(row: Int, _ body: (Span<Float>) -> Result) -> Result {
        let values = logits
        return body(values.span)
    }
}

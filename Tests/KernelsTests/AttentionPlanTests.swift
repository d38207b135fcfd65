import CAllocationCount
import Kernels
import Testing

/// The memory of attention plans: taken once for the largest steps, and never again.
struct AttentionPlanTests {
    private static let heads = 9
    private static let kvHeads = 3
    private static let headDimension = 64
    private static let context = 2048
    private static let rows = 48

    /// Steps of every kind while histories grow across several cuts: alone, together, and beside a prompt.
    @Test(arguments: [1, 2]) func aReservedPlanTakesNoMemoryWhileHistoriesCrossTheirCuts(_ threads: Int) throws {
        let compute = makeCompute(KernelChoice.automatic.instructionSet, threads: threads)
        let cache = try KVCache(
            pages: Self.context / 16, pageTokens: 16, layers: 1, kvHeads: Self.kvHeads,
            headDimension: Self.headDimension, format: .bf16)
        let plan = AttentionPlan()
        plan.reserve(
            AttentionExtent(
                rows: Self.rows, sequences: 4, context: Self.context, pageTokens: 16, threads: threads),
            heads: Self.heads, kvHeads: Self.kvHeads, headDimension: Self.headDimension)
        let pages = (0..<Int32(Self.context / 16)).map { $0 }
        let queries = Tensor(rows: Self.rows, columns: Self.heads * Self.headDimension)
        let attended = Tensor(rows: Self.rows, columns: Self.heads * Self.headDimension)
        let before = allocation_count()
        for position in stride(from: 500, to: Self.context - Self.rows, by: 20) {
            for (singles, prompt) in [(1, 0), (3, 0), (3, Self.rows - 3), (0, Self.rows)] {
                plan.begin(cache: cache, heads: Self.heads)
                for single in 0..<singles {
                    plan.append(rows: 1, firstPosition: position + single * 7, pages: pages.span)
                }
                if prompt > 0 { plan.append(rows: prompt, firstPosition: position, pages: pages.span) }
                compute.attend(queries, plan: plan, scale: 0.125, layer: 0, into: attended)
            }
        }
        #expect(allocation_count() == before)
    }

    @Test func whatIsTakenIsCountedAndTheUncountableRefused() {
        func bytes(rows: Int, context: Int, threads: Int) -> Int? {
            AttentionPlan.byteCount(
                AttentionExtent(rows: rows, sequences: 4, context: context, pageTokens: 16, threads: threads),
                heads: Self.heads, kvHeads: Self.kvHeads, headDimension: Self.headDimension)
        }
        let small = bytes(rows: 48, context: 512, threads: 1) ?? 0
        let large = bytes(rows: 48, context: 8192, threads: 1) ?? 0
        #expect(small > 0 && large > small)
        #expect(bytes(rows: 48, context: 8192, threads: 2) ?? 0 > large)
        #expect(bytes(rows: .max, context: 8192, threads: 2) == nil)
        #expect(bytes(rows: 48, context: .max, threads: 2) == nil)
    }
}

import FoundationEssentials
import Kernels
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What happens to queries, keys and pages besides attention.
struct KVCacheTests {
    @Test(arguments: [RotaryPairing.interleaved, .halves], [8, 10, 64])
    func rotates(_ pairing: RotaryPairing, _ dimension: Int) throws {
        var samples = Samples(seed: UInt64(dimension))
        let heads = 3
        let frequencies = (0..<dimension / 2).map { Float(pow(10_000, -2 * Double($0) / Double(dimension))) }
        let table = RotaryTable(inverseFrequencies: frequencies, maximumPositions: 600, magnitude: 1.25)
        let values = samples.floats(4 * heads * dimension)
        let positions: [Int32] = [0, 1, 317, 599]
        let pages = [Int32](repeating: 0, count: 2)
        let cache = try KVCache(
            pages: 1, pageTokens: 512, layers: 1, kvHeads: heads, headDimension: dimension, format: .bf16)
        var results: [[UInt32]] = []
        for instructionSet in InstructionSet.available {
            let x = Tensor(rows: 4, columns: heads * dimension, values: values)
            let keys = Tensor(rows: 4, columns: heads * dimension, values: values)
            let plan = AttentionPlan()
            plan.begin(cache: cache, heads: heads)
            for position in positions { plan.append(rows: 1, firstPosition: Int(position), pages: pages.span) }
            makeCompute(instructionSet, threads: 2).rotateAndStore(
                queries: x, keys: keys, values: Tensor(rows: 4, columns: heads * dimension), plan: plan,
                rotation: Rotation(table: table, pairing: pairing), layer: 0)
            results.append(x.bits(rows: 4))
            #expect(keys.bits(rows: 4) == x.bits(rows: 4))
        }
        #expect(results.allSatisfy { $0 == results[0] })
        for index in 0..<4 * heads {
            for pair in 0..<dimension / 2 {
                let (first, second) = pairing == .halves ? (pair, pair + dimension / 2) : (2 * pair, 2 * pair + 1)
                let (a, b) = (Double(values[index * dimension + first]), Double(values[index * dimension + second]))
                let angle = Double(Float(positions[index / heads]) * frequencies[pair])
                let found = Float(bitPattern: results[0][index * dimension + first])
                let partner = Float(bitPattern: results[0][index * dimension + second])
                #expect(abs(Double(found) - 1.25 * (a * cos(angle) - b * sin(angle))) < 1e-6)
                #expect(abs(Double(partner) - 1.25 * (b * cos(angle) + a * sin(angle))) < 1e-6)
            }
        }
    }

    @Test(arguments: KVFormat.allCases, [9, 10, 16])
    func copiedPagesHoldTheirFirstTokens(_ format: KVFormat, _ copied: Int) throws {
        let cache = try KVCache(
            pages: 3, pageTokens: 16, layers: 2, kvHeads: 2, headDimension: 20, format: format)
        var samples = Samples(seed: 3)
        let compute = makeCompute(KernelChoice.automatic.instructionSet, threads: 1)
        let plan = AttentionPlan()
        plan.begin(cache: cache, heads: 2)
        plan.append(rows: 16, firstPosition: 0, pages: [2].span)
        for layer in 0..<2 {
            let rows = Tensor(rows: 16, columns: 40, values: samples.floats(640))
            let values = Tensor(rows: 16, columns: 40, values: samples.floats(640))
            compute.rotateAndStore(
                queries: Tensor(rows: 16, columns: 40), keys: rows, values: values, plan: plan,
                rotation: AttentionSample.unmoved(16), layer: layer)
        }
        cache.copy(page: 2, to: 0, tokens: copied)
        let q = Tensor(rows: 1, columns: 40, values: samples.floats(40))
        func result(page: Int32, layer: Int, position: Int) -> [UInt32] {
            let out = Tensor(rows: 1, columns: 40)
            plan.begin(cache: cache, heads: 2)
            plan.append(rows: 1, firstPosition: position, pages: [page].span)
            compute.attend(q, plan: plan, scale: 0.2, layer: layer, into: out)
            return out.bits(rows: 1)
        }
        for layer in 0..<2 {
            let last = copied - 1
            #expect(result(page: 0, layer: layer, position: last) == result(page: 2, layer: layer, position: last))
            guard copied < 16 else { continue }
            #expect(result(page: 0, layer: layer, position: copied) != result(page: 2, layer: layer, position: copied))
        }
        #expect(result(page: 2, layer: 0, position: 15) != result(page: 2, layer: 1, position: 15))
    }

    @Test func impossiblePagesAreRefused() {
        func geometry(pages: Int, tokens: Int, dimension: Int) -> PageGeometry {
            PageGeometry(
                pages: pages, pageTokens: tokens, layers: 2, kvHeads: 2, headDimension: dimension, format: .f32)
        }
        for bad in [
            geometry(pages: 0, tokens: 32, dimension: 64), geometry(pages: 4, tokens: 24, dimension: 64),
            geometry(pages: 4, tokens: 1, dimension: 64), geometry(pages: 4, tokens: 1024, dimension: 64),
            geometry(pages: 4, tokens: 32, dimension: 513),
        ] {
            #expect(bad.byteCount == nil)
            #expect(throws: MatrixError.self) { _ = try KVCache(bad) }
        }
        #expect(geometry(pages: 3, tokens: 32, dimension: 64).byteCount == 3 * 2 * 2 * 2 * 32 * 64 * 4)
    }

    /// Pages take what a token is said to take, as long as nothing has to be padded.
    @Test(arguments: KVFormat.allCases)
    func pagesTakeWhatTokensTake(_ format: KVFormat) {
        let bytes = KVCache.byteCount(
            pages: 3, pageTokens: 32, layers: 5, kvHeads: 2, headDimension: 64, format: format)
        #expect(bytes == 3 * 32 * 5 * 2 * format.bytes(headDimension: 64))
    }
}

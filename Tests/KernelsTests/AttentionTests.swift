import FoundationEssentials
import Kernels
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Attention over paged keys and values.
struct AttentionTests {
    struct Shape: CustomStringConvertible {
        let heads, kvHeads, dimension, pageTokens, tokens: Int
        let format: KVFormat
        var description: String {
            "\(heads)/\(kvHeads) x \(dimension), pages of \(pageTokens), \(tokens) tokens, \(format)"
        }
    }

    /// Keys, values and queries of one sequence, in a cache whose pages stand in reverse order.
    struct Case {
        let shape: Shape
        let keys, values, queries: [Float]
        let cache: PageMemory
        let pages: [Int32]
        let layer = 1

        init(_ shape: Shape) throws {
            var samples = Samples(seed: UInt64(shape.tokens * 31 + shape.dimension))
            let width = shape.kvHeads * shape.dimension
            self.shape = shape
            keys = samples.floats(shape.tokens * width).map { $0 * 2 }
            values = samples.floats(shape.tokens * width)
            queries = samples.floats(shape.tokens * shape.heads * shape.dimension).map { $0 * 2 }
            let count = (shape.tokens + shape.pageTokens - 1) / shape.pageTokens
            pages = (0..<Int32(count)).reversed()
            cache = try PageMemory(
                pages: count, pageTokens: shape.pageTokens, layers: 2, kvHeads: shape.kvHeads,
                headDimension: shape.dimension, format: shape.format)
            fill(cache, pages: pages, tokens: shape.tokens)
        }

        func slot(_ position: Int) -> KVSlot {
            KVSlot(page: pages[position / shape.pageTokens], offset: Int32(position % shape.pageTokens))
        }

        private func fill(_ cache: PageMemory, pages: [Int32], tokens: Int) {
            let width = shape.kvHeads * shape.dimension
            let k = Tensor(rows: tokens, columns: width, values: keys)
            let v = Tensor(rows: tokens, columns: width, values: values)
            makeCompute(.scalar, threads: 1)
                .storeKV(keys: k, values: v, rows: (0..<tokens).map(slot), into: cache, layer: layer)
        }

        /// Bits of the given positions, in chunks of at most `chunk` rows a call.
        func attend(_ compute: Compute, positions: Range<Int>, chunk: Int) -> [UInt32] {
            let columns = shape.heads * shape.dimension
            var bits: [UInt32] = []
            for first in stride(from: positions.lowerBound, to: positions.upperBound, by: chunk) {
                let rows = min(chunk, positions.upperBound - first)
                let q = Tensor(
                    rows: rows, columns: columns, values: Array(queries[first * columns..<(first + rows) * columns]))
                let out = Tensor(rows: rows, columns: columns)
                let span = AttentionSpan(firstRow: 0, rows: rows, firstPosition: first, pages: pages)
                compute.attend(
                    q, spans: [span], heads: shape.heads, scale: 0.125, cache: cache, layer: layer, into: out)
                bits += out.bits(rows: rows)
            }
            return bits
        }

        /// Softmax attention of one position and head in f64.
        func exact(position: Int, head: Int) -> [Double] {
            let (d, width) = (shape.dimension, shape.kvHeads * shape.dimension)
            let kv = head / (shape.heads / shape.kvHeads) * d
            let q = queries[(position * shape.heads + head) * d..<(position * shape.heads + head + 1) * d].map(
                Double.init)
            let scores = (0...position).map { t in
                (0..<d).reduce(0.0) { $0 + q[$1] * Double(keys[t * width + kv + $1]) } * 0.125
            }
            let largest = scores.reduce(-Double.infinity, max)
            let weights = scores.map { exp($0 - largest) }
            let sum = weights.reduce(0, +)
            return (0..<d).map { c in
                (0...position).reduce(0.0) { $0 + weights[$1] * Double(values[$1 * width + kv + c]) } / sum
            }
        }
    }

    static let shapes = [
        Shape(heads: 9, kvHeads: 3, dimension: 64, pageTokens: 32, tokens: 560, format: .f32),
        Shape(heads: 9, kvHeads: 3, dimension: 64, pageTokens: 32, tokens: 560, format: .bf16),
        Shape(heads: 4, kvHeads: 4, dimension: 8, pageTokens: 4, tokens: 70, format: .f32),
        Shape(heads: 6, kvHeads: 2, dimension: 80, pageTokens: 16, tokens: 90, format: .bf16),
        Shape(heads: 7, kvHeads: 1, dimension: 20, pageTokens: 64, tokens: 150, format: .f32),
        Shape(heads: 2, kvHeads: 2, dimension: 128, pageTokens: 512, tokens: 530, format: .f32),
    ]

    @Test(arguments: shapes.indices)
    func everyTableEqualsTheSpecification(_ index: Int) throws {
        let sample = try Case(Self.shapes[index])
        let tokens = sample.shape.tokens
        let last = max(0, tokens - 60)..<tokens
        let expected = sample.attend(makeCompute(.scalar, threads: 2), positions: last, chunk: 60)
        for (instructionSet, threads) in fasterTables {
            let compute = makeCompute(instructionSet, threads: threads)
            for chunk in [60, 1, 2, 5, 13] {
                let found = sample.attend(compute, positions: last, chunk: chunk)
                #expect(found == expected, "\(sample.shape) \(instructionSet) chunk \(chunk)")
            }
        }
    }

    @Test(arguments: InstructionSet.available.filter { $0 != .scalar })
    func chunksAndThreadsLeaveNoTrace(_ instructionSet: InstructionSet) throws {
        let sample = try Case(Self.shapes[0])
        let one = makeCompute(instructionSet, threads: 1)
        let two = makeCompute(instructionSet, threads: 2)
        let whole = sample.attend(two, positions: 0..<560, chunk: 560)
        for chunk in [1, 7, 32, 100, 511, 512, 513] {
            #expect(sample.attend(one, positions: 0..<560, chunk: chunk) == whole, "chunk \(chunk)")
        }
    }

    @Test(arguments: shapes.indices)
    func theSpecificationAttends(_ index: Int) throws {
        let sample = try Case(Self.shapes[index])
        let d = sample.shape.dimension
        let tolerance = sample.shape.format == .f32 ? 3e-6 : 2e-2
        for position in [0, 5, sample.shape.tokens - 1] {
            let found = sample.attend(makeCompute(.scalar, threads: 1), positions: position..<position + 1, chunk: 1)
            for head in 0..<sample.shape.heads {
                for (column, exact) in sample.exact(position: position, head: head).enumerated() {
                    let value = Double(Float(bitPattern: found[head * d + column]))
                    #expect(abs(value - exact) < tolerance, "\(sample.shape) position \(position) head \(head)")
                }
            }
        }
    }

    @Test func sequencesInOneCallAreStrangers() throws {
        let sample = try Case(Self.shapes[0])
        let columns = 9 * 64
        for instructionSet in InstructionSet.available {
            let compute = makeCompute(instructionSet, threads: 2)
            let positions = [(0, 3), (40, 1), (511, 4)]
            let q = Tensor(rows: 8, columns: columns)
            let out = Tensor(rows: 8, columns: columns)
            var spans: [AttentionSpan] = []
            var expected: [UInt32] = []
            for (first, rows) in positions {
                let firstRow = spans.reduce(0) { $0 + $1.rows }
                for row in 0..<rows {
                    q.setRow(
                        firstRow + row, Array(sample.queries[(first + row) * columns..<(first + row + 1) * columns]))
                }
                spans.append(AttentionSpan(firstRow: firstRow, rows: rows, firstPosition: first, pages: sample.pages))
                expected += sample.attend(compute, positions: first..<first + rows, chunk: 1)
            }
            compute.attend(q, spans: spans, heads: 9, scale: 0.125, cache: sample.cache, layer: 1, into: out)
            #expect(out.bits(rows: 8) == expected)
        }
    }

    /// What later slots of a page hold, even NaN, does not reach a row.
    @Test func slotsAfterARowDoNotMatter() throws {
        for index in [0, 1, 2] {
            let sample = try Case(Self.shapes[index])
            let width = sample.shape.kvHeads * sample.shape.dimension
            let computes = InstructionSet.available.map { makeCompute($0, threads: 1) }
            let before = computes.map { sample.attend($0, positions: 30..<44, chunk: 14) }
            let poison = Tensor(rows: 20, columns: width, values: [Float](repeating: .nan, count: 20 * width))
            let slots = (44..<64).map(sample.slot)
            computes[0].storeKV(keys: poison, values: poison, rows: slots, into: sample.cache, layer: 1)
            #expect(computes.map { sample.attend($0, positions: 30..<44, chunk: 14) } == before)
        }
    }

    @Test(arguments: [KVFormat.f32, .bf16])
    func copiedPagesHoldTheirFirstTokens(_ format: KVFormat) throws {
        let shape = Shape(heads: 2, kvHeads: 2, dimension: 20, pageTokens: 16, tokens: 16, format: format)
        let cache = try PageMemory(
            pages: 3, pageTokens: 16, layers: 2, kvHeads: 2, headDimension: 20, format: format)
        var samples = Samples(seed: 3)
        let compute = makeCompute(.best, threads: 1)
        for layer in 0..<2 {
            let rows = Tensor(rows: 16, columns: 40, values: samples.floats(640))
            let slots = (0..<16).map { KVSlot(page: 2, offset: Int32($0)) }
            compute.storeKV(keys: rows, values: rows, rows: slots, into: cache, layer: layer)
        }
        cache.copy(page: 2, to: 0, tokens: 9)
        let q = Tensor(rows: 1, columns: 40, values: samples.floats(40))
        func result(page: Int32, layer: Int, position: Int) -> [UInt32] {
            let out = Tensor(rows: 1, columns: 40)
            let span = AttentionSpan(firstRow: 0, rows: 1, firstPosition: position, pages: [page])
            compute.attend(q, spans: [span], heads: shape.heads, scale: 0.2, cache: cache, layer: layer, into: out)
            return out.bits(rows: 1)
        }
        for layer in 0..<2 {
            #expect(result(page: 0, layer: layer, position: 8) == result(page: 2, layer: layer, position: 8))
            #expect(result(page: 0, layer: layer, position: 9) != result(page: 2, layer: layer, position: 9))
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
            geometry(pages: 4, tokens: 1024, dimension: 64), geometry(pages: 4, tokens: 32, dimension: 513),
        ] {
            #expect(bad.byteCount == nil)
            #expect(throws: MatrixError.self) { _ = try PageMemory(bad) }
        }
        #expect(geometry(pages: 3, tokens: 32, dimension: 64).byteCount == 3 * 2 * 2 * 2 * 32 * 64 * 4)
    }
}

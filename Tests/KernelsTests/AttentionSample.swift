import FoundationEssentials
import Kernels

#if canImport(Glibc)
    import Glibc
#endif

/// Keys, values and queries of one sequence, in a cache whose pages stand in reverse order.
struct AttentionSample {
    struct Shape: CustomStringConvertible {
        let heads, kvHeads, dimension, pageTokens, tokens: Int
        let format: KVFormat
        var description: String {
            "\(heads)/\(kvHeads) x \(dimension), pages of \(pageTokens), \(tokens) tokens, \(format)"
        }

        func with(pageTokens: Int) -> Shape {
            Shape(
                heads: heads, kvHeads: kvHeads, dimension: dimension, pageTokens: pageTokens, tokens: tokens,
                format: format)
        }
    }

    let shape: Shape
    let keys, values, queries: [Float]
    let cache: KVCache
    let pages: [Int32]
    let layer = 1
    let scale: Float = 0.125

    /// The numbers depend on the shape alone, not on the page size; `compute` stores them.
    init(_ shape: Shape, storedBy compute: Compute = makeCompute(.scalar, threads: 1)) throws {
        var samples = Samples(seed: UInt64(shape.tokens * 31 + shape.dimension))
        let width = shape.kvHeads * shape.dimension
        self.shape = shape
        keys = samples.floats(shape.tokens * width).map { $0 * 2 }
        values = samples.floats(shape.tokens * width)
        queries = samples.floats(shape.tokens * shape.heads * shape.dimension).map { $0 * 2 }
        let count = (shape.tokens + shape.pageTokens - 1) / shape.pageTokens
        pages = (0..<Int32(count)).reversed()
        cache = try KVCache(
            pages: count, pageTokens: shape.pageTokens, layers: 2, kvHeads: shape.kvHeads,
            headDimension: shape.dimension, format: shape.format)
        store(keys: keys, values: values, from: 0, by: compute)
    }

    /// A plan for the sequence's rows in `positions`.
    func plan(_ positions: [Range<Int>]) -> AttentionPlan {
        let plan = AttentionPlan()
        plan.begin(cache: cache, heads: shape.heads)
        for range in positions { plan.append(rows: range.count, firstPosition: range.lowerBound, pages: pages.span) }
        return plan
    }

    /// Stores keys and values at consecutive positions.
    func store(keys: [Float], values: [Float], from first: Int, by compute: Compute) {
        let width = shape.kvHeads * shape.dimension
        let rows = keys.count / width
        compute.rotateAndStore(
            queries: Tensor(rows: rows, columns: shape.heads * shape.dimension),
            keys: Tensor(rows: rows, columns: width, values: keys),
            values: Tensor(rows: rows, columns: width, values: values), plan: plan([first..<first + rows]),
            rotation: Self.unmoved(shape.tokens), layer: layer)
    }

    /// A rotation by nothing.
    static func unmoved(_ positions: Int) -> Rotation {
        Rotation(
            table: RotaryTable(inverseFrequencies: [0], maximumPositions: positions, magnitude: 1), pairing: .halves)
    }

    /// Bits of the given positions, in chunks of at most `chunk` rows a call.
    func attend(_ compute: Compute, positions: Range<Int>, chunk: Int) -> [UInt32] {
        stride(from: positions.lowerBound, to: positions.upperBound, by: chunk).flatMap { first in
            attend(compute, [first..<min(first + chunk, positions.upperBound)])
        }
    }

    /// Bits of several runs of positions in one call, as if each were a sequence of its own.
    func attend(_ compute: Compute, _ runs: [Range<Int>]) -> [UInt32] {
        let columns = shape.heads * shape.dimension
        let rows = runs.reduce(0) { $0 + $1.count }
        let wanted = runs.flatMap { queries[$0.lowerBound * columns..<$0.upperBound * columns] }
        let out = Tensor(rows: rows, columns: columns)
        compute.attend(
            Tensor(rows: rows, columns: columns, values: wanted), plan: plan(runs), scale: scale, layer: layer,
            into: out)
        return out.bits(rows: rows)
    }

    /// Softmax attention of one position and head in f64.
    func exact(position: Int, head: Int) -> [Double] {
        let (d, width) = (shape.dimension, shape.kvHeads * shape.dimension)
        let kv = head / (shape.heads / shape.kvHeads) * d
        let start = (position * shape.heads + head) * d
        let q = queries[start..<start + d].map(Double.init)
        let scores = (0...position).map { t in
            (0..<d).reduce(0.0) { $0 + q[$1] * Double(keys[t * width + kv + $1]) } * Double(scale)
        }
        let largest = scores.reduce(-Double.infinity, max)
        let weights = scores.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        return (0..<d).map { c in
            (0...position).reduce(0.0) { $0 + weights[$1] * Double(values[$1 * width + kv + c]) } / sum
        }
    }

    /// Root mean square of what `found` misses, beside that of the exact result, over all heads of one position.
    func error(_ found: [UInt32], position: Int) -> Double {
        var (missed, whole) = (0.0, 0.0)
        for head in 0..<shape.heads {
            for (column, exact) in exact(position: position, head: head).enumerated() {
                let value = Double(Float(bitPattern: found[head * shape.dimension + column]))
                missed += (value - exact) * (value - exact)
                whole += exact * exact
            }
        }
        return (missed / whole).squareRoot()
    }
}

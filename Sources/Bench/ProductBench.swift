import Kernels
import Platform

/// Products of one weight format and shape with several numbers of rows.
struct ProductBench {
    /// Where the weights lie when a product begins.
    enum Place: String {
        /// In whatever cache holds the one matrix that is used again and again.
        case cached
        /// In memory: one of many copies, of which no cache holds all.
        case memory
    }

    /// One figure.
    struct Result {
        let bench: ProductBench
        let rows: Int
        let seconds: Double

        /// Bytes of packed weights a second.
        var bytes: Double { Double(bench.matrixBytes) / seconds }
        /// Operations a second, a multiplication and an addition counting as two.
        var operations: Double { 2 * Double(rows) * Double(bench.outputs) * Double(bench.inputs) / seconds }
    }

    let format: ElementFormat
    let outputs: Int
    let inputs: Int
    let place: Place
    private let copies: [Matrix]
    private let compute: Compute

    private static let shortestSeconds = 0.03
    private static let fewestRuns = 3

    /// Packs as many copies as the place takes.
    init(_ format: ElementFormat, shape: (outputs: Int, inputs: Int), place: Place, _ compute: Compute) throws {
        self.format = format
        (outputs, inputs) = shape
        self.place = place
        self.compute = compute
        let first = try Matrix(sampleOf: format, outputs: outputs, inputs: inputs, using: compute)
        let wanted = place == .cached ? 0 : MachinePeaks.memorySizedBytes(CacheSizes.read())
        let count = max(1, (wanted + first.byteCount - 1) / first.byteCount)
        copies =
            try [first]
            + (1..<count).map { [outputs, inputs] _ in
                try Matrix(sampleOf: format, outputs: outputs, inputs: inputs, using: compute)
            }
    }

    /// Bytes of one packed matrix.
    var matrixBytes: Int { copies[0].byteCount }

    /// Where reading the weights is limited.
    func level(_ peaks: MachinePeaks) -> MachinePeaks.Level {
        guard place == .cached else { return .memory }
        if matrixBytes <= peaks.caches.level2 * peaks.threads { return .level2 }
        return matrixBytes <= peaks.caches.level3 ? .level3 : .memory
    }

    /// The fastest of several products with `rows` rows.
    func measure(rows: Int) -> Result { measure(rows: rows, on: compute) }

    /// The same with other kernels.
    func measure(rows: Int, on compute: Compute) -> Result {
        let x = Tensor(rows: rows, columns: inputs)
        let y = Tensor(rows: rows, columns: outputs)
        for row in 0..<rows {
            x.withMutableRow(row) { span in
                for column in span.indices { span[column] = Float((row &* 31 &+ column &* 17) % 101) / 101 - 0.5 }
            }
        }
        var best = Double.infinity
        var spent = 0.0
        var runs = 0
        while spent < Self.shortestSeconds || runs < max(Self.fewestRuns, copies.count) {
            let start = Clock.monotonicSeconds()
            compute.multiply(copies[runs % copies.count], x, bias: nil, into: y, rows: rows, accumulate: false)
            let seconds = Clock.monotonicSeconds() - start
            // The first product also rounds its input, which the forward pass does once for several.
            if runs > 0 { best = min(best, seconds) }
            spent += seconds
            runs += 1
        }
        return Result(bench: self, rows: rows, seconds: best)
    }
}

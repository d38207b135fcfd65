import JSON
package import Kernels
import Platform

/// Every kernel by itself: products by format, shape and rows, then attention, sampling and fork-join.
package struct KernelBench {
    /// Outputs and inputs of a matrix.
    package typealias Shape = (outputs: Int, inputs: Int)

    private let formats: [ElementFormat]
    private let rows: [Int]
    private let places: [(place: ProductBench.Place, shapes: [Shape])]

    /// Products with every number of rows; the weights of some shapes stay in a cache, those of others come from memory.
    package init(formats: [ElementFormat], rows: [Int], cached: [Shape], inMemory: [Shape]) {
        self.formats = formats
        self.rows = rows
        places = [(.cached, cached), (.memory, inMemory)]
    }

    /// Measures products with other constants than those of this processor, and prints them.
    /// - Throws: ``BenchError`` when there is not enough memory.
    package static func sweep(_ compute: Compute) throws(BenchError) {
        let sweep = TuningSweep(compute)
        for table in try BenchError.reporting([try sweep.prefetching(), try sweep.unpacking()]) {
            for line in table.lines { Terminal.print(line) }
            Terminal.print("")
        }
    }

    /// Measures all of it and prints each part at once, or all as JSON.
    /// - Throws: ``BenchError`` when there is not enough memory.
    package func run(_ compute: Compute, kvFormat: KVFormat, json: Bool) throws(BenchError) {
        let peaks = try BenchError.reporting(try MachinePeaks.measure(using: compute))
        var report = KernelReport(peaks: peaks, rows: rows, isShown: !json)
        for (place, shapes) in places {
            for shape in shapes {
                report.begin("\(shape.outputs) x \(shape.inputs), \(place.rawValue)")
                for format in formats where shape.inputs % format.blockElements == 0 {
                    let bench = try BenchError.reporting(try ProductBench(format, shape: shape, place: place, compute))
                    report.add(rows.map { bench.measure(rows: $0) })
                }
            }
        }
        let parts = try BenchError.reporting(
            try StepPartBench(compute: compute, peaks: peaks).table(kvFormat: kvFormat))
        report.finish(
            parts,
            head: [
                "instruction_set": .string(compute.instructionSet.rawValue), "threads": .int(Int64(compute.threads)),
                "activations": .string(compute.activations.rawValue), "kv_format": .string(kvFormat.rawValue),
            ])
    }
}

import Kernels
import Platform

/// Products with other constants than those that were chosen for this processor: what a row of tuning.c is made from.
struct TuningSweep {
    private static let formats: [ElementFormat] = [.q4_1, .q8_0, .q4_K, .q6_K]
    private static let shape = (outputs: 4096, inputs: 4096)
    private static let distances = [2048, 4096, 8192, 16_384, 32_768]
    private static let rowCounts = [8, 12, 16, 24, 32, 48]

    private let compute: Compute

    init(_ compute: Compute) { self.compute = compute }

    private func tuned(_ change: (inout KernelTuning) -> Void) -> Compute {
        var tuning = KernelTuning.here
        change(&tuning)
        return compute.tuned(tuning)
    }

    /// One row, weights from memory, gigabytes a second: by how far ahead codes are asked for, and into which cache.
    /// - Throws: `MatrixError` when there is not enough memory.
    func prefetching() throws -> FigureTable {
        var table = FigureTable(
            [("bytes", "ahead"), ("cache", "into")] + Self.formats.map { ($0.name, $0.name + " GB/s") })
        let benches = try Self.formats.map { try ProductBench($0, shape: Self.shape, place: .memory, compute) }
        for distance in Self.distances {
            for isFar in [false, true] {
                let compute = tuned {
                    $0.prefetchBytes = distance
                    $0.prefetchesFar = isFar
                }
                table.add(
                    [.count(distance), .text(isFar ? "L2" : "L1")]
                        + benches.map { .number($0.measure(rows: 1, on: compute).bytes / 1e9, decimals: 1) })
            }
        }
        return table
    }

    /// Many rows, weights from a cache, operations a second: how many times as fast it is to unpack codes once.
    /// - Throws: `MatrixError` when there is not enough memory.
    func unpacking() throws -> FigureTable {
        var table = FigureTable([("rows", "unpacked / not")] + Self.formats.map { ($0.name, $0.name) })
        let benches = try Self.formats.map { try ProductBench($0, shape: Self.shape, place: .cached, compute) }
        let (always, never) = (tuned { $0.unpackedRows = 0 }, tuned { $0.unpackedRows = .max })
        for rows in Self.rowCounts {
            table.add(
                [.count(rows)]
                    + benches.map {
                        .number(
                            $0.measure(rows: rows, on: never).seconds / $0.measure(rows: rows, on: always).seconds,
                            decimals: 2)
                    })
        }
        return table
    }
}

import JSON
import Kernels

/// The machine's own limits as figures.
extension MachinePeaks {
    /// Two tables: operations and bytes a second, on one thread and on all.
    var table: FigureTable {
        var table = FigureTable([
            ("peak", "machine's peak"), ("one_thread", "1 thread"), ("all_threads", "\(threads) threads"),
            ("unit", "unit"),
        ])
        for kind in Arithmetic.allCases {
            guard let rate = operations[kind] else { continue }
            table.add(Self.row(kind.title, rate, unit: "GOP/s", decimals: 0))
        }
        for level in Level.allCases {
            guard let rate = bytes[level] else { continue }
            table.add(Self.row("read, " + level.title, rate, unit: "GB/s", decimals: 1))
        }
        return table
    }

    private static func row(_ name: String, _ rate: Rate, unit: String, decimals: Int) -> [FigureTable.Figure] {
        [
            .text(name), .number(rate.oneThread / 1e9, decimals: decimals),
            .number(rate.allThreads / 1e9, decimals: decimals), .text(unit),
        ]
    }
}

extension MachinePeaks.Arithmetic {
    /// What people call it.
    var title: String {
        switch self {
        case .f32: "f32 multiply-add"
        case .bf16: "bf16 dot product"
        case .int8: "int8 dot product"
        case .tileBF16: "bf16 tile product"
        case .tileInt8: "int8 tile product"
        }
    }
}

extension MachinePeaks.Level {
    /// What people call it.
    var title: String {
        switch self {
        case .level2: "L2 cache"
        case .level3: "L3 cache"
        case .memory: "memory"
        }
    }
}

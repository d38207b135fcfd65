import JSON
import Kernels
import Platform

/// Shows products as they are measured, or collects them for JSON.
struct KernelReport {
    private let peaks: MachinePeaks
    private let rows: [Int]
    private let isShown: Bool
    private var title = ""
    private var table: FigureTable
    private var all: FigureTable

    init(peaks: MachinePeaks, rows: [Int], isShown: Bool) {
        self.peaks = peaks
        self.rows = rows
        self.isShown = isShown
        table = Self.emptyTable(rows)
        all = FigureTable([
            ("format", ""), ("outputs", ""), ("inputs", ""), ("place", ""), ("rows", ""), ("microseconds", ""),
            ("gigabytes_per_second", ""), ("share_of_read", ""), ("gigaoperations_per_second", ""),
            ("share_of_operations", ""),
        ])
        if isShown { for line in peaks.table.lines { Terminal.print(line) } }
    }

    private static func emptyTable(_ rows: [Int]) -> FigureTable {
        FigureTable([("format", "format"), ("unit", "rows")] + rows.map { ("\($0)", "\($0)") })
    }

    /// A shape and a place begin.
    mutating func begin(_ title: String) {
        show()
        self.title = title
        table = Self.emptyTable(rows)
    }

    /// One format with every number of rows.
    mutating func add(_ results: [ProductBench.Result]) {
        guard let bench = results.first?.bench else { return }
        let level = bench.level(peaks)
        let read = peaks.bytes[level]?.allThreads ?? .nan
        let shares = results.map { (of: $0.bytes / read, best: $0.operations / peaks.bestOperations) }
        table.add([.text(bench.format.name), .text("GB/s")] + results.map { .number($0.bytes / 1e9, decimals: 1) })
        table.add([.text(""), .text("of \(level.title)")] + shares.map { .share($0.of) })
        table.add([.text(""), .text("GOP/s")] + results.map { .number($0.operations / 1e9, decimals: 0) })
        table.add([.text(""), .text("of best")] + shares.map { .share($0.best) })
        for (result, share) in zip(results, shares) {
            all.add([
                .text(bench.format.name), .count(bench.outputs), .count(bench.inputs), .text(bench.place.rawValue),
                .count(result.rows), .number(result.seconds * 1e6, decimals: 1),
                .number(result.bytes / 1e9, decimals: 1), .share(share.of),
                .number(result.operations / 1e9, decimals: 0), .share(share.best),
            ])
        }
    }

    /// Everything is measured.
    mutating func finish(_ parts: FigureTable, head: JSONObject) {
        show()
        table = Self.emptyTable(rows)
        guard !isShown else {
            Terminal.print("")
            for line in parts.lines { Terminal.print(line) }
            return
        }
        var object = head
        object["peaks"] = peaks.table.json
        object["products"] = all.json
        object["parts"] = parts.json
        Terminal.print(JSONValue.object(object).serialized())
    }

    private func show() {
        guard isShown, !table.rows.isEmpty else { return }
        Terminal.print("\nproducts of \(title)")
        for line in table.lines { Terminal.print(line) }
    }
}

import Foundation
import JSON
import Testing

/// The benches report every figure that they were asked for; how large it is, is no test's business.
@Suite struct BenchTests {
    private static let model = ServerProcess.tinyModel

    private static func report(_ arguments: [String]) throws -> JSONValue {
        let run = try CommandRun(["bench"] + arguments + ["--json"])
        #expect(run.code == 0, "\(run.errors)")
        return try JSONParser.parse(run.output, limits: .request)
    }

    private static func expectPeaks(_ report: JSONValue) {
        let peaks = report["peaks"]?.arrayValue ?? []
        let names = peaks.compactMap { $0["peak"]?.stringValue }
        #expect(names.contains("f32 multiply-add") && names.contains("read, memory"))
        #expect(peaks.allSatisfy { ($0["one_thread"]?.doubleValue ?? 0) > 0 })
        #expect(peaks.allSatisfy { ($0["all_threads"]?.doubleValue ?? 0) > 0 })
    }

    @Test func aModelIsMeasuredAtEverySize() throws {
        let report = try Self.report([
            "--model", Self.model, "--prompt", "16", "--batch", "1,3", "--history", "20", "--steps", "4", "--repeats",
            "1",
        ])
        let results = report["results"]?.arrayValue ?? []
        #expect(results.compactMap { $0["size"]?.intValue } == [16, 1, 3, 20])
        let figures = ["tokens_per_second", "gigabytes_per_second", "share_of_memory", "share_of_operations"]
        for figure in figures { #expect(results.allSatisfy { ($0[figure]?.doubleValue ?? 0) > 0 }, "\(figure)") }
        Self.expectPeaks(report)
    }

    @Test func kernelsAreMeasuredWithEveryNumberOfRows() throws {
        let report = try Self.report([
            "kernels", "--format", "q4_1,bf16", "--shape", "64x96", "--memory-shape", "none", "--rows", "1,3",
        ])
        let products = report["products"]?.arrayValue ?? []
        #expect(products.compactMap { $0["format"]?.stringValue } == ["Q4_1", "Q4_1", "BF16", "BF16"])
        #expect(products.compactMap { $0["rows"]?.intValue } == [1, 3, 1, 3])
        let figures = ["gigabytes_per_second", "share_of_read", "gigaoperations_per_second", "share_of_operations"]
        for figure in figures { #expect(products.allSatisfy { ($0[figure]?.doubleValue ?? 0) > 0 }, "\(figure)") }
        let parts = report["parts"]?.arrayValue ?? []
        for name in ["attention", "sampling", "fork-join"] {
            let found = parts.filter { $0["part"]?.stringValue?.hasPrefix(name) == true }
            #expect(!found.isEmpty && found.allSatisfy { ($0["microseconds"]?.doubleValue ?? -1) > 0 }, "\(name)")
        }
        Self.expectPeaks(report)
    }

    @Test func aProfileAddsUp() throws {
        let report = try Self.report([
            "profile", "--model", ServerProcess.slowModel, "--batch", "2", "--prompt", "24", "--depth", "8", "--steps",
            "16",
            "--repeats", "1",
        ])
        let lines = report["profile"]?.arrayValue ?? []
        func seconds(_ name: String, _ column: String) -> Double {
            lines.first { $0["part"]?.stringValue == name }?[column]?.doubleValue ?? -1
        }
        for column in ["decode 2", "prompt 24"] {
            #expect(seconds("product head", column) > 0)
            #expect(seconds("forward pass", column) > seconds("attention", column))
            let engine = seconds("engine", column)
            #expect(engine > seconds("sampling", column) + seconds("scheduling, delivery", column))
            // The streams of the small model may be over before they can be seen together: then there is no figure.
            let wire = seconds("over the wire", column)
            guard wire > 0 || ServerProcess.realModel != nil else { continue }
            let above = seconds("detokenising", column) + seconds("JSON, HTTP, clients", column)
            #expect(abs(engine + above - wire) < 1e-9)
        }
        Self.expectPeaks(report)
    }

    @Test func aWrongNumberIsNamed() throws {
        let run = try CommandRun(["bench", "profile", "--model", Self.model, "--batch", "1,x"])
        #expect(run.code == 64)
        #expect(run.errors.contains("--batch takes numbers") && run.errors.contains("michat bench profile --help"))
        for (flag, value) in [("--format", "q9_9"), ("--shape", "64"), ("--rows", "0")] {
            let wrong = try CommandRun(["bench", "kernels", flag, value])
            #expect(wrong.code == 64 && wrong.errors.contains(flag), "\(wrong.errors)")
        }
    }
}

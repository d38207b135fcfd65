import Foundation
import JSON
import Testing

/// Quality: the shortcuts of the kernels cost next to nothing on a fixed text.
@Suite struct PerplexityTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/perplexity")

    /// The mean over the text of a float64 forward pass on the dequantised weights, from `make_goldens.py`.
    private struct Golden {
        let meanNats: Double
        let arguments: [String]
        let scored: Int64

        init(_ model: String) throws {
            let goldens = try JSONParser.parse(
                String(contentsOf: folder.appendingPathComponent("goldens.json"), encoding: .utf8), limits: .request)
            let golden = try #require(goldens[URL(fileURLWithPath: model).lastPathComponent])
            meanNats = try #require(golden["mean_nats"]?.doubleValue)
            scored = try #require(golden["scored"]?.intValue)
            arguments = [
                "perplexity", "--model", model, "--file", folder.appendingPathComponent("text.txt").path, "--json",
                "--window", "\(try #require(golden["window"]?.intValue))",
                "--tokens", "\(try #require(golden["tokens"]?.intValue))",
            ]
        }

        func report(_ settings: [String]) throws -> JSONValue {
            let run = try CommandRun(arguments + settings)
            #expect(run.code == 0, "\(run.errors)")
            let report = try JSONParser.parse(run.output, limits: .request)
            #expect(report["tokens"]?.intValue == scored)
            return report
        }
    }

    /// Perplexity may rise or fall by this share.
    private static let allowed = 0.005
    private static let exact = ["--engine.activations", "f32", "--engine.kv_format", "f32"]

    @Test func withExactActivationsItIsTheReferences() throws {
        let golden = try Golden(ServerProcess.slowModel)
        let report = try golden.report(Self.exact)
        #expect(report["activations"]?.stringValue == "f32" && report["kv_format"]?.stringValue == "f32")
        #expect(abs((report["mean_nats"]?.doubleValue ?? 0) - golden.meanNats) < 1e-4)
    }

    @Test func theDefaultsStayWithinHalfAPercent() throws {
        let golden = try Golden(ServerProcess.slowModel)
        let report = try golden.report([])
        let ratio = (report["perplexity"]?.doubleValue ?? 0) / exp(golden.meanNats)
        #expect(abs(ratio - 1) < Self.allowed, "\(ratio)")
    }

    @Test(arguments: ["f32", "bf16", "int8"])
    func everyStorageOfKeysAndValuesStaysWithinHalfAPercent(_ format: String) throws {
        let golden = try Golden(ServerProcess.slowModel)
        let report = try golden.report(["--engine.kv_format", format])
        #expect(report["kv_format"]?.stringValue == format)
        let ratio = (report["perplexity"]?.doubleValue ?? 0) / exp(golden.meanNats)
        #expect(abs(ratio - 1) < Self.allowed, "\(ratio)")
    }

    @Test func fourBitsOfValuesStayWithinHalfAPercent() throws {
        let golden = try Golden(ServerProcess.slowModel)
        let report = try golden.report(["--engine.kv_format", "k8v4"])
        #expect(report["kv_format"]?.stringValue == "k8v4")
        let ratio = (report["perplexity"]?.doubleValue ?? 0) / exp(golden.meanNats)
        #expect(abs(ratio - 1) < Self.allowed, "\(ratio)")
    }

    /// Weights and activations in eight bits with one scale for 256, against the weights that they were made of.
    @Test func hadamardCodesStayWithinHalfAPercent() throws {
        let golden = try Golden(ServerProcess.slowModel)
        let report = try golden.report(["--quantize", "r8", "--model.cache_dir", "none"])
        let ratio = (report["perplexity"]?.doubleValue ?? 0) / exp(golden.meanNats)
        #expect(abs(ratio - 1) < Self.allowed && ratio != 1, "\(ratio)")
    }

    @Test func aTextMustBeLongEnough() throws {
        let run = try CommandRun(["perplexity", "--model", ServerProcess.tinyModel, "--file", "-"], input: "")
        #expect(run.code == 1 && run.errors.contains("too short"), "\(run.errors)")
    }
}

import Engine
import Foundation
import Kernels
import Models
import OpenAI
import Platform
import Service
import Serving
import Settings
import Telemetry
import Testing
import Tokenization

/// A model loaded, run and named inside this process.
@Suite struct LoadedModelTests {
    /// Few threads: tests run beside each other.
    private static let small = [
        "engine.threads": "1", "engine.instruction_set": "scalar", "engine.memory_bytes": "4GiB",
    ]

    private static func load(
        _ model: String, _ values: [String: String] = [:]
    ) throws -> (loaded: LoadedModel, settings: Configuration) {
        var settings = try Fixtures.settings(model, small)
        for (key, value) in values { try #require(SettingsTable.row(key)).assign(value, to: &settings) }
        let file = try ModelFile(settings)
        let plan = try ServingPlan(file, settings)
        try plan.check()
        return (try LoadedModel.load(file, plan, settings, progress: { _ in }), settings)
    }

    private static func fingerprint(
        _ model: String, _ values: [String: String] = [:], version: String = "1"
    ) throws
        -> String
    {
        let (loaded, settings) = try load(model, values)
        return Fingerprint.text(loaded, settings, version: version)
    }

    @Test func aLoadedModelProducesATokenAndIsServed() throws {
        let (loaded, settings) = try Self.load(Fixtures.llama, ["model.name": "one,two"])
        var registry = Registry(commonLabels: [:])
        let engine = try Wiring.engine(
            loaded, settings.engine,
            EngineEnvironment(
                metrics: EngineMetrics(in: &registry), trace: .off, interTokenSeconds: 0,
                speculation: try Wiring.speculation(settings), clock: Clock.monotonicSeconds))
        try EngineWarmUp.run(engine, model: "one")
        let served = try Wiring.servedModel(loaded, settings, version: "1")
        #expect(served.card.id == "one" && served.names.others == ["two"])
        #expect(served.usableVocabulary <= loaded.tokenizer.count)
        #expect(served.fingerprint == Fingerprint.text(loaded, settings, version: "1"))
        #expect(loaded.summary.hasPrefix("llama, ") && loaded.summary.contains(" on 1 thread"))
    }

    @Test func m4_theFingerprintIsMadeOfContents() throws {
        let folder = try TemporaryFolder()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: Fixtures.llama))
        func copy(_ place: String, flipping byte: Int?) throws -> String {
            var changed = bytes
            if let byte { changed[byte] ^= 1 }
            return try folder.write("\(place)/model.gguf", changed)
        }
        let plain = try copy("a", flipping: nil)
        let first = try Self.fingerprint(plain)
        #expect(first.hasPrefix("fp_") && first.count == 15)
        #expect(try Self.fingerprint(copy("b", flipping: nil)) == first)
        #expect(try Self.fingerprint(copy("c", flipping: bytes.count / 2)) != first)
        #expect(try Self.fingerprint(plain, version: "2") != first)
        for (key, value) in [
            ("sampling.temperature", "0.31"), ("engine.activations", "f32"), ("engine.context", "96"),
            ("model.name", "other"), ("reasoning.split", "never"),
        ] { #expect(try Self.fingerprint(plain, [key: value]) != first, "\(key)") }
        #expect(try Self.fingerprint(plain, ["engine.max_running": "3", "http.retry_seconds": "3"]) == first)
    }

    @Test func m4_theDigestOfTextsIsThatOfWhatTheySay() throws {
        let folder = try TemporaryFolder()
        let one = try folder.copy("qwen2-tiny", as: "a"), two = try folder.copy("qwen2-tiny", as: "b")
        func digest(_ path: String, template: String = "") throws -> [UInt8] {
            try Fingerprint.textDigest(of: try ModelFile(path: path), replacedTemplate: template)
        }
        let first = try digest(one)
        #expect(try digest(two) == first)
        let template = try folder.write("t.jinja", Data("{{ messages[0].content }}".utf8))
        #expect(try digest(one, template: template) != first)
        try folder.write("b/special_tokens_map.json", Data("{}".utf8))
        #expect(try digest(two) != first)
        let error = #expect(throws: ServingError.self) { try digest(one, template: folder.path + "/none") }
        #expect(error?.description.hasPrefix(folder.path + "/none: ") == true)
    }

    @Test func aTokenizerOfAnotherModelIsRefusedBeforeTheWeights() throws {
        let folder = try TemporaryFolder()
        let copy = try folder.copy("qwen2-tiny", as: "a")
        let text = try String(contentsOfFile: copy + "/tokenizer.json", encoding: .utf8)
        try folder.write(
            "a/tokenizer.json", Data(text.replacingOccurrences(of: #""id": 682"#, with: #""id": 900"#).utf8))
        let error = #expect(throws: ServingError.self) { try Self.load(copy) }
        #expect(error?.description.contains("does not match the model: it has 901 tokens") == true)
    }

    @Test func quantisedWeightsAreKeptForTheNextTime() throws {
        let folder = try TemporaryFolder()
        let values = ["model.quantize": "q8_0", "model.cache_dir": folder.path + "/cache"]
        let model = Fixtures.checkpoint("qwen2-tiny")
        let first = try Self.load(model, values).loaded
        #expect(first.loading.hasPrefix("quantised to q8_0, ") && first.loading.hasSuffix(" written to the cache"))
        #expect(try Self.load(model, values).loaded.loading == "quantised to q8_0, weights read from the cache")
        let small = ["model.cache_bytes": "1", "model.cache_dir": folder.path + "/small"]
        let unkept = try Self.load(model, values.merging(small) { $1 }).loaded
        #expect(unkept.loading.hasPrefix("quantised to q8_0, weights not cached: the weights take "))
        #expect(unkept.loading.hasSuffix(", more than model.cache_bytes"))
        #expect(unkept.transformer.weightDigest == first.transformer.weightDigest)
        let blocks = try Self.load(Fixtures.llama, values).loaded
        #expect(
            blocks.loading == "nothing to quantise, the file holds blocks already or rows that are no multiple of 32")
    }
}

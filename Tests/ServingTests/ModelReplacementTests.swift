import Engine
import Foundation
import Models
import Platform
import Service
import Serving
import Settings
import Telemetry
import Testing

/// A model in the place of another one, inside this process.
@Suite struct ModelReplacementTests {
    private static let small = [
        "engine.threads": "1", "engine.instruction_set": "scalar", "engine.memory_bytes": "4GiB",
        "engine.context": "256",
    ]
    private static let qwen = Fixtures.llama.replacingOccurrences(of: "llama-tiny", with: "qwen2-tiny")

    /// A catalogue in which the model of the settings serves.
    private struct Served {
        let host = ModelHost()
        let replacement: ModelReplacement
        let settings: Configuration

        init(_ settings: Configuration) throws {
            self.settings = settings
            replacement = ModelReplacement(host: host, trace: .off, version: "1")
            _ = try replacement.load(OpenedModel(settings, given: []), given: []) { _ in }
        }

        /// As a server does it whose settings have changed, or where nothing but files may have.
        func replace(_ wanted: Configuration, isAsked: Bool = true) throws -> ModelReplacement.Outcome {
            try replacement.replace(with: wanted, given: [], isAsked: isAsked, graceSeconds: 60)
        }

        /// Waits until nothing is left of models that were replaced.
        func settle() { for id in host.retiring { #expect(host.wait(forEndOf: id, seconds: 60)) } }
    }

    private static func settings(_ model: String, _ values: [String: String] = [:]) throws -> Configuration {
        try Fixtures.settings(model, small.merging(values) { $1 })
    }

    private static func bytes(_ settings: Configuration) throws -> Int {
        try OpenedModel(settings, given: []).plan.modelBytes
    }

    @Test func anotherModelTakesThePlace() throws {
        let served = try Served(try Self.settings(Fixtures.llama))
        #expect(served.host.models.map(\.name) == ["llama-tiny-Q8_0"])
        let other = try Self.settings(Self.qwen)
        guard case .replaced(let summary) = try served.replace(other) else {
            Issue.record("nothing was replaced")
            return
        }
        #expect(summary.hasPrefix("qwen2, "))
        served.settle()
        #expect(served.host.models.map(\.name) == ["qwen2-tiny-Q8_0"])
        #expect(served.host.models.map(\.life) == [.serving])
        #expect(served.host.residentBytes == (try Self.bytes(other)))
    }

    @Test func theSameSettingsAndFilesChangeNothing() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("m.gguf", try Data(contentsOf: URL(fileURLWithPath: Fixtures.llama)))
        let served = try Served(try Self.settings(path))
        #expect(try served.replace(served.settings, isAsked: false) == .unchanged)
        #expect(served.host.engines.count == 1)
        // Another file under the same name, as whoever installs one does it.
        let other = try folder.write("new", try Data(contentsOf: URL(fileURLWithPath: Self.qwen)))
        #expect(unsafe rename(other, path) == 0)
        guard case .replaced(let summary) = try served.replace(served.settings, isAsked: false) else {
            Issue.record("nothing was replaced")
            return
        }
        #expect(summary.hasPrefix("qwen2, "))
        #expect(try served.replace(served.settings, isAsked: false) == .unchanged)
    }

    @Test func aChangedTemplateIsAChangedModel() throws {
        let folder = try TemporaryFolder()
        let template = try folder.write("t.jinja", Data("{{ messages[0].content }}".utf8))
        let served = try Served(try Self.settings(Fixtures.llama, ["model.chat_template": template]))
        #expect(try served.replace(served.settings, isAsked: false) == .unchanged)
        try folder.write("t.jinja", Data("{{ messages[0].content }}!".utf8))
        #expect(try served.replace(served.settings, isAsked: false) != .unchanged)
    }

    @Test func whatCannotBeLoadedLeavesEverythingAsItWas() throws {
        let served = try Served(try Self.settings(Fixtures.llama))
        let folder = try TemporaryFolder()
        let half = try folder.write(
            "half.gguf", try Data(contentsOf: URL(fileURLWithPath: Self.qwen)).prefix(4000))
        let template = try folder.write("t.jinja", Data("{% if %}".utf8))
        for (settings, reason) in [
            (try Self.settings(folder.path + "/none.gguf"), "none.gguf: open: No such file"),
            (try Self.settings(half), "half.gguf"),
            (try Self.settings(Self.qwen, ["model.chat_template": template]), "t.jinja"),
            (try Self.settings(Self.qwen, ["engine.context": "999999"]), "engine.context is 999999"),
            (try Self.settings(Self.qwen, ["engine.memory_bytes": "64MiB"]), "not enough memory"),
        ] {
            let error = #expect(throws: ServingError.self) { try served.replace(settings) }
            #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
            #expect(served.host.isServing && served.host.engines.count == 1)
            #expect(served.host.registries.count == 1, "one that failed has no metrics")
            #expect(try served.replace(served.settings, isAsked: false) == .unchanged)
        }
    }

    @Test func thePlanKnowsWhatIsResident() throws {
        let plan = try OpenedModel(Self.settings(Fixtures.llama), given: []).plan
        let room = plan.limit.limit - plan.totalBytes
        #expect(plan.fits(beside: 0) && plan.fits(beside: room) && !plan.fits(beside: room + 1))
        #expect(plan.modelBytes == plan.memory.totalBytes + plan.grammarBytes && plan.modelBytes < plan.totalBytes)
    }

    /// A limit that one of two models fits into, and not both.
    private static func tight(_ model: String) throws -> Configuration {
        let values = ["engine.memory_bytes": "1GiB", "structured.cache_bytes": "16MiB", "http.request_bytes": "32MiB"]
        let alone = try OpenedModel(settings(model, values), given: []).plan
        let limit = alone.totalBytes + alone.modelBytes / 2
        return try settings(model, values.merging(["engine.memory_bytes": "\(limit)"]) { $1 })
    }

    @Test func withoutRoomForBothTheOldOneGoesFirst() throws {
        let served = try Served(try Self.tight(Fixtures.llama))
        weak let old: Engine? = served.host.engines.first
        var wanted = served.settings
        wanted.model.name = "again"
        #expect(try served.replace(wanted) != .unchanged)
        #expect(old == nil, "its memory was needed")
        #expect(served.host.models.map(\.name) == ["again"] && served.host.models.map(\.life) == [.serving])
    }

    @Test func withoutRoomForBothMistakesAreFoundWhileTheOldOneServes() throws {
        let served = try Served(try Self.tight(Fixtures.llama))
        weak let old: Engine? = served.host.engines.first
        let folder = try TemporaryFolder()
        var wanted = served.settings
        wanted.model.chatTemplate = try folder.write("t.jinja", Data("{% if %}".utf8))
        #expect(throws: ServingError.self) { try served.replace(wanted) }
        #expect(old != nil && served.host.isServing)
    }

    /// A model that looks sound until it is to produce a token.
    private static func mute(in folder: TemporaryFolder) throws -> String {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: Fixtures.llama))
        // Scales that are no numbers.
        for index in bytes.count / 2..<bytes.count { bytes[index] = 0x7e }
        return try folder.write("mute.gguf", bytes)
    }

    @Test func whatProducesNoTokenDoesNotServe() throws {
        let folder = try TemporaryFolder()
        let served = try Served(try Self.settings(Fixtures.llama))
        weak let old: Engine? = served.host.engines.first
        let error = #expect(throws: ServingError.self) { try served.replace(Self.settings(Self.mute(in: folder))) }
        #expect(error?.description.contains("the engine cannot produce a token") == true)
        #expect(old != nil && served.host.isServing)
    }

    @Test func whatFailsBehindTheOldOneBringsItBack() throws {
        let folder = try TemporaryFolder()
        let served = try Served(try Self.tight(Fixtures.llama))
        weak let old: Engine? = served.host.engines.first
        var wanted = served.settings
        wanted.model.path = try Self.mute(in: folder)
        let error = #expect(throws: ServingError.self) { try served.replace(wanted) }
        #expect(error?.description.contains("the engine cannot produce a token") == true)
        #expect(old == nil, "there was no room for both")
        #expect(served.host.isServing && served.host.models.map(\.name) == ["llama-tiny-Q8_0"])
    }

    @Test func aModelThatIsGoneHasLeftNothing() throws {
        let host = ModelHost()
        let replacement = ModelReplacement(host: host, trace: .off, version: "1")
        var wanted = try Self.settings(Fixtures.llama)
        weak var transformer: Transformer?
        transformer = try replacement.load(OpenedModel(wanted, given: []), given: []) { _ in }.transformer
        #expect(transformer != nil)
        wanted.model.path = Self.qwen
        _ = try replacement.replace(with: wanted, given: [], isAsked: true, graceSeconds: 60)
        for id in host.retiring { #expect(host.wait(forEndOf: id, seconds: 60)) }
        #expect(transformer == nil)
    }
}

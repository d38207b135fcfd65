import Foundation
import JSON
import Testing

/// `system_fingerprint` is made of contents.
@Suite struct FingerprintTests {
    private static func fingerprint(_ model: String, _ flags: [String] = []) throws -> String? {
        let server = try ServerProcess(flags, model: model)
        let body = #"{"model":"default","prompt":[5,6],"max_tokens":1,"temperature":0}"#
        return try server.reply("POST", "/v1/completions", body).json()["system_fingerprint"]?.stringValue
    }

    @Test func m4_whatAltersAnswersAltersIt() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("fingerprint-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for part in ["a", "b", "c"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(part), withIntermediateDirectories: true)
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: ServerProcess.tinyModel))
        func copy(_ part: String, flipping place: Int?) throws -> String {
            var changed = bytes
            if let place { changed[place] ^= 1 }
            let url = folder.appendingPathComponent(part).appendingPathComponent("model.gguf")
            try changed.write(to: url)
            return url.path
        }
        let template = folder.appendingPathComponent("t.jinja")
        try Data("{{ messages[0].content }}".utf8).write(to: template)

        let plain = try copy("a", flipping: nil)
        let first = try #require(try Self.fingerprint(plain))
        #expect(try Self.fingerprint(copy("b", flipping: nil)) == first, "the same contents elsewhere")
        // One bit of one weight, in the middle and at the end.
        #expect(try Self.fingerprint(copy("c", flipping: bytes.count / 2)) != first)
        #expect(try Self.fingerprint(copy("c", flipping: bytes.count - 3)) != first)
        for flags in [
            ["--model.chat_template", template.path], ["--sampling.temperature", "0.31"], ["--reasoning.budget", "7"],
            ["--context", "96"], ["--engine.activations", "f32"],
        ] { #expect(try Self.fingerprint(plain, flags) != first, "\(flags)") }
        #expect(try Self.fingerprint(plain, ["--http.retry_seconds", "3", "--engine.max_running", "3"]) == first)
    }
}

import Foundation
import JSON
import Testing

/// Folders as published, given to the program as a user would.
@Suite struct FolderTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("Fixtures/checkpoints")

    private static func path(_ name: String) -> String { fixtures.appendingPathComponent(name).path }

    /// A copy of a folder, changed by `change`; it is gone when `body` is done.
    private func copy<Result>(
        of name: String, _ change: (URL) throws -> Void, _ body: (String) throws -> Result
    ) throws -> Result {
        let target = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: target) }
        let source = Self.fixtures.appendingPathComponent(name)
        for file in try FileManager.default.contentsOfDirectory(atPath: source.path) {
            let bytes = try Data(contentsOf: source.appendingPathComponent(file).resolvingSymlinksInPath())
            try bytes.write(to: target.appendingPathComponent(file))
        }
        try change(target)
        return try body(target.path)
    }

    /// Four tokens of an answer without any sampling parameter.
    private func answer(_ server: ServerProcess, _ more: String = "") throws -> String {
        let body = """
            {"model":"default","prompt":"The draft layer","max_tokens":12,"ignore_eos":true\(more)}
            """
        return try server.reply("POST", "/v1/completions", body).json()["choices"]?[0]?["text"]?.stringValue
            ?? "nothing"
    }

    @Test func greedyTokensAreTheReferences() throws {
        let golden = try JSONParser.parse(
            [UInt8](Data(contentsOf: Self.fixtures.appendingPathComponent("mimo-tiny-trained/golden.json"))),
            limits: .file)
        let prompt = try #require(golden["prompts"]?[0])
        let expected = try #require(prompt["greedy"]?.arrayValue).compactMap(\.intValue).prefix(12).map(String.init)
        let server = try ServerProcess(["--engine.speculative", "none"], model: Self.path("mimo-tiny-trained"))
        let text = try #require(prompt["text"]?.stringValue)
        let body = """
            {"model":"default","prompt":"\(text)","max_tokens":12,"temperature":0,"ignore_eos":true}
            """
        let reply = try server.reply("POST", "/v1/completions", body).json()
        let decoded = try CommandRun(
            ["tokenize", "--model", Self.path("mimo-tiny-trained"), "--decode"] + expected)
        #expect(reply["choices"]?[0]?["text"]?.stringValue == decoded.output.trimmingCharacters(in: .newlines))
    }

    /// `do_sample` false means greedy; what the administrator sets wins over the file.
    @Test func theFileRecommendsAndTheAdministratorDecides() throws {
        func greedy(_ folder: URL) throws {
            try Data(#"{"do_sample":false,"temperature":1.5}"#.utf8)
                .write(to: folder.appendingPathComponent("generation_config.json"))
        }
        try copy(of: "mimo-tiny-trained", greedy) { folder in
            let server = try ServerProcess(model: folder)
            let expected = try answer(server, #","temperature":0"#)
            for seed in 1...4 { #expect(try answer(server, #","seed":\#(seed)"#) == expected) }
            let warm = try ServerProcess(["--sampling.temperature", "2"], model: folder)
            #expect(try Set((1...6).map { try answer(warm, #","seed":\#($0)"#) }).count > 1)
        }
    }

    @Test func inspectExplainsAFolder() throws {
        let run = try CommandRun(["inspect", Self.path("mimo-tiny")])
        #expect(run.code == 0)
        for part in [
            "MiMoForCausalLM", "1 layer, 51.6 k parameters", "vocabulary 683 of 768 rows", "<|im_end|> (663)", "q4_k",
        ] {
            #expect(run.output.contains(part), "\(part)")
        }
        let sharded = try CommandRun(["inspect", Self.path("qwen2-tiny-bf16-sharded")]).output
        #expect(sharded.contains("3 files") && sharded.contains("temperature 0.6, top_p 0.95"))
    }

    /// Each is refused before anything is loaded, by one line that names what is wrong.
    @Test func whatDoesNotFitIsOneError() throws {
        let cases: [(String, (URL) throws -> Void, String)] = [
            (
                "no tokenizer", { try FileManager.default.removeItem(at: $0.appendingPathComponent("tokenizer.json")) },
                "tokenizer.json: is missing"
            ),
            (
                "another tokenizer",
                { folder in
                    let other = Self.fixtures.appendingPathComponent("llama3-tiny/tokenizer.json")
                        .resolvingSymlinksInPath()
                    try Data(contentsOf: other).write(to: folder.appendingPathComponent("tokenizer.json"))
                    try FileManager.default.removeItem(at: folder.appendingPathComponent("tokenizer_config.json"))
                }, "the tokenizer does not match the model"
            ),
            (
                "larger tokenizer",
                { folder in
                    let file = folder.appendingPathComponent("tokenizer.json")
                    let text = try String(contentsOf: file, encoding: .utf8)
                    try text.replacingOccurrences(of: #""id": 682"#, with: #""id": 900"#)
                        .write(to: file, atomically: true, encoding: .utf8)
                }, "901 tokens"
            ),
            (
                "a shard cut short",
                { folder in
                    let file = folder.appendingPathComponent("model-00002-of-00003.safetensors")
                    try Data(contentsOf: file).dropLast(10).write(to: file)
                }, "model-00002-of-00003.safetensors: tensor"
            ),
        ]
        for (name, change, complaint) in cases {
            try copy(of: "qwen2-tiny-bf16-sharded", change) { folder in
                let run = try CommandRun(["serve", "--model", folder, "--port", "0"])
                #expect(run.code == 1, "\(name)")
                #expect(run.errors.contains(complaint), "\(name): \(run.errors)")
            }
        }
    }
}

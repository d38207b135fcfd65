import Foundation
import JSON
import Testing

/// A folder in the manner of Mistral 7B: `MistralForCausalLM`, and `tokenizer.model` as its only tokenizer. All of its text
/// files begin with a byte order mark, as editors of Windows write it.
@Suite struct SentencePieceFolderTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures")
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private func folder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let target = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: target) }
        func write(_ name: String, _ bytes: [UInt8]) throws {
            try Data(bytes).write(to: target.appendingPathComponent(name))
        }
        let source = Self.fixtures.appendingPathComponent("checkpoints/llama3-tiny")
        let config = try JSONParser.parse(
            [UInt8](Data(contentsOf: source.appendingPathComponent("config.json"))), limits: .file)
        var fields = try #require(config.objectValue)
        fields["architectures"] = ["MistralForCausalLM"]
        fields["sliding_window"] = 512
        fields["bos_token_id"] = 1
        fields["eos_token_id"] = 2
        try write("config.json", Self.mark + JSONValue.object(fields).serialized().utf8)
        try write(
            "tokenizer_config.json", Self.mark + Array(#"{"bos_token": "<s>", "eos_token": "</s>"}"#.utf8))
        let template = "{{ bos_token }}{% for m in messages %}[INST] {{ m.content }} [/INST]{% endfor %}"
        try write("chat_template.jinja", Self.mark + template.utf8)
        for (from, to) in [
            (source.appendingPathComponent("model.safetensors").resolvingSymlinksInPath(), "model.safetensors"),
            (Self.fixtures.appendingPathComponent("tokenizers/spm-bpe.model"), "tokenizer.model"),
        ] { try write(to, [UInt8](Data(contentsOf: from))) }
        return try body(target)
    }

    private func tokens(_ model: String, _ text: String) throws -> [Int] {
        let run = try CommandRun(["tokenize", "--model", model, "--json", "--bos", text])
        #expect(run.code == 0, "\(run.errors)")
        return try JSONParser.parse(run.output, limits: .request)["tokens"]?.arrayValue?.compactMap {
            $0.intValue.map { Int($0) }
        } ?? []
    }

    @Test func c10_f13_aFolderOfMistralsKindIsServedAndConverted() throws {
        try folder { folder in
            let text = "The quick brown \u{4F60} fox's 12\n"
            let ids = try tokens(folder.path, text)
            #expect(ids.first == 1 && ids.count > 5)
            let target = folder.appendingPathComponent("a.gguf").path
            let conversion = try CommandRun(["convert", folder.path, target])
            #expect(conversion.code == 0, "\(conversion.errors)")
            #expect(try tokens(target, text) == ids)
            let inspection = try CommandRun(["inspect", folder.path]).output
            #expect(inspection.contains("MistralForCausalLM") && inspection.contains("512"), "\(inspection)")
            let given = try [folder.path, target].map { model in try self.answers(model, folder) }
            #expect(given[0] == given[1])
        }
    }

    /// What a server says about texts, and what it answers, with a key out of a file that has a mark.
    private func answers(_ model: String, _ folder: URL) throws -> [String] {
        let keys = folder.appendingPathComponent("keys")
        try Data(Self.mark + Array("secret\n".utf8)).write(to: keys)
        let server = try ServerProcess(["--api-key-file", keys.path], model: model)
        func ask(_ path: String, _ body: String) throws -> JSONValue {
            try server.reply("POST", path, body, fields: ["Authorization: Bearer secret"]).json()
        }
        // The template's opening token is not written twice, neither by a conversation nor by a text (C9).
        let rendered = try ask(
            "/tokenize", "\u{FEFF}" + #"{"messages":[{"role":"user","content":"hi"}],"add_generation_prompt":false}"#)
        let ids = rendered["tokens"]?.arrayValue?.compactMap(\.intValue) ?? []
        #expect(ids.first == 1 && ids.count { $0 == 1 } == 1, "\(rendered)")
        let text = try ask("/tokenize", #"{"prompt":"<s>[INST] hi [/INST]"}"#)
        #expect(text["tokens"] == rendered["tokens"])
        let back = try ask("/detokenize", #"{"tokens":\#(text["tokens"]?.serialized() ?? "")}"#)
        #expect(back["prompt"]?.stringValue == "<s> [INST] hi [/INST]", "\(back)")
        let answer = try ask(
            "/v1/completions",
            #"{"model":"default","prompt":"<s>The","max_tokens":16,"temperature":0,"ignore_eos":true,"echo":true}"#)
        let prompt = try ask("/tokenize", #"{"prompt":"The"}"#)["tokens"]?.arrayValue
        #expect(prompt?.first?.intValue == 1)
        #expect(answer["usage"]?["prompt_tokens"]?.intValue == prompt.map { Int64($0.count) })
        let regex = try ask(
            "/v1/completions",
            #"{"model":"default","prompt":"The","max_tokens":40,"temperature":0,"guided_regex":"a b 你 [0-9]{3}"}"#)
        let constrained = regex["choices"]?[0]?["text"]?.stringValue ?? "nothing"
        #expect(constrained.hasPrefix("a b \u{4F60} ") && constrained.utf8.count == 11, "\(regex)")
        return [answer["choices"]?[0]?["text"]?.stringValue ?? "nothing", constrained]
    }
}

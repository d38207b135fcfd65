import Foundation
import Serving
import Settings
import Testing
import Tokenization
import Weights

/// Files and folders as published, opened without their weights.
@Suite struct ModelFileTests {
    private static func refusal(_ path: String) -> String? {
        let error = #expect(throws: ServingError.self) { try ModelFile(path: path) }
        guard case .file? = error else { return nil }
        return error?.description
    }

    @Test func aFileSaysWhatItHolds() throws {
        let model = try ModelFile(path: Fixtures.llama)
        #expect(model.servedNames(Configuration()) == ["llama-tiny-Q8_0"])
        #expect(try model.tokenizer().count > 256)
        #expect(try model.sampling().summary == nil)
        #expect(try model.templateText() != nil && model.template(replacedBy: "") != nil)
    }

    @Test func aFolderSaysWhatItHolds() throws {
        let model = try ModelFile(path: Fixtures.checkpoint("qwen2-tiny"))
        #expect(model.title == "qwen2-tiny" && model.servedNames(Configuration()) == ["qwen2-tiny"])
        #expect(try model.tokenizer().endTokens.isSuperset(of: [661, 663]))
        #expect(try model.sampling().summary == "temperature 0.6, top_p 0.95")
        #expect(try ModelFile(path: Fixtures.checkpoint("qwen2-tiny") + "/").title == "qwen2-tiny")
    }

    @Test func namesThatAreSetAreEachServedOnce() throws {
        let model = try ModelFile(path: Fixtures.llama)
        let settings = try Fixtures.settings("", ["model.name": " a, b c ,a,, b c"])
        #expect(model.servedNames(settings) == ["a", "b c"])
        #expect(try model.servedNames(Fixtures.settings("", ["model.name": " , "])) == ["llama-tiny-Q8_0"])
    }

    @Test func noModelIsToldFromABrokenOne() {
        let error = #expect(throws: ServingError.self) { try ModelFile(Configuration()) }
        #expect(error == .noModel)
        #expect(error?.description == "no model: give --model PATH, MICHAT_MODEL or path in [model]")
    }

    @Test func whatIsNotThereIsNamed() throws {
        #expect(Self.refusal("/none.gguf")?.hasPrefix("/none.gguf: ") == true)
        #expect(Self.refusal("models/a.gguf")?.contains("hf download") == false)
        #expect(
            Self.refusal("Qwen/Qwen2.5-0.5B")?
                .contains("\"hf download Qwen/Qwen2.5-0.5B --local-dir Qwen2.5-0.5B\" and give") == true)
        for path in [
            "a/b/c", "Qwen/", "/Qwen", "../Qwen", "Qwen/-x", "Qw en/x", "/a/b/c.gguf", "./a/c.gguf", "a//c.gguf",
            "https://example.com/a/b", "https://hf.co/a", "a/b:c d", "a/b:", "a/b/c:d.gguf", "hf.co/a/b/c;d.gguf",
        ] {
            #expect(Self.refusal(path)?.contains("hf download") == false, "\(path)")
        }
        #expect(Self.refusal("https://example.com/a.gguf")?.contains("an address is no model") == true)
    }

    @Test(arguments: [
        ("hf.co/a/b", "a/b --local-dir b"), ("https://huggingface.co/a/b", "a/b --local-dir b"),
        ("https://huggingface.co/a/b/", "a/b --local-dir b"), ("hf://a/b", "a/b --local-dir b"),
        ("Qwen/Qwen2.5-0.5B:Q4_K_M", "Qwen/Qwen2.5-0.5B --include '*Q4_K_M*' --local-dir Qwen2.5-0.5B"),
        ("hf.co/a/b:Q8_0", "a/b --include '*Q8_0*' --local-dir b"),
        ("bartowski/X-GGUF/x.gguf", "bartowski/X-GGUF x.gguf --local-dir X-GGUF"),
        ("https://huggingface.co/a/b/tree/main", "a/b --local-dir b"),
        ("https://huggingface.co/a/b/resolve/main/x-Q4_0.gguf?download=true", "a/b x-Q4_0.gguf --local-dir b"),
        ("https://huggingface.co/a/b/blob/v2/sub/x.gguf", "a/b sub/x.gguf --revision v2 --local-dir b"),
    ])
    func part4_namesOfTheHubAreRecognisedInEverySpelling(_ path: String, _ line: String) {
        #expect(Self.refusal(path)?.contains("\"hf download \(line)\" and give") == true, "\(path)")
    }

    @Test func weightsAloneAreNoModel() throws {
        let path = Fixtures.checkpoint("qwen2-tiny") + "/model.safetensors"
        #expect(Self.refusal(path)?.hasSuffix("give the folder with config.json and tokenizer.json") == true)
    }

    @Test func anotherTemplateReplacesBoth() throws {
        let folder = try TemporaryFolder()
        let model = try ModelFile(path: Fixtures.llama)
        let good = try folder.write("a.jinja", Data("{{ messages[0].content }}".utf8))
        #expect(try model.template(replacedBy: good) != nil)
        let bad = try folder.write("b.jinja", Data("{% if %}".utf8))
        let broken = #expect(throws: ServingError.self) { try model.template(replacedBy: bad) }
        #expect(broken?.description.hasPrefix(bad + ": ") == true)
        let none = #expect(throws: ServingError.self) { try model.template(replacedBy: folder.path + "/none") }
        guard case .text(let reason)? = none else {
            Issue.record("\(String(describing: none))")
            return
        }
        #expect(reason.hasPrefix(folder.path + "/none: "))
    }

    @Test func aFolderWithoutATokenizerIsRefusedWhenItIsAsked() throws {
        let folder = try TemporaryFolder()
        let copy = try folder.copy("qwen2-tiny", as: "a")
        try FileManager.default.removeItem(atPath: copy + "/tokenizer.json")
        let model = try ModelFile(path: copy)
        let error = #expect(throws: ServingError.self) { try model.tokenizer() }
        #expect(error?.description.hasPrefix(copy + "/tokenizer.json: is missing") == true)
    }

    @Test func whatMakersRecommendIsChecked() throws {
        let folder = try TemporaryFolder()
        let copy = try folder.copy("qwen2-tiny", as: "a")
        try folder.write("a/generation_config.json", Data(#"{"top_p":7}"#.utf8))
        let error = #expect(throws: ServingError.self) { try ModelFile(path: copy).sampling() }
        #expect(error?.description.contains("generation_config.json: field 'top_p': a number from 0.0 to 1.0") == true)
    }

    @Test func aFolderIsSaidInTheKeysOfAFile() throws {
        let model = try ModelFile(path: Fixtures.checkpoint("qwen2-tiny"))
        let count = try model.tokenizer().count
        let keys = try GGUFText(model, rows: count).values().map(\.0)
        #expect(Set(keys).count == keys.count)
        #expect(keys.contains("tokenizer.ggml.tokens") && keys.contains("tokenizer.ggml.eos_token_id"))
        let error = #expect(throws: ServingError.self) { try GGUFText(model, rows: count - 1).values() }
        #expect(error?.description.hasSuffix("the tokenizer has \(count) tokens, the model \(count - 1)") == true)
    }
}

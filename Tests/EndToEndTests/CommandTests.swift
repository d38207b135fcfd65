import Foundation
import JSON
import Testing

/// The commands other than `serve`.
@Suite struct CommandTests {
    private static let model = ServerProcess.tinyModel

    @Test func everyCommandExplainsItself() throws {
        for command in [
            "serve", "chat", "inspect", "tokenize", "template", "bench", "bench profile", "bench kernels", "perplexity",
            "health",
            "settings",
        ] {
            let run = try CommandRun(command.split(separator: " ").map(String.init) + ["--help"])
            #expect(run.code == 0)
            #expect(run.output.contains("Examples:") && run.output.contains("michat \(command)"), "\(command)")
        }
        #expect(try CommandRun(["--help"]).output.contains("serve"))
    }

    @Test func inspectTellsWhatIsInAFile() throws {
        let run = try CommandRun(["inspect", Self.model, "--json", "--tensors"])
        #expect(run.code == 0)
        let report = try JSONParser.parse(run.output, limits: .request)
        #expect(report["parameters"]?.intValue == 366_240)
        #expect(report["serving"]?["architecture"]?.stringValue == "llama")
        #expect(report["serving"]?["fits"]?.boolValue == true)
        let sum = ["weight_bytes", "kv_bytes", "buffer_bytes", "rotary_bytes"].reduce(Int64(96 << 20)) {
            $0 + (report["serving"]?[$1]?.intValue ?? 0)
        }
        #expect(report["serving"]?["total_bytes"]?.intValue == sum)
        #expect(report["tensors"]?.arrayValue?.count == 29)
        #expect(try CommandRun(["inspect", Self.model]).output.contains("366.2 k (366240) in 29 tensors"))
    }

    @Test func tokensGoThereAndBack() throws {
        let text = "Rivers run, naïve 🦊\n  to the sea <|im_end|>"
        let there = try CommandRun(["tokenize", "--model", Self.model, "--json"], input: text)
        #expect(there.code == 0)
        let ids =
            try JSONParser.parse(there.output, limits: .request)["tokens"]?.arrayValue?.compactMap(\.intValue) ?? []
        #expect(!ids.isEmpty)
        let back = try CommandRun(["tokenize", "--model", Self.model, "--decode", "--json"] + ids.map(String.init))
        #expect(try JSONParser.parse(back.output, limits: .request)["text"]?.stringValue == text)
        let bad = try CommandRun(["tokenize", "--model", Self.model, "--decode", "99999999"])
        #expect(bad.code == 1 && bad.errors.contains("'99999999' is not a token id below"))
    }

    @Test func templatesAreRendered() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let template = folder.appendingPathComponent("a.jinja").path
        try """
        {{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}
        {% endfor %}{% if tools %}{{ tools | length }} tools
        {% endif %}{% if add_generation_prompt %}assistant:{% endif %}
        """.write(toFile: template, atomically: true, encoding: .utf8)
        let messages = folder.appendingPathComponent("m.json").path
        try #"[{"role":"user","content":"hi"},{"role":"assistant","content":"yes?"}]"#
            .write(toFile: messages, atomically: true, encoding: .utf8)
        let tools = folder.appendingPathComponent("t.json").path
        try #"[{"type":"function","function":{"name":"f"}}]"#.write(toFile: tools, atomically: true, encoding: .utf8)
        let run = try CommandRun([
            "template", template, "--messages", messages, "--tools", tools, "--generation-prompt", "--bos-token", "<s>",
        ])
        #expect(run.output == "<s>user: hi\nassistant: yes?\n1 tools\nassistant:")
        let own = try CommandRun(
            ["template", Self.model, "--messages", "-", "--generation-prompt"],
            input: #"{"messages":[{"role":"user","content":"hi"}]}"#)
        #expect(own.code == 0 && own.output.contains("hi"))
        let broken = try CommandRun(["template", messages, "--messages", template])
        #expect(broken.code == 1 && broken.errors.contains("invalid JSON"))
        let typed = try CommandRun(["template", template, "--messages", "-"], input: "{")
        #expect(typed.code == 1 && typed.errors.contains("standard input: "), "\(typed.errors)")
    }

    @Test func aConversationIsHeldWithAServerAndWithoutOne() throws {
        let server = try ServerProcess()
        let url = "http://127.0.0.1:\(server.port ?? 0)"
        let settings = ["--set", "temperature=0", "--set", "max_tokens=8"]
        let input = "Hello there\n\n/history\n/regenerate\n/params top_p=0.5\n/params\n"
        let remote = try CommandRun(["chat", "--url", url] + settings, input: input)
        #expect(remote.code == 0, "\(remote.errors)")
        let lines = remote.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(remote.output.contains("user: Hello there\nassistant: "))
        #expect(remote.errors.contains("top_p=0.5") && remote.errors.contains("temperature=0"))
        let own = try CommandRun(["chat", "--model", Self.model] + settings, input: input)
        #expect(own.code == 0, "\(own.errors)")
        #expect(own.output.split(separator: "\n", omittingEmptySubsequences: false) == lines)
        let wrong = try CommandRun(["chat", "--url", url], input: "/nonsense\n")
        #expect(wrong.code == 1 && wrong.errors.contains("/nonsense is no command"))
        let nobody = try CommandRun(["chat", "--url", "http://127.0.0.1:1"], input: "Hello\n")
        #expect(nobody.code == 1 && nobody.errors.contains("Connection refused"))
    }

    @Test func healthTellsByItsExitCode() throws {
        #expect(try CommandRun(["health", "--url", "http://127.0.0.1:1", "--quiet"]).code == 1)
        #expect(try CommandRun(["health", "--url", "ftp://x"]).code == 1)
    }
}

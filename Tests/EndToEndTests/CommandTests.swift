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
        let terms = ["weight_bytes", "kv_bytes", "buffer_bytes", "rotary_bytes", "request_bytes", "grammar_bytes"]
        let sum = terms.reduce(Int64(96 << 20)) { $0 + (report["serving"]?[$1]?.intValue ?? 0) }
        #expect(report["serving"]?["total_bytes"]?.intValue == sum)
        #expect(report["tensors"]?.arrayValue?.count == 29)
        #expect(try CommandRun(["inspect", Self.model]).output.contains("366.2 k (366240) in 29 tensors"))
    }

    @Test func part4_whatEndsTheStartIsALineOfTheLogToo() throws {
        let run = try CommandRun(["serve", "--model", "Qwen/none", "--port", "0", "--log.format", "json"])
        #expect(run.code == 1)
        let lines = run.errors.split(separator: "\n")
        #expect(!lines.isEmpty)
        for line in lines { #expect(try JSONParser.parse(String(line), limits: .request)["msg"] != nil, "\(line)") }
        #expect(lines.last?.contains("hf download") == true && lines.last?.contains(#""level":"error""#) == true)
    }

    @Test func part4_namesOfTheHubAreRecognised() throws {
        let run = try CommandRun(["inspect", "Qwen/Qwen2.5-0.5B-Instruct"])
        #expect(run.code != 0)
        #expect(run.errors.contains("hf download Qwen/Qwen2.5-0.5B-Instruct --local-dir Qwen2.5-0.5B-Instruct"))
        #expect(try !CommandRun(["inspect", "models/a.gguf"]).errors.contains("hf download"))
    }

    /// What a conversion did not do is said.
    @Test func part4_convertSaysWhatItDid() throws {
        let target = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: target) }
        let nothing = try CommandRun(["convert", Self.model, target, "--quantize", "Q8_0"])
        #expect(nothing.code == 0 && nothing.errors.contains("nothing was quantised"))
        let source = Self.model.replacingOccurrences(of: "llama-tiny-Q8_0.gguf", with: "checkpoints/qwen2-tiny")
        let mixed = try CommandRun(["convert", source, target, "--quantize", "Q4_K_M", "--force"])
        #expect(mixed.code == 0 && mixed.output.contains("matrices: "))
        #expect(mixed.errors.contains("are no whole blocks of Q4_K: "), "\(mixed.errors)")
        #expect(try CommandRun(["convert", source, target, "--quantize", "q4_k_x"]).code == 64)
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

    @Test func firstHour_chatNamesModelAndParametersAtOnce() throws {
        let server = try ServerProcess(["--model.name", "small"])
        let url = "http://127.0.0.1:\(server.port ?? 0)"
        let chat = ["chat", "--url", url, "--set", "max_tokens=4"]
        let named = try CommandRun(chat + ["--model", "small"], input: "Hello\n/model\n")
        #expect(named.code == 0 && named.errors.contains("* small"), "\(named.errors)")
        let other = try CommandRun(chat + ["-m", "large"], input: "Hello\n")
        #expect(other.code == 1 && other.errors.contains("no model 'large'; it has 'small'"), "\(other.errors)")
        let range = try CommandRun(chat, input: "/params temperature=9\n")
        #expect(range.code == 1 && range.errors.contains("'temperature' must be") && range.output.isEmpty)
        for (line, error) in [
            ("max_tokens=0", "'max_tokens' must be at least 1"), ("min_tokens=50", "'min_tokens' must not exceed"),
            ("temperature=0 top_p=2", "'top_p' must be"), ("temperature=x top_p=1", "temperature takes a number"),
        ] {
            let run = try CommandRun(chat, input: "/params \(line)\n")
            #expect(run.code == 1 && run.errors.contains(error), "\(line): \(run.errors)")
        }
        let several = try CommandRun(chat, input: "/params temperature=0, top_p=0.5  min_tokens=2\n")
        for line in ["temperature=0\n", "top_p=0.5\n", "min_tokens=2\n", "max_tokens=4\n"] {
            #expect(several.code == 0 && several.errors.contains(line), "\(several.errors)")
        }
        let flag = try CommandRun(["chat", "--url", url, "--set", "top_p=2"])
        #expect(flag.code == 1 && flag.errors.contains("'top_p' must be"))
        let nobody = try CommandRun(["chat", "--url", "http://127.0.0.1:1"])
        #expect(nobody.code == 1 && nobody.errors.contains("no server answers at http://127.0.0.1:1"))
    }

    @Test func firstHour_aWordThatIsNoCommandIsNamed() throws {
        let run = try CommandRun(["pull", "qwen"])
        #expect(run.code == 64 && run.errors.hasPrefix("Error: no command 'pull'; the commands are serve, chat, "))
        #expect(try CommandRun(["help", "serve"]).code == 0)
        #expect(try CommandRun(["--version"]).code == 0)
    }

    @Test func firstHour_theModelOfServeIsGivenInEveryUsualWay() throws {
        let none = try CommandRun(["serve"])
        #expect(none.code == 64 && none.errors.contains("no model: give --model PATH"), "\(none.errors)")
        for way in [["/none.gguf"], ["-m", "/none.gguf"], ["--model", "/none.gguf"], ["--model.path", "/none.gguf"]] {
            let run = try CommandRun(["serve"] + way)
            #expect(run.code == 1 && run.errors.contains("/none.gguf: "), "\(way): \(run.errors)")
        }
        let twice = try CommandRun(["serve", "a.gguf", "-m", "b.gguf"])
        #expect(twice.code == 64 && twice.errors.contains("given twice"))
    }

    @Test func firstHour_helpIsShortAndTheRestIsThere() throws {
        for command in ["serve", "perplexity", "bench model", "chat"] {
            let short = try CommandRun(command.split(separator: " ").map(String.init) + ["--help"]).output
            #expect(short.contains("--threads") && !short.contains("--engine.page_tokens"), "\(command)")
            #expect(short.split(separator: "\n").count < 100, "\(command)")
        }
        #expect(try CommandRun(["serve", "--help-hidden"]).output.contains("--engine.page_tokens"))
    }

    @Test func firstHour_inspectExitsWithOneWhereNothingCanBeServed() throws {
        #expect(try CommandRun(["inspect", Self.model, "--engine.memory_bytes", "1MB"]).code == 1)
        #expect(try CommandRun(["inspect", Self.model, "--engine.memory_bytes", "1GB"]).code == 0)
    }

    @Test func firstHour_withoutProcNoCommandSucceeds() throws {
        // Needs a namespace of its own; where that is not allowed, there is nothing to see.
        let script = "mount -t tmpfs none /proc && exec \"$0\" health"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["--mount", "sh", "-c", script, ServerProcess.program.path]
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let errors = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus != 0)
        #expect(errors.contains("/proc is not mounted") || errors.contains("unshare") || errors.contains("mount"))
    }

    @Test func healthTellsByItsExitCode() throws {
        #expect(try CommandRun(["health", "--url", "http://127.0.0.1:1", "--quiet"]).code == 1)
        #expect(try CommandRun(["health", "--url", "ftp://x"]).code == 1)
    }
}

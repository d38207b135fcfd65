import Foundation
import JSON
import Testing

/// Start and end of the process.
@Suite(.serialized) struct LifecycleTests {
    private static let chat = "/v1/chat/completions"

    @Test func aRunningStreamIsFinishedBeforeTheEnd() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try client.send("POST", Self.chat, ServingTests.question(tokens: 3000, stream: true))
        try client.wait(for: #""content":""#)
        server.signal(SIGTERM)
        let reply = try client.readReply()
        #expect(reply.body.hasSuffix("data: [DONE]\n\n"))
        #expect(try reply.events().compactMap { $0["choices"]?[0]?["finish_reason"]?.stringValue } == ["length"])
        #expect(try client.isClosedByPeer())
        #expect(server.exitCode() == 0)
        #expect(throws: (any Error).self) { try server.reply("GET", "/health") }
    }

    @Test func whatExceedsTheGraceIsCancelledAndTheEndIsStillClean() throws {
        let server = try ServerProcess(["--shutdown.grace_seconds", "0"], model: ServerProcess.slowModel)
        let client = try server.connect()
        try client.send("POST", Self.chat, ServingTests.question(tokens: 8000, stream: true))
        try client.wait(for: #""content":""#)
        server.signal(SIGTERM)
        #expect(server.exitCode() == 0)
        let text = try client.readReply()
        #expect(text.body.hasSuffix("data: [DONE]\n\n"))
        #expect(!text.body.contains(#""finish_reason":"length""#))
    }

    @Test func aSecondSignalEndsAtOnce() throws {
        let server = try ServerProcess(model: ServerProcess.slowModel)
        let client = try server.connect()
        try client.send("POST", Self.chat, ServingTests.question(tokens: 8000, stream: true))
        try client.wait(for: #""content":""#)
        server.signal(SIGTERM)
        server.signal(SIGINT)
        #expect(server.exitCode() == 1)
    }

    @Test func hangupReadsTheSettingsAgain() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".toml")
        try "[shutdown]\ngrace_seconds = 100\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let server = try ServerProcess(["--config", file.path])
        try "[shutdown]\ngrace_seconds = 0\n[engine]\nthreads = 1\n".write(to: file, atomically: true, encoding: .utf8)
        server.signal(SIGHUP)
        // The two signals come from sources of their own: only what is in the log has happened.
        for _ in 0..<100_000 where !server.log.contains("settings read again") {
            _ = try server.reply("GET", "/health")
        }
        server.signal(SIGTERM)
        #expect(server.exitCode() == 0)
        #expect(server.log.contains("settings read again"))
        #expect(server.log.contains("engine.threads"))
        #expect(server.log.contains("grace_seconds=0.0"))
    }

    @Test func hangupReadsTheKeysAgainAndNeverOpensTheDoor() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try "old-key\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let server = try ServerProcess(["--api-key-file", file.path])
        func status(_ key: String) throws -> Int {
            try server.reply("GET", "/v1/models", fields: ["authorization: Bearer \(key)"]).status
        }
        #expect(try status("old-key") == 200)
        try "new-key\n".write(to: file, atomically: true, encoding: .utf8)
        server.signal(SIGHUP)
        // Each attempt is a request of its own; the signal is handled while they come in.
        var isTaken = false
        for _ in 0..<100_000 where !isTaken { isTaken = try status("new-key") == 200 }
        #expect(isTaken)
        #expect(try status("old-key") == 401)
        try "".write(to: file, atomically: true, encoding: .utf8)
        server.signal(SIGHUP)
        for _ in 0..<100_000 where !server.log.contains("nothing has changed") { _ = try status("new-key") }
        #expect(server.log.contains("nothing has changed"))
        #expect(try status("new-key") == 200)
        #expect(try server.reply("GET", "/v1/models").status == 401)
    }

    @Test func d14_aByteOrderMarkIsNoPartOfTheFirstKey() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try "\u{feff}first-key\nsecond-key\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let server = try ServerProcess(["--api-key-file", file.path])
        for key in ["first-key", "second-key"] {
            #expect(
                try server.reply("GET", "/v1/models", fields: ["authorization: Bearer \(key)"]).status == 200)
        }
    }

    @Test func d14_aKeyThatNobodyCanSendIsNamedByItsLine() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        let long = String(repeating: "k", count: 20_000)
        for (text, message) in [
            ("# keys\n\ngood\n\(long)\n", "the key in line 4 has 20000 bytes"),
            ("good\nb\u{0}d\n", "the key in line 2 contains a control character"),
            ("\u{feff}\n# none\n", "holds no key"),
            ("good\n\u{feff}kkkk\n", "the key in line 2 contains a character that nobody sees (U+FEFF)"),
            ("good\n\nkk\u{200b}kk\n", "the key in line 3 contains a character that nobody sees (U+200B)"),
            ("good\n\u{feff}# a\n", "the key in line 2 contains a character that nobody sees (U+FEFF)"),
            ("kk kk # mine\n", "the key in line 1 contains a blank (U+0020)"),
            ("kk\u{a0}kk\n", "the key in line 1 contains a blank (U+00A0)"),
        ] {
            try text.write(to: file, atomically: true, encoding: .utf8)
            let run = try CommandRun(
                ["serve", "--model", ServerProcess.tinyModel, "--port", "0", "--api-key-file", file.path])
            #expect(run.code == 1)
            #expect(run.errors.contains(message) && !run.errors.contains("kkkk"), "a key is a secret")
        }
    }

    @Test func aPortInUseIsNamed() throws {
        let server = try ServerProcess()
        let second = try ServerProcess(port: Int(server.port ?? 0))
        #expect(second.port == nil)
        #expect(second.exitCode() == 1)
        #expect(second.log.contains("is in use by another program"))
        #expect(try server.reply("GET", "/health").status == 200)
    }

    @Test func tooLittleMemoryIsRefusedWithTheSum() throws {
        let server = try ServerProcess(["--engine.memory_bytes", "200MiB", "--engine.kv_bytes", "64MiB"])
        #expect(server.port == nil)
        #expect(server.exitCode() == 1)
        #expect(server.log.contains("not enough memory: weights 387.9 KiB + KV cache 64.0 MiB"))
        #expect(server.log.contains("limit 200.0 MiB (engine.memory_bytes)"))
    }

    @Test(arguments: [
        (["--model", "/nonexistent.gguf"], "/nonexistent.gguf: open: No such file or directory", 1),
        (["--model", "/proc/version"], "/proc/version", 1),
        (["--isa", "sse9"], "engine.instruction_set must be auto, scalar, neon, neondot, avx2, avx512", 64),
        (["--prot", "1"], "--prot", 64),
        (["--context", "9000"], "the model was made for 8192 tokens", 1),
        (["--engine.max_running", "600"], "engine.step_tokens (512) must be more than engine.max_running (600)", 1),
        (["--engine.page_tokens", "48"], "engine.page_tokens (48) must be a power of two", 1),
        (["--engine.page_tokens", "1024"], "engine.page_tokens must be 8 to 512", 64),
        (["--isa", "sse9"], "See 'michat serve --help'", 64),
        (["--model", "/tmp"], "/tmp: the folder has no config.json", 1),
        (["--api-key-file", "/dev/null"], "/dev/null: holds no key", 1),
        (["--host", "203.0.113.7"], "cannot listen on 203.0.113.7:0", 1),
    ])
    func whatCannotWorkIsNamed(arguments: [String], message: String, code: Int32) throws {
        let run = try CommandRun(["serve", "--model", ServerProcess.tinyModel, "--port", "0"] + arguments)
        #expect(run.code == code)
        #expect(run.errors.contains(message), "\(run.errors)")
    }

    @Test func part4_anEmptyKeyIsWarnedOf() throws {
        for (arguments, environment, isWarned) in [
            (["--api-key", ""], [:], true), ([], ["MICHAT_API_KEY": ""], true), ([], [:], false),
            (["--api-key", "k"], [:], false),
        ] as [([String], [String: String], Bool)] {
            let server = try ServerProcess(arguments, environment: environment)
            #expect(server.port != nil, "\(server.log)")
            #expect(server.log.contains("the key that was given is empty") == isWarned, "\(arguments)")
        }
    }

    @Test func firstHour_listeningBeyondLoopbackWithoutAKeyIsWarnedOf() throws {
        for (arguments, isWarned) in [
            (["--host", "0.0.0.0"], true), (["--host", "127.0.0.1"], false),
            (["--host", "0.0.0.0", "--api-key", "k"], false),
        ] {
            let server = try ServerProcess(arguments)
            #expect(server.port != nil, "\(server.log)")
            #expect(server.log.contains("beyond loopback without a key") == isWarned, "\(arguments)")
            #expect(server.log.contains("level=warning") == isWarned)
        }
    }

    @Test func firstHour_theCredentialOfTheServiceManagerIsUsedByItself() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = ["CREDENTIALS_DIRECTORY": folder.path]
        for (text, status) in [("a-key\n", 401), ("# no keys", 200)] {
            try text.write(to: folder.appendingPathComponent("api-keys"), atomically: true, encoding: .utf8)
            let server = try ServerProcess(environment: environment)
            #expect(try server.reply("GET", "/v1/models").status == status)
        }
        try "\n".write(to: folder.appendingPathComponent("api-keys"), atomically: true, encoding: .utf8)
        let server = try ServerProcess(environment: environment)
        #expect(server.port == nil && server.log.contains("api-keys: holds no key"))
    }

    @Test func firstHour_theStartSaysHowMuchOfTheContextIsServed() throws {
        let server = try ServerProcess(["--context", "512"])
        #expect(server.log.contains("context 512 of 8192 (--context)"), "\(server.log)")
    }

    @Test func anUnknownVariableIsNamed() throws {
        let run = try CommandRun(["serve", "--print-config"], environment: ["MICHAT_PROT": "1"])
        #expect(run.code == 64)
        #expect(run.errors.contains("unknown variable MICHAT_PROT; did you mean MICHAT_PORT?"))
    }

    @Test func theConfigurationIsPrintedWithItsOrigins() throws {
        let run = try CommandRun(
            ["serve", "--print-config", "--port", "1"],
            environment: ["MICHAT_HTTP_API_KEY": "hush", "MICHAT_HOST": "::1"])
        #expect(run.code == 0)
        #expect(run.output.contains(/port = 1 +# --port\n/))
        #expect(run.output.contains(/host = "::1" +# MICHAT_HOST\n/))
        #expect(!run.output.contains("hush"))
    }
}

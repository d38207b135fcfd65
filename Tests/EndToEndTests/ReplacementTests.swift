import Foundation
import JSON
import Synchronization
import Testing

/// A model in the place of another one, in a process that answers meanwhile.
@Suite(.serialized) struct ReplacementTests {
    private static let chat = "/v1/chat/completions"
    private static let models = ["llama-tiny-Q8_0", "qwen2-tiny-Q8_0"]

    private static func fixture(_ name: String) -> String {
        URL(fileURLWithPath: ServerProcess.tinyModel).deletingLastPathComponent()
            .appendingPathComponent(name + ".gguf").path
    }

    /// A settings file and a link, which a server serves; both can name something else later.
    private final class Installed {
        let folder: URL
        let server: ServerProcess
        var link: String { folder.appendingPathComponent("model.gguf").path }

        init(_ arguments: [String] = []) throws {
            folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let settings = folder.appendingPathComponent("m.toml").path
            try Self.install(ReplacementTests.models[0], in: folder)
            server = try ServerProcess(
                ["--config", settings, "--threads", "1"] + arguments,
                model: folder.appendingPathComponent("model.gguf").path)
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        /// Puts a model into the place of the other, as an administrator does: by names alone.
        private static func install(_ model: String, in folder: URL) throws {
            let link = folder.appendingPathComponent("model.gguf")
            try? FileManager.default.removeItem(at: link)
            try FileManager.default.createSymbolicLink(
                atPath: link.path, withDestinationPath: ReplacementTests.fixture(model))
            try "[model]\nname = \"\(model)\"\n".write(
                to: folder.appendingPathComponent("m.toml"), atomically: true, encoding: .utf8)
        }

        func install(_ model: String) throws { try Self.install(model, in: folder) }

        /// Waits until the log says so `count` times.
        func wait(for text: String, count: Int) throws {
            while server.log.components(separatedBy: text).count <= count { _ = try server.reply("GET", "/health") }
        }
    }

    /// Asks again and again until told to stop; returns what went wrong, and which model answered under which fingerprint.
    private final class Asker: Sendable {
        private let isOver = Mutex(false)
        private let state = Mutex<(count: Int, faults: [String], seen: [String: Set<String>])>((0, [], [:]))
        private let group = DispatchGroup()

        init(_ server: ServerProcess, workers: Int) {
            for worker in 0..<workers {
                group.enter()
                let thread = Thread { [self] in
                    while !isOver.withLock({ $0 }) { ask(server, isStream: worker % 2 == 0) }
                    group.leave()
                }
                thread.start()
            }
        }

        /// Answers so far.
        var count: Int { state.withLock { $0.count } }

        func stop() -> (count: Int, faults: [String], seen: [String: Set<String>]) {
            isOver.withLock { $0 = true }
            group.wait()
            return state.withLock { $0 }
        }

        private func ask(_ server: ServerProcess, isStream: Bool) {
            do {
                let body = ServingTests.question(tokens: 60, stream: isStream)
                let reply = try server.reply("POST", ReplacementTests.chat, body)
                guard reply.status == 200 else { return fault("\(reply.status): \(reply.body)") }
                let parts = try isStream ? reply.events() : [reply.json()]
                let names = Set(parts.compactMap { $0["model"]?.stringValue })
                let prints = Set(parts.compactMap { $0["system_fingerprint"]?.stringValue })
                let endings = parts.compactMap { $0["choices"]?[0]?["finish_reason"]?.stringValue }
                let isWhole = !isStream || reply.body.hasSuffix("data: [DONE]\n\n")
                guard names.count == 1, prints.count == 1, endings == ["length"], isWhole else {
                    return fault("\(names) \(prints) \(endings) \(isWhole)")
                }
                state.withLock { state in
                    state.count += 1
                    for name in names { state.seen[name, default: []].formUnion(prints) }
                }
            } catch {
                fault("\(error)")
            }
        }

        private func fault(_ text: String) { state.withLock { $0.faults.append(text) } }
    }

    @Test func modelsChangeUnderRequestsAndNoneIsLostOrCut() throws {
        let installed = try Installed()
        let server = installed.server
        let asker = Asker(server, workers: 3)
        for round in 1...6 {
            // Some are answered by each model, and some are under way.
            let before = asker.count
            while asker.count < before + 3 { _ = try server.reply("GET", "/health") }
            try installed.install(Self.models[round % 2])
            if round % 2 == 0 {
                let reply = try server.reply("POST", "/admin/reload")
                #expect(reply.status == 200, "\(reply.body)")
                #expect(try reply.json()["status"] == "replaced")
                #expect(try reply.json()["model"]?.stringValue == Self.models[0])
            } else {
                server.signal(SIGHUP)
            }
            try installed.wait(for: "model replaced", count: round)
        }
        let (count, faults, seen) = asker.stop()
        #expect(faults.isEmpty && count >= 18, "\(faults.prefix(3))")
        #expect(seen.keys.sorted() == Self.models && seen.values.allSatisfy { $0.count == 1 }, "\(seen)")
        #expect(Set(seen.values.flatMap { $0 }).count == 2)
        let metrics = try server.reply("GET", "/metrics").body
        #expect(metrics.contains("michat_reloads_total{result=\"replaced\"} 6\n"))
        server.signal(SIGTERM)
        #expect(server.exitCode() == 0)
    }

    @Test func aBrokenModelLeavesTheOldOneAndSaysWhy() throws {
        let installed = try Installed()
        let server = installed.server
        try Data("no model".utf8).write(to: installed.folder.appendingPathComponent("broken.gguf"))
        try FileManager.default.removeItem(atPath: installed.link)
        try FileManager.default.createSymbolicLink(
            atPath: installed.link, withDestinationPath: installed.folder.appendingPathComponent("broken.gguf").path)
        let reply = try server.reply("POST", "/admin/reload")
        #expect(reply.status == 500)
        #expect(try reply.json()["error"]?["code"] == "reload_failed")
        let message = try reply.json()["error"]?["message"]?.stringValue ?? ""
        #expect(message.contains("model.gguf"), "\(message)")
        try installed.wait(for: "the one before it goes on", count: 1)
        #expect(try server.reply("GET", "/metrics").body.contains("michat_reloads_total{result=\"failed\"} 1\n"))
        let answer = try server.reply("POST", Self.chat, ServingTests.question(tokens: 5, stream: false))
        #expect(try answer.json()["model"]?.stringValue == Self.models[0])
        try installed.install(Self.models[1])
        #expect(try server.reply("POST", "/admin/reload").json()["status"] == "replaced")
        #expect(try server.reply("POST", "/admin/reload").json()["status"] == "unchanged")
    }

    @Test func aServerThatIsToldToStopWhileItLoadsStops() throws {
        let installed = try Installed()
        let client = try installed.server.connect()
        try client.send("POST", Self.chat, ServingTests.question(tokens: 3000, stream: true))
        try client.wait(for: #""content":""#)
        try installed.install(Self.models[1])
        installed.server.signal(SIGHUP)
        installed.server.signal(SIGTERM)
        #expect(try client.readReply().body.hasSuffix("data: [DONE]\n\n"))
        #expect(installed.server.exitCode() == 0)
    }

    @Test func withAKeyOnlyWhoHasItReloads() throws {
        let installed = try Installed(["--api-key", "k"])
        #expect(try installed.server.reply("POST", "/admin/reload").status == 401)
        let reply = try installed.server.reply("POST", "/admin/reload", fields: ["authorization: Bearer k"])
        #expect(try reply.status == 200 && reply.json()["status"] == "unchanged")
    }
}

import Foundation
import Testing

/// What the process leaves behind, and how it ends when something goes away below it.
@Suite struct ProcessGuardTests {
    @Test func d16_aCrashLeavesNoCoreFileUnlessThatIsWanted() throws {
        func coreLimit(_ arguments: [String]) throws -> String {
            let server = try ServerProcess(arguments)
            let limits = try String(contentsOfFile: "/proc/\(server.identifier)/limits", encoding: .utf8)
            let line = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
            return line.map { String($0.dropFirst(26).prefix { $0 != " " }) } ?? ""
        }
        #expect(try coreLimit([]) == "0")
        let own = try String(contentsOfFile: "/proc/self/limits", encoding: .utf8)
        let inherited = own.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
        #expect(
            try coreLimit(["--process.core_dumps", "true"])
                == inherited.map { String($0.dropFirst(26).prefix { $0 != " " }) })
    }

    @Test func theAddressSpaceIsAMemoryLimit() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", "ulimit -v 1500000; exec \"$0\" serve --model \"$1\" --port 0 --engine.kv_bytes 1GiB",
            ServerProcess.program.path, ServerProcess.tinyModel,
        ]
        let pipe = Pipe()
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 1)
        #expect(text.contains("not enough memory") && text.contains("(address space, ulimit -v)"), "\(text)")
    }

    @Test func l7_cachedWeightsThatAreCutShortEndTheProcessWithALine() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let model = URL(fileURLWithPath: ServerProcess.tinyModel).deletingLastPathComponent()
            .appendingPathComponent("checkpoints/llama3-tiny").path
        let arguments = ["--quantize", "q8_0", "--model.cache_dir", folder.path]
        let first = try ServerProcess(arguments, model: model)
        first.signal(SIGTERM)
        #expect(first.exitCode() == 0)
        let second = try ServerProcess(arguments, model: model)
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).map {
            folder.appendingPathComponent($0)
        }
        let cached = files.filter { (try? FileHandle(forWritingTo: $0)) != nil && !$0.hasDirectoryPath }
        #expect(!cached.isEmpty)
        for file in cached {
            let handle = try FileHandle(forWritingTo: file)
            try handle.truncate(atOffset: 64)
            try handle.close()
        }
        _ = try? second.reply("POST", "/v1/completions", #"{"prompt":"a","max_tokens":4}"#)
        #expect(second.exitCode() == 70)
        #expect(second.log.contains("has been cut short"))
    }
}

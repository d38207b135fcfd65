import Foundation
import Platform
import Synchronization

/// A running `michat`, with what it has written to standard error.
final class ServerProcess: Sendable {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// The port it chose; nil when it ended before it was ready.
    let port: UInt16?
    private let process: Process
    private let output: Output
    /// The end of the pipe that its log comes out of.
    private let handleOfLog: FileHandle
    private let ended = DispatchSemaphore(value: 0)
    /// The control group that it runs in; it must be empty before it goes.
    private let group: ControlGroup?

    /// Lines that arrived, and whether more can come.
    private final class Output: Sendable {
        private let text = Mutex("")
        var all: String { text.withLock { $0 } }
        func append(_ more: String) { text.withLock { $0 += more } }
    }

    /// The program that was built beside this test.
    static var program: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("michat")
    }

    /// A small model of the repository.
    static var tinyModel: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/llama-tiny-Q8_0.gguf").path
    }

    /// The default model, if the suite was given one.
    static var realModel: String? { ProcessInfo.processInfo.environment["MICHAT_TEST_MODEL"] }

    /// A model whose long answers outlast whatever else a busy machine does meanwhile.
    static var slowModel: String { realModel ?? tinyModel }

    /// Starts `michat serve` and waits until it is ready or has ended.
    init(
        _ arguments: [String] = [], model: String = tinyModel, port wanted: Int = 0,
        environment: [String: String] = [:],
        readsLog: Bool = true, in group: ControlGroup? = nil
    ) throws {
        process = Process()
        let own = (program: Self.program, arguments: ["serve", "--model", model, "--port", "\(wanted)"] + arguments)
        let command = group?.command(own.program, own.arguments) ?? own
        process.executableURL = command.program
        process.arguments = command.arguments
        self.group = group
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardError = pipe
        let ended = ended
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        let output = Output()
        self.output = output
        let handle = pipe.fileHandleForReading
        var seen = ""
        var port: UInt16?
        while port == nil {
            let data = handle.availableData
            guard !data.isEmpty else { break }
            seen += String(decoding: data, as: UTF8.self)
            let match = seen.firstMatch(of: /(?:michat is ready at |"address":")http:\/\/127\.0\.0\.1:(\d+)["\n]/)
            port = match.flatMap { UInt16($0.1) }
        }
        output.append(seen)
        self.port = port
        handleOfLog = handle
        guard readsLog else { return }
        // What comes later must be read as well, or the process would wait for us.
        let reader = Thread {
            while true {
                let data = handle.availableData
                if data.isEmpty { return }
                output.append(String(decoding: data, as: UTF8.self))
            }
        }
        reader.start()
    }

    deinit {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        if group != nil { ended.wait() }
    }

    /// Its number in the system.
    var identifier: Int32 { process.processIdentifier }

    /// Everything on standard error so far.
    var log: String { output.all }

    /// Begins to look at the memory of the process again and again.
    func watchMemory() -> MemoryWatch { MemoryWatch(process.processIdentifier) }

    /// Sends a signal.
    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end and returns the exit code; a death by signal is its negative number.
    func exitCode() -> Int32 {
        ended.wait()
        ended.signal()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// A new connection to it.
    func connect() throws -> Client {
        guard let port else { throw Failure(description: "the server did not start: \(log)") }
        return try Client(port: port)
    }

    /// One request on a connection of its own.
    func reply(_ method: String, _ path: String, _ body: String = "", fields: [String] = []) throws -> Reply {
        let client = try connect()
        try client.send(method, path, body, fields: fields)
        return try client.readReply()
    }
}

/// Runs a command to its end.
struct CommandRun {
    let code: Int32
    let output: String
    let errors: String

    init(_ arguments: [String], environment: [String: String] = [:], input: String = "") throws {
        let process = Process()
        process.executableURL = ServerProcess.program
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        try process.run()
        stdin.fileHandleForWriting.write(Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        output = String(decoding: stdout.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        errors = String(decoding: stderr.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        code = process.terminationStatus
    }
}

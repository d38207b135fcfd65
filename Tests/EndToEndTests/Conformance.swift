import Foundation
import JSON
import Testing

/// `michat conform` against a good server and against one that is wrong in one point.
struct Conformance {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// What a run said about each statement.
    struct Verdicts {
        let code: Int32
        let seen: [Int: (status: String, seen: String)]

        func numbers(_ status: String) -> Set<Int> { Set(seen.filter { $0.value.status == status }.keys) }
    }

    /// Statements that nobody can judge here: no stream fails by itself.
    static let unjudged: Set<Int> = [60]
    /// Statements that take long and see nothing of other faults: contexts to fill, queues to overflow.
    private static let slow: Set<Int> = [27, 58, 59]
    private static let key = "a-key"

    /// The good server: a small model behind a template that knows tools and thinking, and a short queue.
    static let shared: Result<Conformance, any Error> = Result {
        let conformance = try Conformance()
        atexit { try? Conformance.shared.get().end() }
        return conformance
    }

    private let server: ServerProcess
    private let relay: Process
    private let relayPort: Int
    /// Every fault of the broken server, with the statements that must fail.
    let faults: [String: Set<Int>]

    private init() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/conform")
        server = try ServerProcess([
            "--http.api_key", Self.key, "--engine.context", "1024", "--engine.max_running", "4", "--engine.max_waiting",
            "8", "--model.chat_template", folder.appendingPathComponent("conform.jinja").path,
        ])
        guard let port = server.port else { throw Failure(description: server.log) }
        let script = folder.appendingPathComponent("broken_server.py").path
        let list = try JSONParser.parse(Self.output(Self.python([script, "--list"])), limits: .request)
        var faults: [String: Set<Int>] = [:]
        for (name, numbers) in list.objectValue ?? [:] {
            faults[name] = Set((numbers.arrayValue ?? []).compactMap { $0.intValue.map(Int.init) })
        }
        self.faults = faults
        relay = Self.python([script, "\(port)", Self.key])
        relay.standardInput = Pipe()
        let pipe = Pipe()
        relay.standardOutput = pipe
        try relay.run()
        let line = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        guard let number = Int(line.filter(\.isNumber)) else { throw Failure(description: "no port: \(line)") }
        relayPort = number
    }

    /// Ends both processes; a shared value has no other end than that of the tests.
    private func end() {
        server.signal(SIGKILL)
        relay.terminate()
    }

    private static func python(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        return process
    }

    private static func output(_ process: Process) throws -> String {
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }

    /// Runs the command against the good server or, with a fault, against the broken one.
    func run(_ numbers: Set<Int>, fault: String? = nil, timeoutSeconds: Int = 20) throws -> Verdicts {
        let url = fault.map { "http://127.0.0.1:\(relayPort)/\($0)/v1" } ?? "http://127.0.0.1:\(server.port ?? 0)"
        let run = try CommandRun([
            "conform", "--url", url, "--api-key", Self.key, "--json", "--overload", "--timeout",
            "\(timeoutSeconds)", "--only",
            numbers.sorted().map(String.init).joined(separator: ","),
        ])
        guard let report = try? JSONParser.parse(run.output, limits: .request) else {
            throw Failure(description: "no report: \(run.output.prefix(200)) \(run.errors.prefix(200))")
        }
        var seen: [Int: (status: String, seen: String)] = [:]
        for row in report["results"]?.arrayValue ?? [] {
            guard let number = row["number"]?.intValue, let status = row["status"]?.stringValue else { continue }
            seen[Int(number)] = (status, row["seen"]?.stringValue ?? "")
        }
        for (name, status) in [("passed", "pass"), ("failed", "fail"), ("skipped", "skip")] {
            #expect(report[name]?.intValue == Int64(seen.values.count { $0.status == status }))
        }
        return Verdicts(code: run.code, seen: seen)
    }

    /// The statement holds here, and every fault that belongs to it is seen, with what follows from it and nothing else.
    static func judge(_ number: Int) throws {
        let conformance = try shared.get()
        let here = try conformance.run([number])
        let verdict = here.seen[number]
        let isJudged = !unjudged.contains(number)
        #expect(verdict?.status == (isJudged ? "pass" : "skip"), "\(number): \(verdict?.seen ?? "not judged")")
        #expect(here.code == (here.numbers("fail").isEmpty ? 0 : 1))
        let mine = conformance.faults.filter { $0.value.min() == number }
        let isSeen = conformance.faults.values.contains { $0.contains(number) }
        #expect(isSeen || !isJudged, "no fault shows that \(number) can fail")
        for (fault, expected) in mine.sorted(by: { $0.key < $1.key }) {
            let chosen = Set(1...65).subtracting(slow).union(expected)
            let verdicts = try conformance.run(chosen, fault: fault)
            let failed = verdicts.numbers("fail")
            let odd = failed.symmetricDifference(expected).sorted()
            let seen = odd.map { "\($0): \(verdicts.seen[$0]?.seen ?? "")" }
            #expect(failed == expected, "\(fault): \(seen)")
            #expect(verdicts.code == 1)
        }
    }
}

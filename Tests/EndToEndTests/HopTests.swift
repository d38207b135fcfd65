import Foundation
import Testing

/// The pages about a request's way and about threads, held beside a running server.
@Suite(.serialized) struct HopTests {
    /// A request of the page, and the marks of the rows that it passes besides those without a mark.
    enum Kind: CaseIterable, Sendable {
        case streamed, streamedWithHeader, whole

        var marks: Set<String> {
            switch self {
            case .streamed: ["stream"]
            case .streamedWithHeader: ["stream", "SDK"]
            case .whole: ["whole"]
            }
        }
        var fields: [String] { self == .streamedWithHeader ? ["x-stainless-retry-count: 0"] : [] }
    }

    /// A row of the page, or a line of the log.
    struct Hop { let name: String, place: String }

    private static func page(_ name: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(
            contentsOf: root.appendingPathComponent("Sources/michat/michat.docc/\(name).md"), encoding: .utf8)
    }

    /// The rows of a kind, with where they run.
    private static func listed(_ kind: Kind) throws -> [Hop] {
        try page("LifeOfARequest").matches(of: /\n\| \d+ \| ([^|]*) \| `([^`]+)` \| *(\w*) *\|/).compactMap { row in
            row.3.isEmpty || kind.marks.contains(String(row.3)) ? Hop(name: String(row.2), place: String(row.1)) : nil
        }
    }

    /// What a server passes that is asked once, with the number of the thread.
    private static func passed(_ kind: Kind) throws -> [Hop] {
        let server = try ServerProcess(["--log.trace_requests", "true"])
        let warmUp = server.log.count
        let question = ServingTests.question(tokens: 4, stream: kind != .whole)
        #expect(try server.reply("POST", "/v1/chat/completions", question, fields: kind.fields).status == 200)
        server.signal(SIGTERM)
        #expect(server.exitCode() == 0)
        return server.log.dropFirst(warmUp).matches(of: /hop=([\w.]+) request=\S+ thread="(\d+) \(/).map {
            Hop(name: String($0.1), place: String($0.2))
        }
    }

    /// The first hops that have these names in this order, as far as there are any.
    private static func way(_ names: some Collection<String>, in passed: [Hop]) -> [Hop] {
        var rest = names[...]
        return passed.filter { hop in
            guard hop.name == rest.first else { return false }
            rest = rest.dropFirst()
            return true
        }
    }

    private static func changes(_ hops: some Collection<Hop>) -> Int {
        zip(hops, hops.dropFirst()).count { $0.place != $1.place }
    }

    @Test(arguments: Kind.allCases) func thePageListsEveryHopInOrder(kind: Kind) throws {
        let (listed, passed) = (try Self.listed(kind), try Self.passed(kind))
        let names = listed.map(\.name)
        #expect(Set(passed.map(\.name)) == Set(names))
        #expect(Self.way(names, in: passed).map(\.name) == names)
        // From the first token to the socket.
        guard let start = names.firstIndex(of: "EngineLoop.deliver") else { throw CancellationError() }
        let way = Self.way(names[start...], in: passed)
        #expect(way.count == names.count - start)
        #expect(Self.changes(way) <= 3)
        #expect(Self.changes(listed[start...]) == (kind == .whole ? 3 : 2))
        let objects = names.filter {
            $0.hasSuffix(kind == .whole ? ".respond" : ".write") && $0 != "SharedAnswer.write"
        }
        #expect(objects.count == 2)
    }

    @Test func thePageListsEveryThread() throws {
        let part = try Self.page("Threads").components(separatedBy: "## Queues")[0]
        let names = part.matches(of: /\n\| `([^`]+)` \|/).map { String($0.1) }
        #expect(names.contains("engine"))
        let server = try ServerProcess(["--threads", "2"])
        let form = #","response_format":{"type":"json_object"}"#
        let questions = [
            ServingTests.question(stream: true), ServingTests.question(), ServingTests.question(more: form),
            ServingTests.question(more: #","user":"\#(String(repeating: "u", count: 300_000))""#),
        ]
        var threads = Set<String>()
        for question in questions {
            _ = try server.reply(
                "POST", "/v1/chat/completions", question, fields: ["x-stainless-retry-count: 0"])
            threads.formUnion(try Self.threads(of: server.identifier))
        }
        #expect(threads.isSuperset(of: ["michat", "engine", "delivery", "compute-1"]))
        for thread in threads {
            let isListed = names.contains { $0.hasSuffix("-") ? thread.hasPrefix($0) : thread == $0 }
            #expect(isListed, "\(thread) is not in Threads.md")
        }
    }

    /// The names that the kernel shows of a process's threads.
    private static func threads(of process: Int32) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").compactMap { thread in
            // A thread may end while it is looked at.
            try? String(contentsOfFile: "/proc/\(process)/task/\(thread)/comm", encoding: .utf8)
                .trimmingCharacters(in: .newlines)
        }
    }
}

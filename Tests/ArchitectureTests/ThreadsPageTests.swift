import Foundation
import Testing

/// The page about threads names every thread and queue of the sources, and no other.
@Suite struct ThreadsPageTests {
    /// The names in the first column of a section's table.
    private func names(_ section: String) throws -> Set<String> {
        let page = try Repository.text("Sources/michat/michat.docc/Threads.md")
        let part = try #require(page.components(separatedBy: "## \(section)\n").dropFirst().first)
        let table = part.components(separatedBy: "\n## ")[0]
        return Set(table.matches(of: /\n\| `([^`]+)` \|/).map { String($0.1) })
    }

    /// What every match of the pattern names in the sources, up to a number.
    private func labels(_ pattern: Regex<(Substring, Substring)>, endings: [String] = ["swift"]) throws -> Set<String> {
        try Repository.files(below: "Sources", endings: endings).reduce(into: []) { labels, path in
            labels.formUnion(try Repository.text(path).matches(of: pattern).map { String($0.1) })
        }
    }

    @Test func everyThreadIsListed() throws {
        let own = try labels(/startThread(?:IfPossible)?\(\s*named: "([^"\\]+)/)
            .union(labels(/snprintf\(name, sizeof name, "([^"%]+)%u/, endings: ["c"]))
        // The main thread's, and those of Dispatch.
        let given: Set = ["michat", "oot.default-qos", "oot.utility-qos", "-qos.overcommit"]
        #expect(!own.isEmpty)
        #expect(try names("Threads") == own.union(given))
    }

    @Test func everyQueueIsListed() throws {
        let own = try labels(/DispatchQueue\(\s*label: "([^"\\]+)/)
            .union(labels(/QueueExecutor\(\s*label: "([^"\\]+)/))
            .union(labels(/DispatchQueue\.global\(qos: \.(\w+)\)/))
        #expect(!own.isEmpty)
        #expect(try names("Queues") == own)
    }

    /// Nothing stands in front of a connection and forwards what it is told.
    @Test func oneTypeIsAnExchange() throws {
        let conforming = try labels(
            /(?:class|actor|struct|enum|extension) (\w+)[^{\n]*: [^{\n]*\b(?:Exchange|ResponseWriter|ConnectionExecutor)\b/
        )
        #expect(conforming == ["RequestExchange"])
    }
}

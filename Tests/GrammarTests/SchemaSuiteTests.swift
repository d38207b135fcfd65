import Foundation
import Grammar
import JSON
import Testing

/// The JSON-Schema-Test-Suite (drafts 7, 2019-09 and 2020-12) without remote documents and without formats that are
/// annotations here: `Tests/Fixtures/schemas/suite.jsonl`, a group of tests on each line.
@Suite("The test suite of JSON Schema")
struct SchemaSuiteTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/schemas")

    @Test("d9: nothing invalid is allowed; what is refused and what is left out is known")
    func d9_suite() throws {
        var found: Set<String> = []
        for line in try Data(contentsOf: Self.folder.appendingPathComponent("suite.jsonl")).split(separator: 0x0A) {
            let group = try JSONParser.parse(Array(line), limits: .file)
            found.formUnion(try outcome(of: group))
        }
        let text = try String(contentsOf: Self.folder.appendingPathComponent("suite.expected"), encoding: .utf8)
        let expected = Set(text.split(separator: "\n").map(String.init))
        for line in found.subtracting(expected).sorted() { Issue.record("not expected: \(line)") }
        for line in expected.subtracting(found).sorted() { Issue.record("did not happen: \(line)") }
        #expect(!expected.contains { $0.hasPrefix("allowed") })
    }

    /// What is to be noted of a group: a line that begins with `refused`, `left out` or `allowed`.
    private func outcome(of group: JSONValue) throws -> [String] {
        let name = try #require(group["name"]?.stringValue)
        let schema = try #require(group["schema"])
        let definition: GrammarDefinition
        do throws(GrammarError) {
            definition = try GrammarDefinition(schema: schema, options: .standard)
        } catch {
            return ["refused \(name): \(error.place): \(error.reason)"]
        }
        var lines: [String] = []
        for test in try #require(group["tests"]?.arrayValue) {
            let value = try #require(test["data"])
            let isValid = test["valid"]?.boolValue ?? false
            // Members are written in the order of the schema.
            let texts = (isValid ? RandomSchema.orders(value) : [value]).flatMap { [$0.serialized(), Self.spaced($0)] }
            let isAllowed = texts.contains { GrammarMatcher.accepts(definition, $0) }
            guard isAllowed != isValid else { continue }
            lines.append("\(isValid ? "left out" : "allowed") \(name): \(test["description"]?.stringValue ?? "")")
        }
        return lines
    }

    private static func spaced(_ value: JSONValue) -> String {
        switch value {
        case .array(let elements): return "[" + elements.map(spaced).joined(separator: ", ") + "]"
        case .object(let members):
            let parts = members.map { JSONValue.string($0.key).serialized() + ": " + spaced($0.value) }
            return "{" + parts.joined(separator: ", ") + "}"
        default: return value.serialized()
        }
    }
}

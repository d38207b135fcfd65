import FoundationEssentials
import OpenAI
import Testing

/// The page on Responses against the table by which requests are checked.
@Suite struct ResponsesPageTests {
    @Test func thePageNamesEveryField() throws {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let page = try String(contentsOfFile: root + "/Sources/michat/michat.docc/Responses.md", encoding: .utf8)
        for field in FieldTable.responses.fields {
            #expect(page.contains("`\(field.name)`"), "Responses.md does not name \(field.name)")
        }
    }
}

import JSON
import Templating
import Testing

@Suite struct GoldenTemplateTests {
    static let groups = [
        "whitespace", "literals", "operators", "printf", "lookups", "statements", "macros", "filters", "tojson",
        "tests", "methods", "injection",
    ]

    @Test(arguments: groups)
    func printsWhatPythonPrints(group: String) {
        let cases = TemplateFixtures.cases.filter { $0.group == group }
        #expect(cases.count >= 20)
        for golden in cases {
            let text = try? TemplateFixtures.render(golden.source, extra: TemplateFixtures.variables)
            #expect(text.map { Array($0.utf8) } == golden.text.map { Array($0.utf8) }, "\(golden.source)")
        }
    }

    @Test func knowsEveryGroup() {
        #expect(Set(TemplateFixtures.cases.map(\.group)) == Set(Self.groups))
        #expect(TemplateFixtures.cases.count > 500)
    }

    @Test func everyRefusalHasALine() {
        for golden in TemplateFixtures.cases where golden.text == nil {
            let error = TemplateFixtures.failure(golden.source, extra: TemplateFixtures.variables)
            #expect((error?.line ?? 0) >= 1, "\(golden.source)")
        }
    }
}

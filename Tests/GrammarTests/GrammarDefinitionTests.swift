import Grammar
import Testing

@Suite("Grammar definitions")
struct GrammarDefinitionTests {
    @Test("embedding renumbers the rules of the other definition")
    func embedding() {
        var first = GrammarDefinition(rules: [.init(name: "a", node: .bytes([97]))], root: .rule(0))
        let second = GrammarDefinition(
            rules: [
                .init(name: "b", node: .several(.rule(1), atLeast: 0, atMost: nil)), .init(name: "c", node: .rule(0)),
            ],
            root: .choice([.rule(0), .bytes([98])]))
        let root = first.embed(second)
        #expect(root == .choice([.rule(1), .bytes([98])]))
        #expect(first.rules[1].node == .several(.rule(2), atLeast: 0, atMost: nil))
        #expect(first.rules[2].node == .rule(1))
    }
}

import Grammar
import Sampling
import Testing

/// A vocabulary of all bytes and some texts; the last token ends answers and the one before is a mark without text.
struct SmallVocabulary {
    let texts: [[UInt8]]
    let vocabulary: GrammarVocabulary
    var mark: Int32 { Int32(texts.count - 2) }
    var end: Int32 { Int32(texts.count - 1) }

    init(_ longer: [String], withoutBytes: Set<UInt8> = []) {
        let bytes = (UInt8.min...UInt8.max).map { withoutBytes.contains($0) ? [] : [$0] }
        texts = bytes + longer.map { Array($0.utf8) } + [[], []]
        vocabulary = GrammarVocabulary(texts: texts, endTokens: [Int32(texts.count - 1)])
    }

    func compile(_ root: GrammarNode, rules: [GrammarNode] = []) throws(GrammarError) -> CompiledGrammar {
        let named = rules.enumerated().map { GrammarDefinition.Rule(name: "rule-\($0.offset)", node: $0.element) }
        return try CompiledGrammar(
            GrammarDefinition(rules: named, root: root), vocabulary: vocabulary, limits: .request)
    }

    func constraint(_ root: GrammarNode, rules: [GrammarNode] = []) throws -> GrammarConstraint {
        GrammarConstraint(try compile(root, rules: rules), tokenise: nil)
    }

    func token(_ text: String) throws -> Int32 {
        Int32(try #require(texts.lastIndex(of: Array(text.utf8))))
    }

    /// What may come next as texts, with `end` and `mark` for the two tokens without.
    func allowed(_ constraint: GrammarConstraint) throws -> Set<String> {
        var copy = constraint
        let tokens: [Int32] =
            switch try copy.next() {
            case .any: []
            case .exactly(let token): [token]
            case .among(let mask): (0..<Int32(texts.count)).filter { mask.allows($0) }
            }
        return Set(
            tokens.map { token in
                token == end ? "end" : token == mark ? "mark" : String(decoding: texts[Int(token)], as: UTF8.self)
            })
    }
}

extension GrammarNode {
    static func text(_ text: String) -> GrammarNode { .bytes(Array(text.utf8)) }
    static func scalars(_ range: ClosedRange<Character>) -> GrammarNode {
        .scalar([
            (range.lowerBound.unicodeScalars.first?.value ?? 0)...(range.upperBound.unicodeScalars.first?.value ?? 0)
        ])
    }
    static func many(_ node: GrammarNode, _ range: ClosedRange<Int>) -> GrammarNode {
        .several(node, atLeast: range.lowerBound, atMost: range.upperBound)
    }
}

@Suite("What a compiled grammar allows")
struct CompiledGrammarTests {
    @Test("bytes that must come are forced as their longest tokens, or as the tokeniser spells them")
    func forced() throws {
        let small = SmallVocabulary(["{\"", "name", "na", "me", "\":", "\": \""])
        let root = GrammarNode.sequence([
            .text("{\"name\":"), .choice([.text(" \""), .text("1")]), .scalars("a"..."z"), .text("}"),
        ])
        let grammar = try small.compile(root)
        var tokens: [Int32] = []
        GrammarConstraint(grammar, tokenise: nil).appendForced(9, to: &tokens)
        #expect(tokens == [try small.token("{\""), try small.token("name")])

        let spelled = try [small.token("{\""), small.token("na"), small.token("me"), small.token("\":")]
        let other = try small.compile(root)
        var constraint = GrammarConstraint(other) { bytes in
            var rest = bytes[...]
            return spelled.filter { token in
                guard rest.starts(with: small.texts[Int(token)]) else { return false }
                rest = rest.dropFirst(small.texts[Int(token)].count)
                return true
            }
        }
        tokens = []
        constraint.appendForced(9, to: &tokens)
        #expect(tokens == Array(spelled.prefix(3)))
        for token in tokens {
            #expect(try constraint.next() == .exactly(token))
            constraint.accept(token)
        }
        // The last token of the run could be longer, so the model decides.
        #expect(try small.allowed(constraint) == ["\"", "\":", "\": \""])
    }

    @Test("a text that is complete and cannot go on ends with the first end token, again and again")
    func ending() throws {
        let small = SmallVocabulary(["yes"])
        var constraint = try small.constraint(.choice([.text("yes"), .text("no")]))
        constraint.accept(try small.token("yes"))
        #expect(constraint.isComplete)
        for _ in 0..<2 {
            #expect(try constraint.next() == .exactly(small.end))
            constraint.accept(small.end)
        }
        var tokens: [Int32] = []
        constraint.appendForced(3, to: &tokens)
        #expect(tokens.isEmpty)
    }

    @Test("a copy goes its own way")
    func copies() throws {
        let small = SmallVocabulary([])
        var one = try small.constraint(.many(.scalars("a"..."b"), 2...3))
        let before = one
        one.accept(97)
        var other = one
        other.accept(98)
        #expect(try small.allowed(before) == ["a", "b"])
        #expect(try small.allowed(one) == ["a", "b"])
        #expect(try small.allowed(other) == ["a", "b", "end"])
    }

    @Test("characters may come in pieces, and only whole ones end a text")
    func pieces() throws {
        let small = SmallVocabulary(["é", "éa"])
        var constraint = try small.constraint(.many(.scalars("à"..."ï"), 1...2))
        #expect(try small.allowed(constraint).contains("é"))
        constraint.accept(0xC3)
        #expect(!constraint.isComplete)
        var copy = constraint
        guard case .among(let mask) = try copy.next() else {
            Issue.record("several bytes may come")
            return
        }
        #expect((0..<Int32(small.texts.count)).filter { mask.allows($0) } == Array(0xA0...0xAF))
        constraint.accept(0xA9)
        #expect(constraint.isComplete)
        #expect(try !small.allowed(constraint).contains("éa"))
    }

    @Test("a token that the grammar names is allowed where it is named, and nothing else is")
    func marks() throws {
        let small = SmallVocabulary(["<mark>"])
        var constraint = try small.constraint(
            .choice([.sequence([.token(small.mark), .text("a")]), .text("b")]))
        #expect(try small.allowed(constraint) == ["mark", "b"])
        constraint.accept(small.mark)
        #expect(try small.allowed(constraint) == ["a"])
        let only = try small.constraint(.sequence([.token(small.mark), .text("a")]))
        #expect(try small.allowed(only) == ["mark"])
        #expect(throws: GrammarError.self) { try small.compile(.token(9999)) }
    }

    @Test("bytes of which the vocabulary has no token are a dead end that is told")
    func deadEnd() throws {
        let small = SmallVocabulary([], withoutBytes: [122])
        var constraint = try small.constraint(.choice([.text("az"), .text("az!")]))
        constraint.accept(97)
        #expect(throws: ConstraintFailure.self) { try constraint.next() }
    }

    @Test("a token that was not allowed leads nowhere, and that is told")
    func stranger() throws {
        let small = SmallVocabulary([])
        for token: Int32 in [98, 9999, -1, small.mark] {
            var constraint = try small.constraint(.text("aa"))
            constraint.accept(token)
            #expect(!constraint.isComplete)
            #expect(throws: ConstraintFailure.self) { try constraint.next() }
        }
    }

    @Test("what no text can be finished from is never entered")
    func pruning() throws {
        let small = SmallVocabulary([])
        let endless = GrammarNode.sequence([.text("x"), .rule(0)])
        let stuck = ByteAutomaton(states: [
            .init(edges: [.init(bytes: 97...97, target: 1), .init(bytes: 98...98, target: 2)], isAccepting: false),
            .init(edges: [.init(bytes: 97...97, target: 1)], isAccepting: false),
            .init(edges: [], isAccepting: true),
        ])
        let constraint = try small.constraint(
            .choice([.rule(0), .sequence([.text("y"), .choice([])]), .automaton(stuck), .byte(ByteSet([99]))]),
            rules: [endless])
        #expect(try small.allowed(constraint) == ["b", "c"])
        #expect(throws: GrammarError(place: "", reason: "no text can follow the grammar")) {
            try small.compile(.rule(0), rules: [endless])
        }
    }

    @Test("counted repetitions count, also inside each other and over nothing at all")
    func counters() throws {
        let small = SmallVocabulary([])
        let matcher = try small.constraint(.many(.sequence([.text("a"), .many(.text("b"), 40...50)]), 60...70))
        let row = { (count: Int, inner: Int) in
            (0..<count).flatMap { _ in [97] + [UInt8](repeating: 98, count: inner) }
        }
        for (count, inner, isRight) in [(60, 40, true), (70, 50, true), (59, 40, false), (71, 50, false)] {
            #expect(matcher.accepts(row(count, inner)) == isRight)
        }
        #expect(!matcher.accepts(row(65, 39)) && !matcher.accepts(row(65, 51)))

        let nullable = try small.constraint(.many(.many(.text("a"), 0...1), 500...1000))
        for (count, isRight) in [(0, true), (400, true), (1000, true), (1001, false)] {
            #expect(nullable.accepts([UInt8](repeating: 97, count: count)) == isRight)
        }
        let nested = GrammarNode.several(
            .several(.several(.text("a"), atLeast: 0, atMost: nil), atLeast: 0, atMost: nil), atLeast: 3, atMost: nil)
        #expect(try small.constraint(nested).accepts([UInt8](repeating: 97, count: 100)))
    }
}

import Grammar
import Sampling
import Testing

@Suite("Bounds of grammars")
struct GrammarBoundsTests {
    private let small = SmallVocabulary(["((", "))", "aaaa"])

    @Test("a rule that begins with itself is refused by name, also behind something that may be nothing")
    func leftRecursion() throws {
        let direct = GrammarNode.choice([.sequence([.rule(1), .text("a")]), .text("b")])
        let hidden = GrammarNode.choice([
            .sequence([.several(.text("a"), atLeast: 0, atMost: nil), .rule(2), .text("c")]), .text("b"),
        ])
        let indirect = GrammarNode.choice([.sequence([.rule(3), .text("c")]), .text("b")])
        for (index, node) in [(1, direct), (2, hidden), (4, indirect)] {
            var rules = [GrammarNode](repeating: .text("x"), count: 5)
            rules[3] = .rule(4)
            rules[index] = node
            let error = #expect(throws: GrammarError.self) { try small.compile(.rule(index), rules: rules) }
            let named = index == 4 ? ["rule-3", "rule-4"] : ["rule-\(index)"]
            #expect(named.contains(error?.place ?? ""))
            #expect(error?.reason.contains("begins with itself") == true)
        }
    }

    @Test("rules that end with themselves take no room, and rules around themselves are bounded but can be finished")
    func recursion() throws {
        let list = GrammarNode.sequence([.text("a"), .choice([.rule(0), .sequence([])])])
        let long = try small.constraint(.rule(0), rules: [list])
        #expect(long.accepts([UInt8](repeating: 97, count: 10_000)))

        let nest = GrammarNode.choice([.sequence([.text("("), .rule(0), .text(")")]), .text("x")])
        var constraint = try small.constraint(.sequence([.rule(0), .text(".")]), rules: [nest])
        var depth = 0
        while try small.allowed(constraint).contains("(") {
            constraint.accept(40)
            depth += 1
        }
        #expect(depth > 200 && depth <= AutomatonLimits.request.stackDepth)
        #expect(try small.allowed(constraint) == ["x"])
        constraint.accept(120)
        #expect(constraint.accepts([UInt8](repeating: 41, count: depth) + [46]))
    }

    @Test("definitions that are too large or too deep are refused")
    func hostileDefinitions() throws {
        var deep = GrammarNode.text("a")
        for _ in 0..<1000 { deep = .sequence([deep, .text("b")]) }
        #expect(throws: GrammarError.self) { try small.compile(deep) }
        let many = GrammarNode.sequence([GrammarNode](repeating: .text("abcdefghij"), count: 100_000))
        #expect(throws: GrammarError.self) { try small.compile(many) }
        for bounds in [(5, 4), (-1, 4)] {
            #expect(throws: GrammarError.self) {
                try small.compile(.several(.text("a"), atLeast: bounds.0, atMost: bounds.1))
            }
        }
        #expect(throws: GrammarError.self) { try small.compile(.rule(7)) }
        let astray = ByteAutomaton(states: [.init(edges: [.init(bytes: 0...9, target: 4)], isAccepting: true)])
        #expect(throws: GrammarError.self) { try small.compile(.automaton(astray)) }
        var copies = GrammarNode.text("ab")
        for _ in 0..<12 { copies = .several(copies, atLeast: 1, atMost: 1_000_000_000) }
        #expect(try small.constraint(copies).accepts([UInt8]("abababab".utf8)))
    }

    @Test("texts with more readings than the limit lead nowhere instead of taking all memory")
    func ambiguity() throws {
        // a?a?a?…aaa: every number of a's can be read in many ways; counters inside counters in many more.
        var readings = GrammarNode.several(.text("a"), atLeast: 0, atMost: 4000)
        for _ in 0..<3 { readings = .several(.sequence([readings, .text("a")]), atLeast: 0, atMost: 4000) }
        var constraint = try small.constraint(.sequence([readings, .text("b")]))
        var count = 0
        do throws(ConstraintFailure) {
            while count < 400 {
                _ = try constraint.next()
                constraint.accept(97)
                count += 1
            }
        } catch {
            #expect(error.reason.contains("grammar"))
        }
        #expect(count > 4)
    }

    @Test("what is kept stays within the budget, and forgetting changes nothing")
    func budget() throws {
        var limits = AutomatonLimits.request
        limits.keptBytes = 1_000_000
        let definition = GrammarDefinition(
            rules: [],
            root: .several(
                .sequence([.many(.scalars("a"..."z"), 1...700), .text(".")]), atLeast: 0, atMost: 900))
        let bounded = try CompiledGrammar(definition, vocabulary: small.vocabulary, limits: limits)
        let ample = try CompiledGrammar(definition, vocabulary: small.vocabulary, limits: .request)
        var one = GrammarConstraint(bounded, tokenise: nil)
        var other = GrammarConstraint(ample, tokenise: nil)
        for step in 0..<5000 {
            #expect(try one.next() == other.next())
            let token: Int32 = step % 7 == 6 ? 46 : Int32(97 + step % 26)
            one.accept(token)
            other.accept(token)
            #expect(bounded.keptBytes < 2 * limits.keptBytes)
        }
        #expect(ample.keptBytes > bounded.keptBytes)
    }

    @Test("h4: an answer may take so many steps and no more, whatever others have made the grammar keep or forget")
    func h4_stepsOfAnAnswerAreBounded() throws {
        let definition = GrammarDefinition(
            rules: [],
            root: .several(
                .sequence([.many(.scalars("a"..."z"), 1...700), .text(".")]), atLeast: 0, atMost: 900))
        func lengths(saved: Int, kept: Int) throws -> [Int] {
            var limits = AutomatonLimits.request
            (limits.savedSteps, limits.stepsPerToken, limits.keptBytes) = (saved, 1, kept)
            let grammar = try CompiledGrammar(definition, vocabulary: small.vocabulary, limits: limits)
            return (0..<3).map { seed in
                var constraint = GrammarConstraint(grammar, tokenise: nil)
                for step in 0..<2000 {
                    do throws(ConstraintFailure) { _ = try constraint.next() } catch {
                        #expect(error.reason.contains("too many steps"))
                        return step
                    }
                    constraint.accept((step + seed) % 7 == 6 && step > 0 ? 46 : Int32(97 + step % 26))
                }
                return 2000
            }
        }
        let ample = try lengths(saved: 20_000, kept: 32 << 20)
        #expect(ample.allSatisfy { $0 > 10 && $0 < 2000 }, "\(ample)")
        #expect(try lengths(saved: 20_000, kept: 200_000) == ample)
        #expect(try lengths(saved: 40_000, kept: 200_000).allSatisfy { $0 > (ample.max() ?? 0) })
    }
}

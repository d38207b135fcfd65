import Grammar
import JSON
import Synchronization
import Testing

/// Sources whose cost lies where it is easily overlooked: what counts is that they end soon, in steps and in looks at
/// the clock, and say why.
@Suite("Budgets of compiling")
struct GrammarBudgetTests {
    /// A clock that goes on by one millisecond whenever somebody looks at it.
    private static func allowance(_ milliseconds: Int, _ looks: Counter) -> ProcessorAllowance {
        ProcessorAllowance(milliseconds: milliseconds) { looks.next() * 1_000_000 }
    }

    private final class Counter: Sendable {
        private let value = Atomic<UInt64>(0)
        func next() -> UInt64 { value.add(1, ordering: .relaxed).newValue }
        var count: UInt64 { value.load(ordering: .relaxed) }
    }

    private static func compile(_ kind: String, _ source: String, _ limits: GrammarLimits) throws(GrammarError) {
        let definition: GrammarDefinition
        switch kind {
        case "regex": definition = try GrammarDefinition(regex: source, limits: limits)
        case "grammar": definition = try GrammarDefinition(grammar: source, limits: limits)
        default:
            guard let schema = try? JSONParser.parse(source, limits: .request) else {
                throw GrammarError(place: "", reason: "no JSON")
            }
            var options = SchemaOptions.standard
            options.limits = limits
            definition = try GrammarDefinition(schema: schema, options: options)
        }
        let vocabulary = GrammarVocabulary(texts: (0...255).map { [UInt8($0)] } + [[]], endTokens: [256])
        _ = try CompiledGrammar(definition, vocabulary: vocabulary, limits: .request, time: limits.processorTime)
    }

    /// The schema of a language of values, in which every kind of value may stand in every place.
    private static func language(_ branches: Int) -> String {
        let kinds = (0..<branches).map {
            ##"{"type": "object", "required": ["o\##($0)"], "properties": {"o\##($0)": {"$ref": "#/$defs/T"}}}"##
        }
        return """
            {"$defs": {"P": {"oneOf": [\(kinds.joined(separator: ",")),
             {"type": "object", "required": ["not"], "properties": {"not": {"$ref": "#/$defs/P"}}}]},
             "T": {"type": "object", "required": ["a", "b"], "properties": {"a": {"$ref": "#/$defs/P"},
              "b": {"$ref": "#/$defs/P"}}}}, "$ref": "#/$defs/P"}
            """
    }

    private static let hostile: [(kind: String, source: String)] = [
        ("regex", #"([a-z ]*e[a-z ]{40}|[\s\S]*[aeiou1][\s\S]{30})*"#),
        ("regex", #"[\s\S]*a[\s\S]{400}"#), ("regex", "(a?b?c?d?){1,300}x"),
        ("regex", String(repeating: #"\p{L}"#, count: 40_000)),
        ("regex", "[" + String(repeating: #"\p{L}\P{N}"#, count: 20_000) + "]"),
        ("regex", "((a|b|ab){0,60}(a|bb){0,60}){0,60}c"), ("regex", "^(?!.*(a.{20}|b.{21}))(?=.*c.{22})[a-z]{1,200}$"),
        ("schema", language(12)), ("schema", language(40)),
        (
            "schema",
            #"{"oneOf": [\#((0..<400).map { #"{"type": "object", "required": ["k\#($0)"]}"# }.joined(separator: ","))]}"#
        ),
        (
            "schema",
            #"{"allOf": [\#((0..<60).map { #"{"enum": [\#((0..<400).map { String($0) }.joined(separator: ",")), "\#($0)"]}"# }.joined(separator: ","))]}"#
        ),
        (
            "schema",
            #"{"allOf": [\#((0..<40).map { "{\"anyOf\": [{\"minimum\": \($0)}, {\"maxLength\": \($0)}]}" }.joined(separator: ","))]}"#
        ),
        (
            "schema",
            #"{"\#(String(repeating: "k", count: 100_000))": [\#([String](repeating: "{}", count: 20_000).joined(separator: ","))]}"#
        ),
        (
            "schema",
            #"{"patternProperties": {\#((0..<40).map { #""a.{\#($0)}b": {"type": "null"}"# }.joined(separator: ","))}}"#
        ),
        (
            "grammar",
            "root ::= " + (0..<6000).map { "r\($0)" }.joined(separator: " ") + "\n"
                + (1..<6000).map { "r\($0) ::= \"a\" r\($0 - 1)\n" }.joined() + "r0 ::= \"a\"\n"
        ),
        (
            "schema",
            #"{"uniqueItems": true, "maxItems": 500, "items": {"enum": [\#((0..<20_000).map { String($0) }.joined(separator: ","))]}}"#
        ),
        (
            "schema",
            #"{"enum": [\#((0..<9000).map { "[\($0)]" }.joined(separator: ","))], "not": {"enum": [\#((0..<9000).map { "[\($0 + 5)]" }.joined(separator: ","))]}}"#
        ),
        ("grammar", "root ::= (((\"a\"? \"b\"?){0,300}){0,300}){0,300} \"c\""),
        ("grammar", "root = {{{[\"a\"], [\"b\"]}, [\"c\"]}, \"d\"};"),
        ("grammar", "start: /([a-z ]*e[a-z ]{40}|[a-z]*[aeiou][a-z]{30})*/"),
    ]

    @Test("h4, d2: hostile sources end within their steps", arguments: hostile.indices)
    func h4_d2_hostileSourcesEnd(_ index: Int) {
        let (kind, source) = Self.hostile[index]
        let looks = Counter()
        // The clock stands still for so long that only steps can end it; looks tell how many there were.
        let limits = GrammarLimits.request.within(Self.allowance(1_000_000, looks))
        do throws(GrammarError) {
            try Self.compile(kind, source, limits)
        } catch {
            #expect(!error.reason.isEmpty)
        }
        #expect(looks.count <= 10_000, "\(looks.count)")
    }

    @Test("h4, d2: the time that is given is the time that is taken", arguments: hostile.indices)
    func h4_d2_timeEndsWhateverItIs(_ index: Int) {
        let (kind, source) = Self.hostile[index]
        let looks = Counter()
        var limits = GrammarLimits.request.within(Self.allowance(20, looks))
        limits.stepsBeforeTime = 0
        do throws(GrammarError) {
            try Self.compile(kind, source, limits)
        } catch {
            #expect(!error.reason.isEmpty)
            if error.reason.contains("processor time") { #expect(error.isExhaustion) }
        }
        // Once it is used up, everybody who looks stops: the source, the graph, and what is worked out in advance.
        #expect(looks.count <= 30, "\(looks.count)")
    }

    @Test("d2: a schema that holds itself in every branch is small work")
    func d2_languagesOfValues() throws {
        // Every value would hold another one without end, so there is none: to find that out takes no more than the steps.
        let error = #expect(throws: GrammarError.self) { try Self.compile("schema", Self.language(8), .request) }
        #expect(error?.reason == "no value fulfils the schema")
        let ending = Self.language(6).replacing(##""b": {"$ref": "#/$defs/P"}"##, with: #""b": {"type": "null"}"#)
            .replacing(
                ##""a": {"$ref": "#/$defs/P"}"##, with: ##""a": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/P"}]}"##)
        try Self.compile("schema", ending, .request)
    }

    @Test("d12: many plain words are one tree, and counts of counts are counts")
    func d12_wordsAndCountsAreFollowed() throws {
        let vocabulary = GrammarVocabulary(texts: (0...255).map { [UInt8($0)] } + [[]], endTokens: [256])
        func accepts(_ definition: GrammarDefinition, _ text: String) throws -> Bool {
            let grammar = try CompiledGrammar(definition, vocabulary: vocabulary, limits: .request)
            return GrammarConstraint(grammar, tokenise: nil).accepts(Array(text.utf8))
        }
        let words = try GrammarDefinition(regex: (0..<29_999).map { "w\($0)" }.joined(separator: "|"), limits: .request)
        #expect(try accepts(words, "w17") && accepts(words, "w29998"))
        #expect(try !accepts(words, "w29999") && !accepts(words, "w"))
        let counts = try GrammarDefinition(regex: "((a{0,100}){0,100}){0,100}", limits: .request)
        #expect(try accepts(counts, String(repeating: "a", count: 5000)) && !accepts(counts, "ab"))
        let rounds = try GrammarDefinition(
            grammar: #"root ::= ((("a"{1,1000}){1,1000}){1,1000}) "b""#, limits: .request)
        #expect(try accepts(rounds, String(repeating: "a", count: 3000) + "b") && !accepts(rounds, "b"))
        let gaps = try GrammarDefinition(grammar: #"root ::= ("a"{3,4}){0,2} "b""#, limits: .request)
        for count in 0...9 {
            let text = String(repeating: "a", count: count) + "b"
            #expect(try accepts(gaps, text) == [0, 3, 4, 6, 7, 8].contains(count), "\(count)")
        }
    }
}

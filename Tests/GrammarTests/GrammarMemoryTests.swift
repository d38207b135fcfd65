import CAllocationCount
import Grammar
import JSON
import Synchronization
import Testing

/// D1, M1: compiling takes no memory that was not asked for, whatever the source.
@Suite("Memory of grammars", .serialized)
struct GrammarMemoryTests {
    private static let sources: [(String, String)] = {
        let names = (0..<10_000).map { #""value number \#($0) of many""# }.joined(separator: ",")
        let few = (0..<1000).map { #""value number \#($0) of many""# }.joined(separator: ",")
        let properties = (0..<300).map { #""p\#($0)":{"type":"string","pattern":"^[a-z]{1,40}(foo|bar\#($0))+$"}"# }
        let rules = (0..<4000).map { #"r\#($0) ::= "x\#($0)" | [a-z]+ r\#(($0 * 7 + 1) % 4000)"# }
        let references = (0..<2000).map {
            ##""d\##($0)":{"anyOf":[{"$ref":"#/$defs/d\##($0 + 1)"},{"type":"array","items":{"$ref":"#/$defs/d\##($0 + 1)"}}]}"##
        }
        let usual = (0..<30).map {
            #""p\#($0)":{"type":"object","properties":{"a":{"type":"string","minLength":1,"maxLength":80},"b":{"type":"integer"},"c":{"enum":["x","y"]}},"required":["a"]}"#
        }
        return [
            ("schema", #"{"enum":[\#(names)]}"#), ("schema", #"{"enum":[\#(few)]}"#),
            ("schema", #"{"type":"object","properties":{\#(usual.joined(separator: ","))}}"#),
            ("schema", #"{"type":"object","properties":{\#(properties.joined(separator: ","))}}"#),
            (
                "schema",
                ##"{"$ref":"#/$defs/d0","$defs":{\##(references.joined(separator: ",")),"d2000":{"type":"null"}}}"##
            ),
            ("schema", #"{"enum":["\#(String(repeating: "x", count: 400_000))"]}"#),
            ("schema", #"{"type":"string","pattern":"^[a-z]+$","maxLength":9000}"#),
            ("schema", #"{"type":"integer","multipleOf":9973,"minimum":-1000000000000000,"maximum":1000000000000000}"#),
            (
                "schema",
                #"{"type":"array","items":{"enum":[\#((0..<20_000).map { "\($0)" }.joined(separator: ","))]},"maxItems":500}"#
            ),
            ("regex", (0..<30_000).map { "w\($0)" }.joined(separator: "|")),
            ("regex", "(a|b)*a(a|b){12}"), ("regex", "((a{0,100}){0,100}){0,100}"), ("regex", ".{0,9000}"),
            ("regex", "[\\s\\S]{5000}"), ("regex", "(\\w{1,40} ){1,200}"), ("regex", "(.*a){1,2000}"),
            ("regex", #"([a-z ]*e[a-z ]{40}|[\s\S]*[aeiou1][\s\S]{30})*"#), ("regex", #"[\s\S]*a[\s\S]{400}"#),
            ("regex", String(repeating: #"\p{L}"#, count: 40_000)), ("regex", "(a?b?c?d?){1,300}x"),
            ("regex", "[" + String(repeating: #"\p{L}\P{N}"#, count: 20_000) + "]"),
            ("regex", "^(?!.*(a.{20}|b.{21}))(?=.*c.{22})[a-z]{1,200}$"),
            ("grammar", #"root ::= ((("a"{1,1000}){1,1000}){1,1000})"#),
            (
                "grammar",
                "root ::= \((0..<4000).map { "r\($0) r\($0)" }.joined(separator: " | "))\n\(rules.joined(separator: "\n"))"
            ),
            ("grammar", "root ::= " + String(repeating: "[a-z] ", count: 80_000)),
            ("grammar", "root ::= " + String(repeating: #"[^x]? "ab" "#, count: 40_000)),
            ("grammar", #"root ::= "\#(String(repeating: "x", count: 500_000))""#),
        ]
    }()

    private static func definition(
        _ kind: String, _ source: String, _ limits: GrammarLimits
    ) throws(GrammarError)
        -> GrammarDefinition
    {
        switch kind {
        case "regex": return try GrammarDefinition(regex: source, limits: limits)
        case "grammar": return try GrammarDefinition(grammar: source, limits: limits)
        default:
            guard let schema = try? JSONParser.parse(source, limits: .request) else {
                throw GrammarError(place: "", reason: "no JSON")
            }
            var options = SchemaOptions.standard
            options.limits = limits
            return try GrammarDefinition(schema: schema, options: options)
        }
    }

    /// What a vocabulary of bytes makes of a source, and whether what it took was known before.
    private static func check(_ kind: String, _ source: String, _ vocabulary: GrammarVocabulary) {
        let memory = GrammarMemory(limit: .max / 2) { _ in true }
        var limits = GrammarLimits.request
        limits.memory = memory
        var automaton = AutomatonLimits.request.sharing(GrammarShare(4 << 20), memory)
        automaton.keptBytes = 4 << 20
        let name = "\(kind) \(source.prefix(40)), \(source.utf8.count) bytes"
        let before = allocated_bytes()
        forget_highest_allocated_bytes()
        var worked = 0
        do throws(GrammarError) {
            let grammar = try CompiledGrammar(
                definition(kind, source, limits), vocabulary: vocabulary, limits: automaton)
            worked = grammar.keptBytes * 2
            let kept = Int(allocated_bytes() - before)
            let counted = memory.keptBytes / 4 * 5 + worked + tables
            #expect(kept <= counted, "\(name): keeps \(kept >> 10) KiB, \(counted >> 10) are counted")
        } catch {
            #expect(error.cause != .shortage)
        }
        let highest = Int(highest_allocated_bytes() - before)
        let counted = memory.neededBytes + worked + tables
        #expect(highest <= counted, "\(name): takes \(highest >> 10) KiB, \(counted >> 10) are counted")
    }

    /// Tables that every grammar has.
    private static let tables = 512 << 10

    @Test("d1: what compiling takes, and what a grammar keeps, is counted")
    func counted() throws {
        let vocabulary = Self.bytes
        // What is made once for all grammars.
        _ = try CompiledGrammar(Self.definition("regex", "a", .request), vocabulary: vocabulary, limits: .request)
        for (kind, source) in Self.sources { Self.check(kind, source, vocabulary) }
    }

    @Test("d1: compiling ends where there is no more memory", arguments: [0, 1 << 20, 4 << 20])
    func refused(limit: Int) {
        for (kind, source) in Self.sources {
            let held = Mutex(0)
            let memory = GrammarMemory(limit: limit) { bytes in
                held.withLock { $0 = bytes }
                return true
            }
            var limits = GrammarLimits.request
            limits.memory = memory
            do throws(GrammarError) {
                let definition = try Self.definition(kind, source, limits)
                _ = try CompiledGrammar(
                    definition, vocabulary: Self.bytes, limits: .request.sharing(GrammarShare(1 << 20), memory))
                #expect(memory.neededBytes <= limit)
            } catch {
                #expect(memory.neededBytes <= limit || error.reason.contains("of memory"), "\(error)")
            }
            #expect(held.withLock { $0 } <= limit)
        }
    }

    @Test("d1: where others have the memory, it is not the source's fault")
    func shortage() {
        let memory = GrammarMemory(limit: 64 << 20) { _ in false }
        var limits = GrammarLimits.request
        limits.memory = memory
        for (kind, source) in Self.sources {
            do throws(GrammarError) {
                _ = try Self.definition(kind, source, limits)
            } catch {
                #expect(error.isExhaustion || error.cause == .size || error.cause == .source, "\(error)")
                if memory.neededBytes > 0 {
                    #expect(error.cause == .shortage, "\(kind) \(source.prefix(40)): \(error)")
                }
            }
        }
    }

    private static let bytes = GrammarVocabulary(texts: (0...255).map { [UInt8($0)] } + [[]], endTokens: [256])
}

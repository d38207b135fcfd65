import Grammar
import Sampling
import Testing

/// Masks against the slow way, over random definitions, vocabularies and answers.
@Suite("Masks of random grammars")
struct MaskOracleTests {
    private static let limits = AutomatonLimits.request

    @Test("what may come next is what derivatives of the definition say", arguments: 0..<20)
    func masks(block: Int) throws {
        var checked = 0
        for seed in (block * 100)..<(block * 100 + 100) {
            var random = RandomGrammar(seed: UInt64(seed))
            let definition = random.definition()
            checked += try Self.check(definition, random.vocabulary(), seed: seed, keptBytes: 32 << 20)
        }
        #expect(checked > 100)
    }

    @Test("forgetting everything all the time changes nothing", arguments: 0..<2)
    func forgetting(block: Int) throws {
        for seed in (block * 100)..<(block * 100 + 100) {
            var random = RandomGrammar(seed: UInt64(seed))
            let definition = random.definition()
            _ = try Self.check(definition, random.vocabulary(), seed: seed, keptBytes: 0)
        }
    }

    /// Follows one answer and compares every mask of it.
    /// - Returns: how many masks were compared.
    private static func check(
        _ definition: GrammarDefinition, _ texts: [[UInt8]], seed: Int, keptBytes: Int
    ) throws -> Int {
        let oracle = DerivativeOracle(definition)
        let ends = [Int32(texts.count - 1)]
        var limits = limits
        limits.keptBytes = keptBytes
        let grammar: CompiledGrammar
        do throws(GrammarError) {
            grammar = try CompiledGrammar(
                definition, vocabulary: GrammarVocabulary(texts: texts, endTokens: ends), limits: limits)
        } catch {
            // Few have texts with more readings than can be followed, and are refused for it.
            if error.cause == .size { return 0 }
            #expect(oracle.isLeftRecursive || !oracle.isProductive(definition.root), "\(seed): \(error)")
            return 0
        }
        #expect(!oracle.isLeftRecursive && oracle.isProductive(definition.root), "\(seed)")
        var numbers = SeededNumbers(UInt64(seed) + 77)
        var constraint = GrammarConstraint(grammar, tokenise: nil)
        var rest = definition.root
        for step in 0..<8 {
            guard let allowed = oracle.allowed(rest, texts, endTokens: ends) else { return step }
            #expect(constraint.isComplete == oracle.isNullable(rest), "seed \(seed) step \(step)")
            guard let token = follow(&constraint, allowed, texts, "seed \(seed) step \(step)", &numbers) else {
                return step + 1
            }
            guard !ends.contains(token), let next = oracle.after(token, rest, texts) else { return step + 1 }
            rest = next
            constraint.accept(token)
        }
        return 8
    }

    private static func follow(
        _ constraint: inout GrammarConstraint, _ allowed: Set<Int32>, _ texts: [[UInt8]], _ place: String,
        _ numbers: inout SeededNumbers
    ) -> Int32? {
        do throws(ConstraintFailure) {
            switch try constraint.next() {
            case .any: Issue.record("\(place): a grammar allows something, not anything")
            case .among(let mask):
                let found = Set((0..<Int32(texts.count)).filter { mask.allows($0) })
                #expect(found == allowed, "\(place)")
            case .exactly(let token):
                #expect(allowed.contains(token), "\(place): \(token)")
                let text = texts[Int(token)]
                for other in allowed where other != token {
                    let text2 = texts[Int(other)]
                    let isOneRun = text.starts(with: text2) || text2.starts(with: text)
                    #expect(isOneRun && !text.isEmpty && !text2.isEmpty, "\(place): \(token) forced, \(other) may")
                }
                return token
            }
        } catch {
            #expect(allowed.isEmpty, "\(place): \(error.reason)")
        }
        return allowed.sorted().randomElement(using: &numbers)
    }
}

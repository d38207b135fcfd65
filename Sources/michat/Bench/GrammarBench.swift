import Grammar
import JSON
import Sampling
import Tokenization

/// Follows answers through grammars, and measures what a token costs.
struct GrammarBench {
    /// What one case came to, in microseconds.
    struct Figures {
        var compile = 0.0
        /// Tokens of the first answer that uses the grammar.
        var first: [Double] = []
        /// Tokens of all answers behind it.
        var later: [Double] = []
        var tokens = 0
        var forced = 0
        var keptBytes = 0

        /// The value that a part of all values does not exceed.
        static func quantile(_ values: [Double], _ part: Double) -> Double {
            values.isEmpty ? .nan : values.sorted()[min(values.count - 1, Int(Double(values.count) * part))]
        }
    }

    private let tokenizer: Tokenizer
    private let texts: [[UInt8]]
    private let end: Int32
    let vocabulary: GrammarVocabulary
    let vocabularySeconds: Double

    /// A bench over the vocabulary of a tokenizer.
    init(_ tokenizer: Tokenizer) throws(CommandFailure) {
        guard let end = tokenizer.endTokens.min() else { throw CommandFailure("the model has no end token") }
        let texts = (0..<Int32(clamping: tokenizer.count)).map { tokenizer.bytes(of: $0) }
        let begin = ContinuousClock.now
        vocabulary = GrammarVocabulary(texts: texts, endTokens: [end])
        vocabularySeconds = Self.microseconds(since: begin) / 1e6
        self.tokenizer = tokenizer
        // The first text that is ever tokenised makes tables ready.
        _ = tokenizer.encode("A text of words.", specialTokens: false, addBOS: false)
        self.texts = texts
        self.end = end
    }

    /// Compiles a case's schema and follows its answer `answers` times.
    func run(_ one: GrammarCase, answers: Int) throws -> Figures {
        let schema = try JSONParser.parse(one.schema, limits: .request)
        var figures = Figures()
        let begin = ContinuousClock.now
        let definition = try GrammarDefinition(schema: schema, options: .standard)
        let grammar = try CompiledGrammar(definition, vocabulary: vocabulary, limits: .request)
        figures.compile = Self.microseconds(since: begin)
        for index in 0..<answers {
            let costs = try follow(Array(one.answer.utf8), grammar, &figures)
            if index == 0 { figures.first = costs } else { figures.later += costs }
        }
        figures.keptBytes = grammar.keptBytes
        return figures
    }

    /// - Returns: what each token cost: asking what may come, and accepting it.
    private func follow(_ answer: [UInt8], _ grammar: CompiledGrammar, _ figures: inout Figures) throws -> [Double] {
        let tokenizer = tokenizer
        var constraint = GrammarConstraint(grammar) { tokenizer.encode($0.span, specialTokens: false, addBOS: false) }
        var rest = answer[...]
        var costs: [Double] = []
        while true {
            let begin = ContinuousClock.now
            let next = try constraint.next()
            let asked = Self.microseconds(since: begin)
            let token = try choose(next, rest)
            figures.tokens += 1
            if case .exactly = next { figures.forced += 1 }
            guard token != end else { return costs }
            let chosen = ContinuousClock.now
            constraint.accept(token)
            costs.append(asked + Self.microseconds(since: chosen))
            rest = rest.dropFirst(texts[Int(token)].count)
        }
    }

    /// The token that the answer goes on with, as the model itself would spell it as far as that may be.
    private func choose(_ next: NextTokens, _ rest: ArraySlice<UInt8>) throws(CommandFailure) -> Int32 {
        guard case .among(let mask) = next else {
            guard case .exactly(let token) = next, token == end || rest.starts(with: texts[Int(token)]) else {
                throw CommandFailure("a grammar leaves the way of its own answer")
            }
            return token
        }
        if rest.isEmpty, mask.allows(end) { return end }
        let usual = tokenizer.encode(Array(rest).span, specialTokens: false, addBOS: false).first
        if let usual, mask.allows(usual), rest.starts(with: texts[Int(usual)]) { return usual }
        let fitting = texts.indices.filter {
            !texts[$0].isEmpty && mask.allows(Int32($0)) && rest.starts(with: texts[$0])
        }
        guard let longest = fitting.max(by: { texts[$0].count < texts[$1].count }) else {
            throw CommandFailure("a grammar does not allow its own answer")
        }
        return Int32(longest)
    }

    private static func microseconds(since begin: ContinuousClock.Instant) -> Double {
        (ContinuousClock.now - begin) / .microseconds(1)
    }
}

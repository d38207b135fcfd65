import Grammar
import JSON
import Platform
import Sampling
package import Tokenization

/// Follows answers through grammars, and measures what a token costs.
package struct GrammarBench {
    /// What one case came to, in microseconds.
    package struct Figures {
        var compile = 0.0
        /// Tokens of the first answer that uses the grammar.
        var first: [Double] = []
        /// Tokens of all answers behind it.
        var later: [Double] = []
        var tokens = 0
        var forced = 0
        var keptBytes = 0

        /// The value that a part of all values does not exceed.
        package static func quantile(_ values: [Double], _ part: Double) -> Double {
            values.isEmpty ? .nan : values.sorted()[min(values.count - 1, Int(Double(values.count) * part))]
        }
    }

    private let tokenizer: Tokenizer
    private let texts: [[UInt8]]
    private let end: Int32
    private let vocabulary: GrammarVocabulary
    private let vocabularySeconds: Double

    /// A bench over the vocabulary of a tokenizer.
    /// - Throws: ``BenchError`` for a model without a token that ends an answer.
    package init(_ tokenizer: Tokenizer) throws(BenchError) {
        guard let end = tokenizer.endTokens.min() else { throw BenchError("the model has no end token") }
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

    /// Measures every case and prints what it came to.
    /// - Throws: ``BenchError`` when a grammar does not lead along its own answer.
    package func run(answers: Int, json: Bool) throws(BenchError) {
        var table = FigureTable([
            ("schema", "schema"), ("compile_ms", "compile ms"), ("first_median_us", "first: median µs"),
            ("first_worst_us", "worst"), ("later_median_us", "later: median µs"), ("later_p99_us", "p99"),
            ("later_worst_us", "worst"), ("forced", "forced"), ("kept_bytes", "kept bytes"),
        ])
        for one in GrammarCase.all { table.add(Self.row(one.name, try run(one, answers: answers))) }
        guard json else {
            Terminal.print("\(vocabulary.count) tokens, made ready in \(Int(vocabularySeconds * 1000)) ms\n")
            for line in table.lines { Terminal.print(line) }
            return
        }
        let object: JSONObject = [
            "vocabulary": .int(Int64(vocabulary.count)), "vocabulary_seconds": .double(vocabularySeconds),
            "schemas": table.json,
        ]
        Terminal.print(JSONValue.object(object).serialized())
    }

    private static func row(_ name: String, _ figures: Figures) -> [FigureTable.Figure] {
        let quantile = { (values: [Double], part: Double) in
            FigureTable.Figure.number(Figures.quantile(values, part), decimals: 1)
        }
        return [
            .text(name), .number(figures.compile / 1000, decimals: 1), quantile(figures.first, 0.5),
            quantile(figures.first, 1), quantile(figures.later, 0.5), quantile(figures.later, 0.99),
            quantile(figures.later, 1), .share(Double(figures.forced) / Double(figures.tokens)),
            .count(figures.keptBytes),
        ]
    }

    /// Compiles a case's schema and follows its answer `answers` times.
    func run(_ one: GrammarCase, answers: Int) throws(BenchError) -> Figures {
        let schema = try BenchError.reporting(try JSONParser.parse(one.schema, limits: .request))
        var figures = Figures()
        let begin = ContinuousClock.now
        let definition = try BenchError.reporting(try GrammarDefinition(schema: schema, options: .standard))
        let grammar = try BenchError.reporting(
            try CompiledGrammar(definition, vocabulary: vocabulary, limits: .request))
        figures.compile = Self.microseconds(since: begin)
        for index in 0..<answers {
            let costs = try follow(Array(one.answer.utf8), grammar, &figures)
            if index == 0 { figures.first = costs } else { figures.later += costs }
        }
        figures.keptBytes = grammar.keptBytes
        return figures
    }

    /// - Returns: what each token cost: asking what may come, and accepting it.
    private func follow(
        _ answer: [UInt8], _ grammar: CompiledGrammar, _ figures: inout Figures
    ) throws(BenchError) -> [Double] {
        let tokenizer = tokenizer
        var constraint = GrammarConstraint(grammar) { tokenizer.encode($0.span, specialTokens: false, addBOS: false) }
        var rest = answer[...]
        var costs: [Double] = []
        while true {
            let begin = ContinuousClock.now
            let next = try BenchError.reporting(try constraint.next())
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
    private func choose(_ next: NextTokens, _ rest: ArraySlice<UInt8>) throws(BenchError) -> Int32 {
        guard case .among(let mask) = next else {
            guard case .exactly(let token) = next, token == end || rest.starts(with: texts[Int(token)]) else {
                throw BenchError("a grammar leaves the way of its own answer")
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
            throw BenchError("a grammar does not allow its own answer")
        }
        return Int32(longest)
    }

    private static func microseconds(since begin: ContinuousClock.Instant) -> Double {
        (ContinuousClock.now - begin) / .microseconds(1)
    }
}

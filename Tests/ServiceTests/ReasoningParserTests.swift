import Grammar
import JSON
import OpenAI
import Sampling
import Service
import Testing
import Tokenization

/// Thinking is told from the answer the same way, however the text is cut.
@Suite struct ReasoningParserTests {
    private typealias Start = (isInside: Bool, awaitsLateClose: Bool)

    private static let starts: [Start] = [(true, false), (false, false), (false, true)]

    private static func rules(_ start: Start, recalls: Bool) -> ReasoningParser.Rules {
        .init(isInside: start.isInside, recalls: recalls)
    }

    /// The two texts that a splitter makes of pieces.
    private static func split(_ pieces: [[UInt8]], _ start: Start) -> (String, String) {
        var splitter = ReasoningParser(rules(start, recalls: false))
        var scanner = ThinkingScanner(isInside: start.isInside, awaitsLateClose: start.awaitsLateClose)
        var parts: [TextPart] = []
        for piece in pieces { _ = splitter.append(piece, scanner.marks(in: piece), isHidden: false, to: &parts) }
        splitter.finish(&parts)
        let bytes = pieces.flatMap { $0 }
        #expect(parts.count == bytes.count)
        func text(_ part: TextPart) -> String {
            String(decoding: zip(bytes, parts).filter { $0.1 == part }.map(\.0), as: UTF8.self)
        }
        return (text(.reasoning), text(.content))
    }

    @Test func wire_39_agreesWithANaiveReaderForAnyCut() {
        var random = SplitMix(state: 3)
        for round in 0..<30_000 {
            let text = TaggedTexts.random(&random)
            let start = Self.starts[round % Self.starts.count]
            let wanted = NaiveSplit(
                text, isInside: start.isInside, awaitsLateClose: start.awaitsLateClose, recalls: false)
            var rest = Array(text.utf8)
            var pieces: [[UInt8]] = []
            while !rest.isEmpty {
                let count = min(rest.count, 1 + random.below(6))
                pieces.append(Array(rest.prefix(count)))
                rest.removeFirst(count)
            }
            let (reasoning, content) = Self.split(pieces, start)
            #expect(reasoning == wanted.reasoning, "\(text.debugDescription) \(start)")
            #expect(content == wanted.content, "\(text.debugDescription) \(start)")
        }
    }

    @Test func wire_39_aTagMayBeCutAtEveryByte() {
        let text = Array("<think>\nWhy?\n</think>\n\nSo.".utf8)
        for first in 0...text.count {
            for second in first...text.count {
                let pieces = [Array(text[..<first]), Array(text[first..<second]), Array(text[second...])]
                let (reasoning, content) = Self.split(pieces, (false, true))
                #expect(reasoning == "Why?" && content == "So.")
            }
        }
    }

    /// Feeds an answer, taking what is there now and then.
    private static func run(
        _ tokens: [Int32], _ rules: AnswerText.Rules, _ tokenizer: Tokenizer, _ start: Start, takes: (Int) -> Bool
    ) -> [AnswerText.Delta] {
        var text = AnswerText(rules)
        var scanner = ThinkingScanner(isInside: start.isInside, awaitsLateClose: start.awaitsLateClose)
        var deltas: [AnswerText.Delta] = []
        for (index, token) in tokens.enumerated() {
            let tags = scanner.marks(in: tokenizer.bytes(of: token, rendersSpecial: true))
            text.append(token, logprobs: TokenLogprobs(logprob: -1, top: []), tags: tags)
            if text.isStopped { break }
            if takes(index), let delta = text.take() { deltas.append(delta) }
        }
        text.close(isCut: false)
        if let delta = text.take() { deltas.append(delta) }
        return deltas
    }

    @Test(arguments: [nil, TokenKind.userDefined, .control])
    func wire_15_26_37_47_streamedEqualsWholeWithStopsAndReports(tagKind: TokenKind?) throws {
        let tokenizer = try ByteVocabulary.tokenizer(addBOS: false, tagKind: tagKind)
        var random = SplitMix(state: 5)
        for round in 0..<4_000 {
            let text = TaggedTexts.random(&random)
            let tokens = tokenizer.encode(text, specialTokens: tagKind != nil, addBOS: false)
            let isInside = round % 2 == 0
            let stop = ["zz", "a", "\n", "<", "ab"][random.below(5)]
            let hasLogprobs = random.below(2) == 0
            let skips = tagKind != .control || random.below(2) == 0
            let options = try chatOptions(
                #""stop": [\#(JSONValue.string(stop).serialized())], "logprobs": \#(hasLogprobs), "#
                    + #""skip_special_tokens": \#(skips)"#)
            let rules = AnswerText.Rules(
                tokenizer: tokenizer, stopping: options.stopping, reporting: options.reporting,
                splitting: Self.rules((isInside, false), recalls: true))
            let streamed = Self.run(tokens, rules, tokenizer, (isInside, false)) { _ in random.below(2) == 0 }
            let whole = Self.run(tokens, rules, tokenizer, (isInside, false)) { _ in false }
            #expect(streamed.map(\.reasoning).joined() == whole.map(\.reasoning).joined())
            #expect(streamed.map(\.text).joined() == whole.map(\.text).joined())
            #expect(streamed.flatMap { $0.reports ?? [] } == whole.flatMap { $0.reports ?? [] })
            // A control token behind the block leaves no trace when special tokens are skipped.
            guard tagKind != .control else { continue }
            let wanted = NaiveSplit(text, isInside: isInside, awaitsLateClose: false, recalls: false)
            let bytes = Array(wanted.content.utf8)
            let cut = StopMatcherTests.naive(bytes, [Array(stop.utf8)]).map {
                String(decoding: bytes[..<$0.start], as: UTF8.self)
            }
            #expect(whole.map(\.reasoning).joined() == wanted.reasoning, "\(text.debugDescription)")
            #expect(whole.map(\.text).joined() == cut ?? wanted.content, "\(text.debugDescription) \(stop)")
            guard hasLogprobs, cut == nil else { continue }
            #expect(whole.flatMap { $0.reports ?? [] }.flatMap(\.bytes) == Array(text.utf8), "all tokens are reported")
        }
    }

    @Test func wire_39_aLateCloseMakesReasoningOfAWholeAnswerOnly() throws {
        let tokenizer = try ByteVocabulary.tokenizer(addBOS: false)
        let options = try chatOptions("")
        func run(_ text: String, recalls: Bool) -> AnswerText.Delta? {
            let rules = AnswerText.Rules(
                tokenizer: tokenizer, stopping: options.stopping, reporting: options.reporting,
                splitting: Self.rules((false, true), recalls: recalls))
            return Self.run(text.utf8.map { Int32($0) }, rules, tokenizer, (false, true)) { _ in false }.last
        }
        let whole = run("\nI think.\n</think>\n\nYes.", recalls: true)
        #expect(whole?.reasoning == "I think." && whole?.text == "Yes.")
        let streamed = run("\nI think.\n</think>\n\nYes.", recalls: false)
        #expect(streamed?.reasoning == "" && streamed?.text == "\nI think.\nYes.")
        let quoted = run("The tags are <think> and </think>.", recalls: true)
        #expect(quoted?.reasoning == "" && quoted?.text == "The tags are <think> and </think>.")
    }

    @Test func wire_39_controlTokensAreTagsOnlyWhereTheyMeanSomething() throws {
        let tokenizer = try ByteVocabulary.tokenizer(addBOS: false, tagKind: .control)
        let (open, close) = (ByteVocabulary.openingTag, ByteVocabulary.closingTag)
        func run(_ tokens: [Int32], skips: Bool) throws -> AnswerText.Delta? {
            let options = try chatOptions(#""skip_special_tokens": \#(skips)"#)
            let rules = AnswerText.Rules(
                tokenizer: tokenizer, stopping: options.stopping, reporting: options.reporting,
                splitting: Self.rules((false, true), recalls: true))
            return Self.run(tokens, rules, tokenizer, (false, true)) { _ in false }.last
        }
        let letters: (a: Int32, b: Int32) = (0x61, 0x62)
        for skips in [true, false] {
            let block = try run([open, letters.a, close, letters.b], skips: skips)
            #expect(block?.reasoning == "a" && block?.text == "b")
            let late = try run([letters.a, close, letters.b], skips: skips)
            #expect(late?.reasoning == "a" && late?.text == "b")
            let behind = try run([open, letters.a, close, letters.b, open, close], skips: skips)
            #expect(behind?.text == (skips ? "b" : "b<think></think>"))
            let middle = try run([letters.a, open, letters.b, close], skips: skips)
            #expect(middle?.text == (skips ? "ab" : "a<think>b</think>") && middle?.reasoning == "")
        }
    }
}

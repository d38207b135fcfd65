import JSON
import OpenAI
import Sampling
import Service
import Testing
import Tokenization

/// Tokens to visible text: whatever is held back, the parts join to what a naive reader gets at once.
@Suite struct AnswerTextTests {
    private let tokenizer: Tokenizer

    init() throws { tokenizer = try ByteVocabulary.tokenizer(addBOS: false) }

    /// Rules as a request with these members sets them.
    private func rules(_ members: String) throws -> AnswerText.Rules {
        let options = try chatOptions(members)
        return AnswerText.Rules(
            tokenizer: tokenizer, stopping: options.stopping, reporting: options.reporting, splitting: nil)
    }

    private static let report = TokenLogprobs(logprob: -1, top: [TopLogprob(token: 0x61, logprob: -1)])

    /// Feeds all tokens, taking after each when `everyToken`; returns the parts and the state at the end.
    private func run(
        _ tokens: [Int32], _ rules: AnswerText.Rules, everyToken: Bool
    ) -> (parts: [AnswerText.Delta], text: AnswerText) {
        var text = AnswerText(rules)
        var parts: [AnswerText.Delta] = []
        for token in tokens {
            text.append(token, logprobs: Self.report)
            if text.isStopped { break }
            if everyToken, let part = text.take() { parts.append(part) }
        }
        text.close(isCut: false)
        if let part = text.take() { parts.append(part) }
        return (parts, text)
    }

    /// The text as one string, cut at the first stop by a naive reader.
    private func expected(_ tokens: [Int32], stops: [String], includesText: Bool) -> String {
        let whole = Array(tokenizer.decode(tokens, rendersSpecial: false).utf8)
        guard let match = StopMatcherTests.naive(whole, stops.map { Array($0.utf8) }) else {
            return String(decoding: whole, as: UTF8.self)
        }
        return String(decoding: whole[..<(includesText ? match.end : match.start)], as: UTF8.self)
    }

    @Test func wire_15_and_47_partsJoinToTheWholeAndBytesToTheText() throws {
        var random = SplitMix(state: 7)
        let stopSets: [[String]] = [
            [], ["END"], ["b", "ab", "xyz"], ["é", "\n"], ["😀a", "aa"], ["€", "x€"], ["abx", "bb"],
        ]
        for round in 0..<6_000 {
            let letters: [Int32] = [0x61, 0x62, 0x78, 0x45, 0x4E, 0x44, 0x0A, 0xAC, 0xFF, 0xC3]
            let tokens = (0..<random.below(14)).map { _ -> Int32 in
                switch random.below(10) {
                case 0: ByteVocabulary.mark
                case 1...5: Int32(256 + random.below(ByteVocabulary.longer.count))
                default: letters[random.below(letters.count)]
                }
            }
            let stops = stopSets[round % stopSets.count]
            let includes = round % 5 == 0
            let wanted = expected(tokens, stops: stops, includesText: includes)
            for logprobs in [false, true] {
                let quoted = stops.map { JSONValue.string($0).serialized() }.joined(separator: ",")
                let rules = try rules(
                    #""stop": [\#(quoted)], "include_stop_str_in_output": \#(includes), "logprobs": \#(logprobs)"#)
                let streamed = run(tokens, rules, everyToken: true).parts
                let whole = run(tokens, rules, everyToken: false).parts
                #expect(streamed.map(\.text).joined() == wanted)
                #expect(whole.map(\.text).joined() == wanted)
                guard logprobs else { continue }
                let isEqual = streamed.flatMap { $0.reports ?? [] } == whole.flatMap { $0.reports ?? [] }
                #expect(isEqual, "\(tokens) with \(stops)")
                #expect(streamed.dropLast().allSatisfy { !$0.text.isEmpty })
                for part in streamed {
                    #expect((part.reports ?? []).flatMap(\.bytes) == Array(part.text.utf8))
                }
            }
        }
    }

    @Test func wire_26_stopTextNeverAppearsAndHeldTextIsFlushed() throws {
        let rules = try rules(#""stop": "END""#)
        var text = AnswerText(rules)
        text.append(0x78, logprobs: nil)
        #expect(text.take()?.text == "x")
        text.append(258, logprobs: nil)
        #expect(text.take() == nil, "EN may become END")
        text.append(0x78, logprobs: nil)
        #expect(text.take()?.text == "ENx", "the match failed")
        text.append(258, logprobs: nil)
        text.append(259, logprobs: nil)
        #expect(text.isStopped)
        #expect(text.tokenCount == 5)
        text.append(0x78, logprobs: nil)
        #expect(text.tokenCount == 5, "what the engine made too much does not count")
        text.close(isCut: false)
        #expect(text.take()?.text == "")
    }

    @Test func wire_07_charactersAreNeverSplit() throws {
        var text = AnswerText(try rules(""))
        text.append(261, logprobs: nil)
        #expect(text.take() == nil)
        text.append(262, logprobs: nil)
        #expect(text.take()?.text == "😀")
    }

    @Test func wire_47_splitCharactersKeepTheirBytes() throws {
        var text = AnswerText(try rules(#""logprobs": true, "top_logprobs": 1"#))
        text.append(261, logprobs: Self.report)
        #expect(text.take() == nil)
        text.append(263, logprobs: Self.report)
        let delta = text.take()
        #expect(delta?.text == "😀ab")
        #expect(delta?.reports?.map(\.bytes) == [[0xF0, 0x9F], [0x98, 0x80, 0x61, 0x62]])
        #expect(delta?.reports?.first?.alternatives == [.init(id: 0x61, bytes: [0x61], logprob: -1)])
    }

    @Test func minimumTokensComeBeforeAnyStopString() throws {
        let rules = try rules(#""stop": "a", "min_tokens": 3"#)
        let run = run([0x61, 0x61, 0x62, 0x61, 0x62], rules, everyToken: true)
        #expect(run.parts.map(\.text).joined() == "aab")
        #expect(run.text.tokenCount == 4)
    }

    @Test func wire_55_tokenIdsAreAllThatWereGenerated() throws {
        var text = AnswerText(try rules(#""return_token_ids": true"#))
        text.append(261, logprobs: nil)
        text.append(ByteVocabulary.mark, logprobs: nil)
        text.append(0x61, logprobs: nil)
        let first = text.take()
        #expect(first?.tokenIDs == [261, ByteVocabulary.mark, 0x61])
        text.appendEnd(ByteVocabulary.end)
        text.close(isCut: false)
        #expect(text.take()?.tokenIDs == [ByteVocabulary.end])
        #expect(text.tokenCount == 4)
    }
}

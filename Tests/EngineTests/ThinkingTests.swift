import Engine
import Grammar
import Sampling
import Testing

/// Thinking is closed at the same token alone and in a crowd, and every token says where it lies.
@Suite struct ThinkingTests {
    /// Tokens of the fake model's vocabulary as texts: most are letters.
    private static func vocabulary(opening: Int32?) -> ThinkingVocabulary {
        ThinkingVocabulary(
            texts: (0..<Int32(FakeModel.vocabularySize)).map {
                switch $0 {
                case 40: Array("</think>".utf8)
                case 41: Array("\n".utf8)
                case 0..<20: Array("<think>".utf8)
                default: [UInt8(ascii: "a")]
                }
            }, count: FakeModel.vocabularySize, isSpecial: { _ in false }, opening: opening, closing: [41, 40, 41])
    }

    /// What binds an answer that thinks, in a form behind the thinking or in none.
    /// - Parameter opening: the token that may open a block where a form would begin.
    static func constraint(
        budget: Int, isInside: Bool, form: (any TokenConstraint)? = nil, ends: Set<Int32> = [], opening: Int32? = 5
    ) -> AnswerConstraint {
        AnswerConstraint(
            thinking: ThinkingRules(
                vocabulary(opening: opening), start: ThinkingScanner(isInside: isInside, awaitsLateClose: false),
                budget: budget,
                repetition: .init(period: 4, repeats: 2, tokens: 6), hidesSpecial: true),
            form: form, ends: ends, repetition: .init(period: 3, repeats: 2, tokens: 4))
    }

    @Test(arguments: 1...3) func forcedTokensAreTheSameAloneAndInACrowd(seed: Int) async throws {
        var dice = Dice(seed: seed)
        let requests = (0..<24).map { _ in
            var asked = request((0..<1 + dice(30)).map { Int32($0 % 23) }, maximum: 30, seed: UInt64(dice(1000)))
            asked.sampling.temperature = [0, 0.7, 1.3][dice(3)]
            asked.sampling.topLogprobs = [nil, 2][dice(2)]
            asked.sampling.presencePenalty = [0, 1][dice(2)]
            asked.constraint = Self.constraint(budget: dice(20), isInside: dice(2) == 0)
            return asked
        }
        let run = EngineRun(EngineRun.limits(pages: 26, running: 7, waiting: 80))
        let together = await withTaskGroup(of: (Int, [GenerationEvent]).self) { group in
            for (index, asked) in requests.enumerated() { group.addTask { (index, await run.events(asked)) } }
            return await group.reduce(into: [Int: [GenerationEvent]]()) { $0[$1.0] = $1.1 }
        }
        for (index, asked) in requests.enumerated() {
            let alone = await EngineRun.alone().events(asked)
            #expect(together[index]?.tokens == alone.tokens)
            guard var constraint = asked.constraint else { continue }
            for token in alone.tokens {
                if case .exactly(let forced) = try constraint.next() {
                    #expect(forced == token.token, "what must come, comes")
                }
                #expect((token.logprobs != nil) == (asked.sampling.topLogprobs != nil))
                constraint.accept(token.token)
                #expect(constraint.note == token.note)
            }
        }
        await run.drain(graceSeconds: 0)
    }

    @Test func tokensSayInWhichPartTheyLieAndWhatClosedTheThinking() async {
        var asked = request([1, 2, 3], maximum: 30, seed: 4)
        asked.constraint = Self.constraint(budget: 8, isInside: true)
        let tokens = await EngineRun.alone().events(asked).tokens
        let close = tokens.firstIndex { $0.token == 40 }
        #expect(tokens.prefix { $0.note.part == .thinking }.count == (close ?? -2) + 1)
        #expect(tokens.last?.note.part == .answer && tokens.last?.note.closure != nil)
        asked.constraint = nil
        #expect(await EngineRun.alone().events(asked).tokens.allSatisfy { $0.note == TokenNote() })
    }

    @Test func numbersThatAreNoneEndAnAnswerAlsoWhereATokenIsForced() async {
        var asked = request([1, 2, FakeModel.poison], maximum: 8, seed: 1)
        asked.constraint = Self.constraint(budget: 0, isInside: true)
        let events = await EngineRun.alone().events(asked)
        #expect(events.tokens.isEmpty)
        if case .failed? = events.ending {} else { Issue.record("it went on") }
    }
}

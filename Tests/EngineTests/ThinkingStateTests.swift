import Engine
import Sampling
import Testing

/// Thinking is bounded by a function of the tokens so far.
@Suite struct ThinkingStateTests {
    /// Tokens of a small vocabulary: letters, the tags whole, and the tags in pieces.
    private enum Piece {
        static let letter: Int32 = 1
        static let newline: Int32 = 2
        static let open: Int32 = 3
        static let close: Int32 = 4
        static let bracket: Int32 = 5
        static let slash: Int32 = 6
        static let rest: Int32 = 7
        static let texts = TokenTexts(
            ["", "a", "\n", "<think>", "</think>", "<", "</", "think>\n", "b"].map { Array($0.utf8) })
    }

    private static func rules(
        isInside: Bool, closing: [Int32] = [Piece.newline, Piece.close, Piece.newline], budget: Int? = nil,
        repetition: RepetitionDetector.Rules? = nil
    ) -> ThinkingRules {
        ThinkingRules(
            texts: Piece.texts, start: ThinkingScanner(isInside: isInside, awaitsLateClose: !isInside),
            closing: closing, budget: budget, repetition: repetition)
    }

    /// What comes of a model that would say `wish`, over and over.
    private static func run(_ wish: [Int32], _ rules: ThinkingRules, count: Int) -> (tokens: [Int32], ThinkingState) {
        var state = ThinkingState(rules)
        var tokens: [Int32] = []
        for index in 0..<count {
            let token = state.forced ?? wish[index % wish.count]
            state.accept(token)
            tokens.append(token)
        }
        return (tokens, state)
    }

    @Test func aBudgetIsSpentToTheLastToken() {
        for budget in 0...20 {
            let (tokens, state) = Self.run([Piece.letter], Self.rules(isInside: true, budget: budget), count: 30)
            #expect(state.reasoningTokens == max(budget, 2), "the tag always comes")
            #expect(state.closure == .budget && state.phase == .answer && state.forced == nil)
            let close = tokens.firstIndex(of: Piece.close)
            #expect(close == max(budget, 2) - 1)
            #expect(tokens.filter { $0 == Piece.close }.count == 1)
        }
    }

    @Test func aBlockThatTheModelOpensIsBoundedToo() {
        let wish = [Piece.open] + [Int32](repeating: Piece.letter, count: 40)
        let (tokens, state) = Self.run(wish, Self.rules(isInside: false, budget: 10), count: 30)
        #expect(tokens[8..<11] == [Piece.newline, Piece.close, Piece.newline])
        #expect(state.reasoningTokens == 10 && state.closure == .budget)
        let (_, plain) = Self.run([Piece.letter], Self.rules(isInside: false, budget: 10), count: 30)
        #expect(plain.reasoningTokens == 0 && plain.closure == nil, "an answer without a block has no bound")
    }

    @Test func tagsInPiecesAreTags() {
        let closing = [Piece.newline, Piece.slash, Piece.rest, Piece.newline]
        let (tokens, state) = Self.run(
            [Piece.bracket], Self.rules(isInside: true, closing: closing, budget: 9), count: 20)
        #expect(state.reasoningTokens == 9 && state.closure == .budget)
        #expect(tokens[6..<10] == closing[...], "behind a bracket that might have begun a tag")
        let wish = [Piece.bracket, Piece.rest, Piece.letter, Piece.slash, Piece.rest, Piece.letter]
        let (_, own) = Self.run(wish, Self.rules(isInside: false), count: 6)
        #expect(own.reasoningTokens == 5 && own.closure == .model)
    }

    @Test func circlesAreClosed() {
        let circle = RepetitionDetector.Rules(period: 8, repeats: 3, tokens: 12)
        let wish = [Piece.letter, Piece.newline, 8]
        let (tokens, state) = Self.run(wish, Self.rules(isInside: true, repetition: circle), count: 40)
        #expect(state.closure == .repetition)
        #expect(tokens.firstIndex(of: Piece.close) == 13 && state.reasoningTokens == 14)
        let (_, quiet) = Self.run(wish, Self.rules(isInside: false, repetition: circle), count: 40)
        #expect(quiet.closure == nil, "an answer is not thinking")
    }

    @Test func aLateCloseCounts() {
        let wish = [Piece.letter, Piece.letter, Piece.close, Piece.letter]
        let (_, state) = Self.run(wish, Self.rules(isInside: false), count: 4)
        #expect(state.reasoningTokens == 3 && state.closure == .model)
    }

    @Test func tokensThatCloseNothingNeverCome() {
        let (tokens, state) = Self.run(
            [Piece.letter], Self.rules(isInside: true, closing: [Piece.newline], budget: 3), count: 20)
        #expect(tokens.allSatisfy { $0 == Piece.letter } && state.closure == nil)
    }

    /// Tokens of the fake model's vocabulary as texts: most are letters.
    static func fakeRules(budget: Int, isInside: Bool) -> ThinkingRules {
        let texts = TokenTexts(
            (0..<Int32(FakeModel.vocabularySize)).map {
                switch $0 {
                case 40: Array("</think>".utf8)
                case 41: Array("\n".utf8)
                case 0..<20: Array("<think>".utf8)
                default: [UInt8(ascii: "a")]
                }
            })
        return ThinkingRules(
            texts: texts, start: ThinkingScanner(isInside: isInside, awaitsLateClose: false), closing: [41, 40, 41],
            budget: budget, repetition: .init(period: 4, repeats: 2, tokens: 6))
    }

    @Test(arguments: 1...3) func forcedTokensAreTheSameAloneAndInACrowd(seed: Int) async {
        var dice = Dice(seed: seed)
        let requests = (0..<24).map { _ in
            var asked = request((0..<1 + dice(30)).map { Int32($0 % 23) }, maximum: 30, seed: UInt64(dice(1000)))
            asked.sampling.temperature = [0, 0.7, 1.3][dice(3)]
            asked.sampling.topLogprobs = [nil, 2][dice(2)]
            asked.sampling.presencePenalty = [0, 1][dice(2)]
            asked.thinking = Self.fakeRules(budget: dice(20), isInside: dice(2) == 0)
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
            guard let rules = asked.thinking else { continue }
            var state = ThinkingState(rules)
            for token in alone.tokens {
                #expect(state.forced == nil || state.forced == token.token, "what must come, comes")
                #expect((token.logprobs != nil) == (asked.sampling.topLogprobs != nil))
                state.accept(token.token)
            }
            if rules.isInside { #expect(state.closure != nil) }
        }
        await run.drain(graceSeconds: 0)
    }

    @Test func numbersThatAreNoneEndAnAnswerAlsoWhereATokenIsForced() async {
        var asked = request([1, 2, FakeModel.poison], maximum: 8, seed: 1)
        asked.thinking = Self.fakeRules(budget: 0, isInside: true)
        let events = await EngineRun.alone().events(asked)
        #expect(events.tokens.isEmpty)
        if case .failed? = events.ending {} else { Issue.record("it went on") }
    }
}

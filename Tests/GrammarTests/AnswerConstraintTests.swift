import Grammar
import Sampling
import Testing

/// Thinking is bounded, and what follows it has its form, by a function of the tokens so far.
@Suite struct AnswerConstraintTests {
    /// Tokens of a small vocabulary: letters, the tags whole, and the tags in pieces.
    private enum Piece {
        static let letter: Int32 = 1
        static let newline: Int32 = 2
        static let open: Int32 = 3
        static let close: Int32 = 4
        static let bracket: Int32 = 5
        static let slash: Int32 = 6
        static let rest: Int32 = 7
        static let other: Int32 = 8
        static let closeAndText: Int32 = 9
        static let special: Int32 = 10
        static let end: Int32 = 11
        static let whole: Int32 = 12
        static let texts = [
            "", "a", "\n", "<think>", "</think>", "<", "</", "think>\n", "b", "</think>\na", "<|x|>", "<|end|>",
            "a</think>b",
        ]
    }

    private static func rules(
        isInside: Bool, closing: [Int32] = [Piece.newline, Piece.close, Piece.newline], budget: Int? = nil,
        repetition: RepetitionDetector.Rules? = nil, hidesSpecial: Bool = true
    ) -> ThinkingRules {
        ThinkingRules(
            ThinkingVocabulary(
                texts: Piece.texts.map { Array($0.utf8) }, count: Piece.texts.count,
                isSpecial: { [Piece.open, Piece.close, Piece.special, Piece.end].contains($0) }, opening: Piece.open,
                closing: closing),
            start: ThinkingScanner(isInside: isInside, awaitsLateClose: !isInside), budget: budget,
            repetition: repetition, hidesSpecial: hidesSpecial)
    }

    private static func constraint(
        _ rules: ThinkingRules?, form: (any TokenConstraint)? = nil, repetition: RepetitionDetector.Rules? = nil
    ) -> AnswerConstraint {
        AnswerConstraint(thinking: rules, form: form, ends: [Piece.end], repetition: repetition)
    }

    /// What comes of a model that would say `wish`, over and over.
    private struct Run {
        var tokens: [Int32] = []
        var notes: [TokenNote] = []
        var last: AnswerConstraint

        init(_ wish: [Int32], _ constraint: AnswerConstraint, count: Int) throws {
            last = constraint
            for index in 0..<count {
                var token = wish[index % wish.count]
                if case .exactly(let forced) = try last.next() { token = forced }
                last.accept(token)
                tokens.append(token)
                notes.append(last.note)
            }
        }

        init(_ wish: [Int32], _ rules: ThinkingRules, count: Int) throws {
            try self.init(wish, AnswerConstraintTests.constraint(rules), count: count)
        }

        /// Up to the last token that is part of the thinking, all are.
        var reasoningTokens: Int { (notes.lastIndex { $0.part == .thinking } ?? -1) + 1 }
        var closure: ThinkingClosure? { last.note.closure }
        var isFree: Bool { get throws { var last = last; return try last.next() == .any } }
    }

    @Test func aFormMayHoldTheTextOfATag() {
        for budget in [nil, 3] {
            let isInside = budget != nil
            var answer = Self.constraint(Self.rules(isInside: isInside, budget: budget), form: Letters())
            if isInside { for token in [Piece.newline, Piece.close, Piece.newline] { answer.accept(token) } }
            for token in [Piece.letter, Piece.close, Piece.whole, Piece.open, Piece.close] {
                answer.accept(token)
                #expect(answer.note.part == .answer, "\(token)")
                for event in [TagEvent.closed, .closedLate, .closedAgain, .mentioned] {
                    #expect(!answer.note.tags.contains(event), "\(token)")
                }
            }
        }
    }

    @Test func aBudgetIsSpentToTheLastToken() throws {
        for budget in 0...20 {
            let run = try Run([Piece.letter], Self.rules(isInside: true, budget: budget), count: 30)
            #expect(run.reasoningTokens == max(budget, 2), "the tag always comes")
            #expect(try run.closure == .budget && run.last.note.part == .answer && run.isFree)
            let close = run.tokens.firstIndex(of: Piece.close)
            #expect(close == max(budget, 2) - 1)
            #expect(run.tokens.filter { $0 == Piece.close }.count == 1)
            #expect(run.notes.firstIndex { $0.closure != nil } == max(budget - 3, 0), "it is known when it begins")
        }
    }

    @Test func aBlockThatTheModelOpensIsBoundedToo() throws {
        let wish = [Piece.open] + [Int32](repeating: Piece.letter, count: 40)
        let run = try Run(wish, Self.rules(isInside: false, budget: 10), count: 30)
        #expect(run.tokens[8..<11] == [Piece.newline, Piece.close, Piece.newline])
        #expect(run.reasoningTokens == 10 && run.closure == .budget)
        let plain = try Run([Piece.letter], Self.rules(isInside: false, budget: 10), count: 30)
        #expect(plain.reasoningTokens == 0 && plain.closure == nil, "an answer without a block has no bound")
    }

    @Test func tagsInPiecesAreTags() throws {
        let closing = [Piece.newline, Piece.slash, Piece.rest, Piece.newline]
        let run = try Run([Piece.bracket], Self.rules(isInside: true, closing: closing, budget: 9), count: 20)
        #expect(run.reasoningTokens == 9 && run.closure == .budget)
        #expect(run.tokens[6..<10] == closing[...], "behind a bracket that might have begun a tag")
        let wish = [Piece.bracket, Piece.rest, Piece.letter, Piece.slash, Piece.rest, Piece.letter]
        let own = try Run(wish, Self.rules(isInside: false), count: 6)
        #expect(own.reasoningTokens == 5 && own.closure == .model)
        #expect(own.notes.map(\.tags.openBytes) == [1, 0, 0, 2, 0, 0])
        #expect(own.notes[4].tags.all == [TagMark(.closed, end: 6)], "the newline is behind the tag")
    }

    @Test func circlesAreClosed() throws {
        let circle = RepetitionDetector.Rules(period: 8, repeats: 3, tokens: 12)
        let wish = [Piece.letter, Piece.newline, Piece.other]
        let run = try Run(wish, Self.rules(isInside: true, repetition: circle), count: 40)
        #expect(run.closure == .repetition)
        #expect(run.tokens.firstIndex(of: Piece.close) == 13 && run.reasoningTokens == 14)
        let quiet = try Run(wish, Self.rules(isInside: false, repetition: circle), count: 40)
        #expect(quiet.closure == nil, "an answer is not thinking")
        #expect(run.notes.allSatisfy { !$0.isRepeating })
    }

    @Test func circlesOfTheAnswerAreNoted() throws {
        let circle = RepetitionDetector.Rules(period: 8, repeats: 3, tokens: 6)
        let wish = [Int32](repeating: Piece.letter, count: 30)
        let behind = try Run(
            [Piece.open] + wish + [Piece.close] + wish,
            Self.constraint(Self.rules(isInside: false), repetition: circle),
            count: 50)
        #expect(behind.notes.firstIndex { $0.isRepeating } == 32 + 5, "what was thought does not count")
        let plain = try Run(wish, Self.constraint(nil, repetition: circle), count: 30)
        #expect(plain.notes.firstIndex { $0.isRepeating } == 5 && plain.reasoningTokens == 0)
    }

    @Test func aLateCloseMakesThinkingOfAllBeforeIt() throws {
        let wish = [Piece.letter, Piece.letter, Piece.close, Piece.letter]
        let run = try Run(wish, Self.rules(isInside: false), count: 4)
        #expect(run.reasoningTokens == 3 && run.closure == .model)
        let once = try Run([Piece.whole, Piece.close], Self.rules(isInside: false), count: 2)
        #expect(once.notes[0].tags.all == [TagMark(.began, end: 1), TagMark(.closedLate, end: 9)])
        #expect(once.reasoningTokens == 1 && once.notes[1].tags.isEmpty, "a second tag is text")
    }

    @Test func tokensThatCloseNothingNeverCome() throws {
        let run = try Run(
            [Piece.letter], Self.rules(isInside: true, closing: [Piece.newline], budget: 3), count: 20)
        #expect(run.tokens.allSatisfy { $0 == Piece.letter } && run.closure == nil)
    }

    @Test func aModelThatClosesOnceMoreIsNoticed() throws {
        let wish = [Int32](repeating: Piece.letter, count: 8) + [Piece.close, Piece.letter]
        let run = try Run(wish, Self.rules(isInside: true, budget: 4), count: 10)
        #expect(run.notes[8].tags.all == [TagMark(.closedAgain, end: 8)] && run.notes[8].part == .answer)
        #expect(run.reasoningTokens == 4 && run.closure == .budget)
    }

    @Test func specialTokensAreTextWhereTheyAreShown() throws {
        for hides in [true, false] {
            let run = try Run(
                [Piece.special, Piece.open, Piece.letter], Self.rules(isInside: false, hidesSpecial: hides), count: 3)
            #expect(run.reasoningTokens == (hides ? 3 : 0))
        }
    }

    /// `a` or `b`, then the end.
    private struct Letters: TokenConstraint {
        var count = 0

        mutating func next() throws(ConstraintFailure) -> NextTokens {
            guard count == 0 else { return .exactly(Piece.end) }
            var mask = TokenMask(vocabulary: Piece.texts.count)
            mask.allow(Piece.letter)
            mask.allow(Piece.other)
            return .among(mask)
        }

        mutating func accept(_ token: Int32) { count += 1 }

        func appendForced(_ count: Int, to tokens: inout [Int32]) {
            if self.count == 1, count > 0 { tokens.append(Piece.end) }
        }
    }

    /// The tokens that may come next.
    private static func allowed(_ constraint: AnswerConstraint) throws -> [Int32] {
        var constraint = constraint
        switch try constraint.next() {
        case .any: return Piece.texts.indices.map { Int32($0) }
        case .exactly(let token): return [token]
        case .among(let mask):
            return Piece.texts.indices.map { Int32($0) }.filter { mask.allows($0) && constraint.allows($0) }
        }
    }

    @Test func theFormBindsWhatFollowsTheThinking() throws {
        var answer = Self.constraint(Self.rules(isInside: false, budget: 6), form: Letters())
        #expect(try Self.allowed(answer) == [Piece.letter, Piece.open, Piece.other], "a block may still open")
        answer.accept(Piece.open)
        var forced: [Int32] = []
        let all = Set(Piece.texts.indices.map { Int32($0) })
        #expect(
            try Set(Self.allowed(answer)) == all.subtracting([Piece.end, Piece.closeAndText, Piece.whole]),
            "no end, and nothing of the answer beside the tag")
        answer.appendForced(3, to: &forced)
        answer.accept(Piece.slash)
        answer.accept(Piece.rest)
        #expect(try Self.allowed(answer) == [Piece.letter, Piece.other], "the newline is there already")
        answer.accept(Piece.letter)
        answer.appendForced(3, to: &forced)
        #expect(forced == [Piece.end] && answer.note.closure == .model)
    }

    @Test func whatSeparatesThinkingAndFormComesByItself() throws {
        var answer = Self.constraint(Self.rules(isInside: true), form: Letters())
        answer.accept(Piece.close)
        #expect(try Self.allowed(answer) == [Piece.newline])
        var forced: [Int32] = []
        answer.appendForced(3, to: &forced)
        #expect(forced.isEmpty)
        answer.accept(Piece.newline)
        #expect(try Self.allowed(answer) == [Piece.letter, Piece.other])
        let free = try Run([Piece.close, Piece.letter], Self.rules(isInside: true), count: 2)
        #expect(free.tokens.last == Piece.letter, "an answer without a form goes on as it likes")
    }

    @Test func theBeginningOfAFormIsForgottenWhereItOpensABlock() throws {
        var answer = Self.constraint(Self.rules(isInside: false), form: Letters())
        for token in [Piece.newline, Piece.open, Piece.letter, Piece.close, Piece.newline] { answer.accept(token) }
        #expect(try Self.allowed(answer) == [Piece.letter, Piece.other])
    }
}

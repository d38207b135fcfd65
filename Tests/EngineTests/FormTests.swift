import Engine
import Sampling
import Scheduling
import Telemetry
import Testing

/// An answer has the form that it has to have, whatever runs beside it and however its tokens are drafted.
@Suite struct FormTests {
    /// Tokens by class: a run of forced ones, then some of a few, over and over; after `length` tokens the end.
    struct Pattern: TokenConstraint {
        static let end: Int32 = 9
        let length: Int
        var count = 0

        /// Two places of five are free.
        private func forced(at place: Int) -> Int32? {
            if place >= length { return Self.end }
            return place % 5 < 3 ? Int32(20 + place % 7) : nil
        }

        static func allowed(at place: Int) -> [Int32] { [Int32(30 + place % 3), 35, 36, 37] }

        mutating func next() throws(ConstraintFailure) -> NextTokens {
            if let token = forced(at: count) { return .exactly(token) }
            var mask = TokenMask(vocabulary: FakeModel.vocabularySize)
            for token in Self.allowed(at: count) { mask.allow(token) }
            return .among(mask)
        }

        mutating func accept(_ token: Int32) { count += 1 }

        func appendForced(_ count: Int, to tokens: inout [Int32]) {
            var place = self.count
            while tokens.count < count, let token = forced(at: place) {
                tokens.append(token)
                if token == Self.end { return }
                place += 1
            }
        }

        static func check(_ tokens: [Int32], length: Int) -> Bool {
            tokens.count == length + 1 && tokens.last == end
                && tokens.dropLast().enumerated().allSatisfy { place, token in
                    Pattern(length: length).forced(at: place).map { $0 == token }
                        ?? allowed(at: place).contains(token)
                }
        }
    }

    /// A form that cannot be followed beyond its third token.
    struct DeadEnd: TokenConstraint {
        var count = 0
        mutating func next() throws(ConstraintFailure) -> NextTokens {
            if count == 3 { throw ConstraintFailure(reason: "nothing can follow") }
            return .any
        }
        mutating func accept(_ token: Int32) { count += 1 }
        func appendForced(_ count: Int, to tokens: inout [Int32]) {}
    }

    private static func asked(_ prompt: [Int32], length: Int, seed: UInt64, temperature: Float) -> GenerationRequest {
        var asked = request(prompt, maximum: 80, seed: seed)
        asked.sampling.temperature = temperature
        asked.sampling.stopTokens = [Pattern.end]
        asked.constraint = Pattern(length: length)
        return asked
    }

    @Test func anAnswerHasItsForm() async {
        for length in [1, 2, 3, 4, 17, 40] {
            let run = EngineRun.alone()
            let events = await run.events(Self.asked([1, 2, 3], length: length, seed: 5, temperature: 1))
            #expect(Pattern.check(events.tokens.map(\.token) + [Pattern.end], length: length))
            #expect(events.ending == .stopToken(Pattern.end))
        }
    }

    @Test func forcedTokensTakeOneStepPerRun() async {
        let run = EngineRun(EngineRun.draftingLimits(pages: 64, running: 1, waiting: 1))
        let events = await run.events(Self.asked([1, 2, 3], length: 40, seed: 5, temperature: 1))
        #expect(events.tokens.count == 40)
        #expect(run.registry.exposition().contains("michat_forced_tokens_total 2"))
        // 16 free tokens and the first run: every other step takes a free token with the run behind it.
        #expect(run.log.steps <= 18, "\(run.log.steps) steps for 41 tokens")
    }

    @Test(arguments: [0, 1, 2]) func theFormIsTheSameAloneAndBesideOthers(seed: Int) async {
        var dice = Dice(seed: seed + 77)
        let all = (0..<24).map { index in
            Self.asked(
                (0..<1 + dice(30)).map { Int32($0 % 19) }, length: 1 + dice(40), seed: UInt64(index),
                temperature: [0, 0.8, 2][dice(3)])
        }
        var alone: [[Int32]] = []
        for asked in all { alone.append(await EngineRun.alone().events(asked).tokens.map(\.token)) }
        for limits in [
            EngineRun.limits(pages: 40, running: 8, waiting: 64),
            EngineRun.draftingLimits(pages: 60, running: 6, waiting: 64),
        ] {
            for kind in [SpeculationKind.none, .ngram, .mtp] {
                let run = EngineRun(limits, speculation: SpeculationOptions(kind: kind, draftTokens: 3))
                let together = await withTaskGroup(of: (Int, [Int32]).self) { group in
                    for (index, asked) in all.enumerated() {
                        group.addTask { (index, await run.events(asked).tokens.map(\.token)) }
                    }
                    return await group.reduce(into: [Int: [Int32]]()) { $0[$1.0] = $1.1 }
                }
                for index in all.indices { #expect(together[index] == alone[index], "request \(index) with \(kind)") }
            }
        }
    }

    @Test func aFormThatCannotGoOnFailsItsOwnSequence() async {
        let run = EngineRun(EngineRun.limits(pages: 40, running: 4, waiting: 8))
        var dead = request([1, 2], maximum: 20, seed: 1)
        dead.constraint = DeadEnd()
        let good = Self.asked([3, 4], length: 12, seed: 3, temperature: 1)
        async let first = run.events(dead)
        async let second = run.events(good)
        let (failed, fine) = await (first, second)
        guard case .constraintFailed(let reason)? = failed.ending else {
            Issue.record("ended with \(String(describing: failed.ending))")
            return
        }
        #expect(reason == "nothing can follow")
        #expect(fine.ending == .stopToken(Pattern.end))
    }

    @Test func theFormBindsWhatFollowsTheThinking() async {
        for isInside in [true, false] {
            for budget in [4, 9] {
                var asked = Self.asked([1, 2, 3], length: 20, seed: 8, temperature: 2)
                asked.constraint = ThinkingTests.constraint(
                    budget: budget, isInside: isInside, form: asked.constraint, ends: asked.sampling.stopTokens,
                    opening: nil)
                let tokens = await EngineRun.alone().events(asked).tokens.map(\.token)
                guard isInside else {
                    #expect(Pattern.check(tokens + [Pattern.end], length: 20), "no block, the form from the start")
                    continue
                }
                guard let close = tokens.firstIndex(of: 40), close + 1 < tokens.count else {
                    Issue.record("the block is never closed: \(tokens)")
                    continue
                }
                #expect(tokens[close + 1] == 41, "what separates thinking and answer comes by itself")
                let answer = Array(tokens[(close + 2)...])
                #expect(Pattern.check(answer + [Pattern.end], length: 20), "\(tokens)")
            }
        }
    }
}

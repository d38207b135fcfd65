import Engine
import Testing

/// When drafts are made, in virtual time.
@Suite struct SpeculationPolicyTests {
    /// A machine and a model: what steps and passes take, and how often drafts are right.
    struct World {
        /// Of every step, and of every token in it.
        let stepSeconds, tokenSeconds: Double
        /// Of a pass of the layer, and of every sequence in it.
        let passSeconds, sequenceSeconds: Double
        /// Chance of each further draft, if the ones before are right.
        let chance: Double
    }

    /// The mean depth of the last rounds, and what was won over plain decoding, once the policy has seen a lot.
    private static func live(_ world: World, sequences: Int, rounds: Int = 3000) -> (depth: Double, gain: Double) {
        var policy = SpeculationPolicy(SpeculationOptions(kind: .mtp, draftTokens: 0))
        var dice = Dice(seed: 3)
        var (depths, tokens, seconds, drafts) = (0, 0.0, 0.0, 0)
        for round in 0..<rounds {
            var given = 0
            for _ in 0..<sequences {
                var accepted = 0
                while accepted < drafts, Double(dice(1000)) < world.chance * 1000 { accepted += 1 }
                if drafts > 0 { policy.learnRound(drafted: drafts, accepted: accepted) }
                given += 1 + accepted
            }
            let computed = sequences * (1 + drafts)
            let step = world.stepSeconds + world.tokenSeconds * Double(computed)
            policy.learn(tokens: computed, seconds: step)
            let depth = policy.modelDepth(sequences: sequences)
            let pass = world.passSeconds + world.sequenceSeconds * Double(sequences)
            if depth > 0 {
                policy.learnPasses(
                    sequences: sequences, depth: depth, firstSeconds: pass, furtherSeconds: pass * Double(depth - 1))
            }
            drafts = depth > 0 && !policy.goesPlain() ? depth : 0
            guard round >= rounds / 2 else { continue }
            depths += depth
            tokens += Double(given)
            seconds += step + Double(depth) * pass
        }
        let plain = (world.stepSeconds + world.tokenSeconds * Double(sequences)) / Double(sequences)
        return (Double(depths) / Double(rounds - rounds / 2), tokens * plain / seconds)
    }

    @Test func aStreamBoundByMemoryIsDrafted() {
        let world = World(
            stepSeconds: 0.01, tokenSeconds: 0.0003, passSeconds: 0.0006, sequenceSeconds: 0, chance: 0.6)
        let found = Self.live(world, sequences: 1)
        #expect(found.depth >= 1.5)
        #expect(found.gain > 1.4)
    }

    @Test func whereATokenCostsWhatItGivesNothingIsDrafted() {
        let world = World(
            stepSeconds: 0.001, tokenSeconds: 0.002, passSeconds: 0.0005, sequenceSeconds: 0.0001, chance: 0.55)
        for sequences in [8, 32] {
            let found = Self.live(world, sequences: sequences)
            #expect(found.depth < 0.1)
            #expect(found.gain > 0.97)
        }
    }

    @Test func draftsThatAreNeverRightEnd() {
        let world = World(stepSeconds: 0.01, tokenSeconds: 0.0005, passSeconds: 0.001, sequenceSeconds: 0, chance: 0)
        let found = Self.live(world, sequences: 1)
        #expect(found.depth < 0.2)
        #expect(found.gain > 0.97)
    }

    @Test func theBoundOnDraftsIsKept() {
        var policy = SpeculationPolicy(SpeculationOptions(kind: .mtp, draftTokens: 1))
        policy.learn(tokens: 1, seconds: 0.01)
        for _ in 0..<50 { policy.learnRound(drafted: 1, accepted: 1) }
        #expect(policy.modelDepth(sequences: 1) == 1)
        var none = SpeculationPolicy(SpeculationOptions(kind: .ngram, draftTokens: 4))
        #expect(none.modelDepth(sequences: 1) == 0)
    }

    @Test func lookupsGoAsFarAsTheyAreWorth() {
        var record = LookupRecord()
        #expect(record.count(price: 0.05, expected: 0.7, limit: 12) > 3)
        #expect(record.count(price: 0.9, expected: 0.7, limit: 12) == 0)
        for _ in 0..<10 { record.learn(drafted: 4, accepted: 4) }
        #expect(record.count(price: 0.5, expected: 0.7, limit: 12) == 12)
        for _ in 0..<20 { record.learn(drafted: 4, accepted: 0) }
        #expect(record.count(price: 0.3, expected: 0.7, limit: 12) == 0)
        // What was given up is tried again some time.
        var waits = 0
        while record.count(price: 0.3, expected: 0.7, limit: 12) == 0, waits < 2000 { waits += 1 }
        #expect(waits < 2000)
    }

    @Test func whatFollowedBeforeIsGuessed() {
        func guess(_ text: [Int32], generated: Int = 2, prediction: [Int32] = [], least: Int = 2) -> [Int32] {
            var found: [Int32] = []
            NGramLookup.guess(
                4, after: text.span, generated: generated, prediction: prediction.span, leastMatch: least, into: &found)
            return found
        }
        #expect(guess([1, 2, 3, 4, 5, 9, 1, 2]) == [3, 4, 5, 9])
        // The longer match wins over the later one, the later one among equals.
        #expect(guess([7, 1, 2, 3, 8, 1, 2, 4, 7, 1, 2]) == [3, 8, 1, 2])
        #expect(guess([1, 2, 3, 8, 1, 2, 4, 5, 1, 2]) == [4, 5, 1, 2])
        // A repetition goes on.
        #expect(guess([1, 2, 1, 2, 1, 2]) == [1, 2, 1, 2])
        #expect(guess([5, 5, 5]) == [5, 5, 5, 5])
        #expect(guess([1, 2, 3, 4, 5, 9, 1, 2], least: 3) == [])
        #expect(guess([1, 2, 3, 4]) == [])
        #expect(guess([1]) == [] && guess([]) == [])
        // A prediction comes first, from its beginning and from wherever the answer is.
        #expect(guess([1, 2, 30], generated: 1, prediction: [30, 31, 32]) == [31, 32])
        #expect(guess([1, 2, 1, 2], generated: 2, prediction: [0, 1, 2, 60, 61]) == [60, 61])
        #expect(guess([1, 2, 1, 2], generated: 2, prediction: [1, 2]) == [1, 2, 1, 2])
    }
}

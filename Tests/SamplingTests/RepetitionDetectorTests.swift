import Sampling
import Testing

/// Circles are found when they are there, at the token that completes them, and not otherwise.
@Suite struct RepetitionDetectorTests {
    private static func firstCircle(_ tokens: [Int32], _ rules: RepetitionDetector.Rules) -> Int? {
        var detector = RepetitionDetector(rules)
        return tokens.firstIndex { detector.advance($0) }
    }

    /// Looks at the end of everything so far, anew for every token.
    private static func naive(_ tokens: [Int32], _ rules: RepetitionDetector.Rules) -> Int? {
        tokens.indices.first { last in
            (1...rules.period).contains { period in
                let length = max(rules.repeats * period, rules.tokens)
                guard last + 1 >= length else { return false }
                return (last + 1 - length + period...last).allSatisfy { tokens[$0] == tokens[$0 - period] }
            }
        }
    }

    @Test func agreesWithANaiveReader() {
        var dice = Dice(seed: 1)
        var found = 0
        for round in 0..<3_000 {
            let rules = RepetitionDetector.Rules(period: 1 + dice(7), repeats: 2 + dice(3), tokens: 1 + dice(20))
            let circle = (0..<1 + dice(8)).map { _ in Int32(dice(3)) }
            let head = (0..<dice(20)).map { _ in Int32(dice(2 + round % 3)) }
            let tokens =
                head + (0..<dice(40)).map { circle[$0 % circle.count] } + [9] + (0..<dice(30)).map { Int32($0 % 2) }
            let wanted = Self.naive(tokens, rules)
            found += wanted == nil ? 0 : 1
            #expect(Self.firstCircle(tokens, rules) == wanted)
        }
        #expect(found > 500 && found < 2_900)
    }

    @Test func lengthAndCountMustBothBeReached() {
        let rules = RepetitionDetector.Rules(period: 8, repeats: 4, tokens: 20)
        #expect(Self.firstCircle([Int32](repeating: 1, count: 100), rules) == 19)
        #expect(Self.firstCircle((0..<100).map { Int32($0 % 8) }, rules) == 31)
        #expect(Self.firstCircle((0..<100).map { Int32($0 % 9) }, rules) == nil, "longer than the longest period")
        #expect(Self.firstCircle((0..<100).map { Int32($0) }, rules) == nil)
        #expect(Self.firstCircle((0..<100).map { Int32($0 % 30 == 29 ? 7 : 1) }, rules) == 19)
    }

    @Test func extremeRulesDoNotOverflow() {
        let rules = RepetitionDetector.Rules(period: 4, repeats: .max, tokens: .max)
        #expect(Self.firstCircle([Int32](repeating: .max, count: 1_000), rules) == nil)
        #expect(Self.firstCircle([0], RepetitionDetector.Rules(period: 0, repeats: 0, tokens: 0)) == nil)
    }
}

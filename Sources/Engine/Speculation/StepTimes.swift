/// What a step that only generates takes, by the number of tokens it computes: learnt from the steps themselves.
struct StepTimes: Sendable, Equatable {
    /// Token counts that are told apart; steps in between count as the next lower one.
    static let counts: [Int] = Array(1...16) + [20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256]
    private static let weightOfLatest = 0.25
    /// How many times above its expectation a measurement counts in full.
    private static let credibleFactor = 2.0

    private static let doubt = 0.0005

    private var known = [Double](repeating: 0, count: StepTimes.counts.count)

    /// Learns from a step.
    mutating func learn(tokens: Int, seconds: Double) {
        guard tokens > 0, seconds > 0, seconds.isFinite else { return }
        let place = Self.place(of: tokens)
        let before = known[place]
        guard before > 0 else {
            known[place] = seconds
            return
        }
        let credible = min(seconds, before * Self.credibleFactor)
        known[place] = before + (credible - before) * Self.weightOfLatest
    }

    /// Lets what was measured of larger steps than this drift towards its time, so that they are tried again some time.
    mutating func doubt(above tokens: Int) {
        guard let plain = seconds(tokens: tokens) else { return }
        for (place, count) in Self.counts.enumerated() where count > tokens && known[place] > plain {
            known[place] += (plain - known[place]) * Self.doubt
        }
    }

    /// What a step of so many tokens takes; nil if no step was measured.
    ///
    /// Between two measured counts it lies between their times. Beyond all of them a token costs what it costs on
    /// average between the two largest ones; until two are known, nothing.
    func seconds(tokens: Int) -> Double? {
        let wanted = max(tokens, 1)
        var below: (tokens: Int, seconds: Double)?
        var secondBelow: (tokens: Int, seconds: Double)?
        for (place, count) in Self.counts.enumerated() where known[place] > 0 {
            let point = (tokens: count, seconds: max(known[place], below?.seconds ?? 0))
            if count >= wanted {
                guard let below, count > wanted else { return point.seconds }
                return Self.line(below, point, at: wanted)
            }
            secondBelow = below
            below = point
        }
        guard let below else { return nil }
        guard let secondBelow else { return below.seconds }
        return Self.line(secondBelow, below, at: wanted)
    }

    private static func line(
        _ one: (tokens: Int, seconds: Double), _ other: (tokens: Int, seconds: Double), at tokens: Int
    ) -> Double {
        let slope = (other.seconds - one.seconds) / Double(other.tokens - one.tokens)
        return one.seconds + slope * Double(tokens - one.tokens)
    }

    private static func place(of tokens: Int) -> Int {
        var place = counts.count - 1
        while place > 0, counts[place] > tokens { place -= 1 }
        return place
    }
}

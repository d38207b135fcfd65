/// How well looking things up has worked for one sequence: each draft is right with about the same chance.
package struct LookupRecord: Sendable, Equatable {
    private static let memory = 0.8
    private static let fading = 0.99
    /// How many drafts the chance counts for that is expected beforehand.
    private static let priorDrafts = 2.0

    private var right = 0.0
    private var tried = 0.0

    /// Nothing was tried yet.
    package init() {}

    /// Takes note of a round in which the first `accepted` of `drafted` drafts were right.
    package mutating func learn(drafted: Int, accepted: Int) {
        right = right * Self.memory + Double(accepted)
        tried = tried * Self.memory + Double(accepted < drafted ? accepted + 1 : accepted)
    }

    /// How many drafts are worth their price: the chance that all of them up to the last are right is no less.
    ///
    /// `price` is what a draft costs, in tokens that the step could give instead; `expected` the chance of a draft as far as
    /// other sequences tell.
    package mutating func count(price: Double, expected: Double, limit: Int) -> Int {
        let chance = min((right + expected * Self.priorDrafts) / (tried + Self.priorDrafts), 0.99)
        var (count, all) = (0, chance)
        while count < limit, all >= price {
            count += 1
            all *= chance
        }
        if count == 0 {
            right *= Self.fading
            tried *= Self.fading
        }
        return count
    }
}

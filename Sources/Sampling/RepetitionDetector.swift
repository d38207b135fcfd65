/// Notices that a sequence of tokens repeats itself: the same tokens, over and over, with nothing in between.
///
/// For every period up to a limit it counts how long the sequence has equalled itself that many tokens earlier. So it
/// is exact, costs the same at every token, keeps its memory, and depends on the tokens alone.
package struct RepetitionDetector: Sendable {
    /// What counts as repetition.
    package struct Rules: Sendable, Equatable {
        /// Tokens of the longest circle that is noticed.
        package let period: Int
        /// How often a circle must have been run through.
        package let repeats: Int
        /// How many tokens all of them together must have.
        package let tokens: Int

        /// All three; each is at least 1, `repeats` at least 2.
        package init(period: Int, repeats: Int, tokens: Int) {
            self.period = max(1, period)
            self.repeats = max(2, repeats)
            self.tokens = max(1, tokens)
        }
    }

    /// The last tokens twice as long as needed: what is behind the first half moves to the front now and then.
    private var history: [Int32]
    private var end: Int
    /// For each period, the longest first, how many tokens equal those one period earlier.
    private var runs: [Int32]
    /// The run of each period from which on it is a circle.
    private let needed: [Int32]

    /// A detector that has seen nothing.
    package init(_ rules: Rules) {
        let period = rules.period
        history = [Int32](repeating: -1, count: 2 * period)
        end = period
        runs = [Int32](repeating: 0, count: period)
        needed = (0..<period).map { place in
            let length = period - place
            let (all, overflow) = rules.repeats.multipliedReportingOverflow(by: length)
            return Int32(clamping: max(overflow ? Int.max : all, rules.tokens) - length)
        }
    }

    /// Takes the next token, which is not negative; true while the sequence repeats itself.
    package mutating func advance(_ token: Int32) -> Bool {
        let period = runs.count
        let start = end - period
        var isCircle = false
        for place in 0..<period {
            let run = history[start + place] == token ? runs[place] &+ 1 : 0
            runs[place] = run
            isCircle = isCircle || run >= needed[place]
        }
        if end == history.count {
            for place in 0..<period { history[place] = history[period + place] }
            end = period
        }
        history[end] = token
        end += 1
        return isCircle
    }
}

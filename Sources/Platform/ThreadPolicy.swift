/// How many threads share a call while other programs use the machine's cores, learnt from the calls themselves.
///
/// A call lasts until the last thread has done its part, so a thread that loses its core in the middle of one makes all
/// of them wait. Where that costs more than the thread brings, one thread less takes part for a while; then it is tried
/// again. A trial that did not last as long as the pause before it doubles the next pause. Time comes in as data, and is
/// counted in windows of calls. The number of threads changes no bit of a result.
package struct ThreadPolicy: Sendable, Equatable {
    /// What the calls of a window took.
    package struct Window: Sendable, Equatable {
        /// Seconds that they took.
        package let spent: Double
        /// Seconds that one thread would have taken that nobody disturbs; 0 where only one took part.
        package let alone: Double

        /// A measurement.
        package init(spent: Double, alone: Double) {
            self.spent = spent
            self.alone = alone
        }
    }

    /// How many threads there are.
    package let most: Int
    /// How many take part.
    package private(set) var threads: Int
    private var pause = Self.shortestPause
    /// Windows until the next trial.
    private var left = 0
    /// Windows since the number rose; at first it is as if it had done so long ago.
    private var held = Self.longestPause + 1

    /// Threads that bring less than this share of what undisturbed ones would are too many: two threads that are not a
    /// fifth faster than one had better leave the core to other programs.
    static let leastShare = 0.6
    /// Windows of a pause.
    static let shortestPause = 1, longestPause = 16

    /// All threads take part.
    package init(threads: Int) {
        most = threads
        self.threads = threads
    }

    /// Learns from a window in which `threads` took part.
    package mutating func learn(_ window: Window) {
        held = min(held + 1, Self.longestPause + 1)
        if threads > 1, window.alone < window.spent * Double(threads) * Self.leastShare { return lower() }
        guard threads < most else { return }
        left -= 1
        guard left <= 0 else { return }
        threads += 1
        held = 0
    }

    private mutating func lower() {
        // Several steps down are one fall.
        if left <= 0 { pause = held > pause ? Self.shortestPause : min(pause * 2, Self.longestPause) }
        threads -= 1
        left = pause
    }
}

package import Models
import Platform

/// Shows how far a long piece of work is: a bar on a terminal, now and then a line elsewhere; both with the time left.
package struct LoadProgressBar {
    private let verb: String
    private let isTerminal: Bool
    /// When it was first heard of, and how far the work was then: what came before does not tell how fast it goes.
    private var first: (seconds: Double, fraction: Double)?
    private var percent = -1
    private var lastLine = Clock.monotonicSeconds()
    private static let width = 40
    /// Seconds between two lines, and before any estimate is worth showing.
    private static let lineSeconds = 10.0
    private static let estimateSeconds = 1.0

    /// `verb` says what is going on: "loading".
    package init(verb: String, isShown: Bool) {
        self.verb = verb
        isTerminal = isShown
    }

    /// Draws the bar anew when it has grown, or writes a line when the last one is long ago.
    package mutating func show(_ progress: LoadProgress) {
        let now = Clock.monotonicSeconds()
        let reached = Int(progress.fraction * 100)
        let first = first ?? (now, progress.fraction)
        self.first = first
        let left = Self.timeLeft(
            elapsed: now - first.seconds, done: progress.fraction - first.fraction, rest: 1 - progress.fraction)
        guard isTerminal else {
            guard now - lastLine >= Self.lineSeconds, reached < 100 else { return }
            lastLine = now
            return Terminal.note("\(verb), \(reached) %\(left)")
        }
        guard reached > percent else { return }
        percent = reached
        guard reached < 100 else { return Terminal.noteInPlace("\r\u{1b}[K") }
        let filled = reached * Self.width / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        Terminal.noteInPlace("\r\(verb) [\(bar)] \(reached) %\(left)\u{1b}[K")
    }

    /// ", 40 s left", or nothing as long as nobody can know.
    package static func timeLeft(elapsed: Double, done: Double, rest: Double) -> String {
        guard elapsed >= estimateSeconds, done > 0.01, rest > 0 else { return "" }
        let seconds = Int((elapsed / done * rest).rounded(.up))
        return seconds < 120 ? ", \(seconds) s left" : ", \((seconds + 59) / 60) min left"
    }
}

import Models
import Platform

/// Shows how far a long piece of work is: a bar on a terminal, now and then a line elsewhere; both with the time left.
struct LoadProgressBar {
    private let verb: String
    private let isTerminal: Bool
    private let start = Clock.monotonicSeconds()
    private var percent = -1
    private var lastLine: Double
    private static let width = 40
    /// Seconds between two lines, and before any estimate is worth showing.
    private static let lineSeconds = 10.0
    private static let estimateSeconds = 1.0

    /// `verb` says what is going on: "loading".
    init(verb: String, isShown: Bool) {
        self.verb = verb
        isTerminal = isShown
        lastLine = start
    }

    /// Draws the bar anew when it has grown, or writes a line when the last one is long ago.
    mutating func show(_ progress: LoadProgress) {
        let now = Clock.monotonicSeconds()
        let reached = Int(progress.fraction * 100)
        let left = Self.timeLeft(elapsed: now - start, fraction: progress.fraction)
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
    static func timeLeft(elapsed: Double, fraction: Double) -> String {
        guard elapsed >= estimateSeconds, fraction > 0.01, fraction < 1 else { return "" }
        let seconds = Int((elapsed / fraction * (1 - fraction)).rounded(.up))
        return seconds < 120 ? ", \(seconds) s left" : ", \((seconds + 59) / 60) min left"
    }
}

/// How long the thread that compiles a grammar may keep a processor.
///
/// The clock is given by the caller and is that of the thread, so that time in which others have the processor does
/// not count. It is held as long as a source is compiled, and captures nothing.
package struct ProcessorAllowance: Sendable {
    /// The whole allowance.
    package let milliseconds: Int
    private let end: UInt64
    private let now: @Sendable () -> UInt64

    /// An allowance that begins now, on the thread that calls.
    /// - Parameter now: nanoseconds of processor time that the calling thread has taken so far.
    package init(milliseconds: Int, now: @escaping @Sendable () -> UInt64) {
        self.milliseconds = max(0, milliseconds)
        self.now = now
        end = now() &+ UInt64(self.milliseconds) &* 1_000_000
    }

    /// Whether nothing is left.
    package var isUsedUp: Bool { now() >= end }

    /// The refusal of what takes longer.
    var refusal: GrammarError {
        GrammarError(
            place: "", reason: "too complicated: it takes more than \(milliseconds) ms of processor time to compile",
            cause: .exhaustion)
    }
}

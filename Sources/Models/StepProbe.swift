/// Adds up where the time of forward passes goes.
///
/// A caller that owns a workspace may put one into it; without one a forward pass reads no clock.
package final class StepProbe {
    /// A kind of work of the forward pass, in the order in which it comes.
    package enum Phase: Int, CaseIterable, Sendable {
        /// Rows, slots and spans worked out from the batch.
        case layout
        /// Rows of the embedding.
        case embedding
        /// Norms, and whatever products need done to their input first.
        case norm
        /// Products to queries, keys and values.
        case qkv
        /// Rotation of queries and keys; keys and values on their way into the cache.
        case storeKV
        /// Attention over the cache.
        case attention
        /// Product from what attention gathered to the stream.
        case attentionOutput
        /// Products to gate and up.
        case gateUp
        /// silu(gate) * up.
        case silu
        /// Product back to the stream.
        case down
        /// Product to the logits.
        case head
    }

    /// Seconds of every phase since the last reset, by the phase's raw value.
    package private(set) var seconds = [Double](repeating: 0, count: Phase.allCases.count)
    /// How often each phase was met since the last reset, by the same number.
    package private(set) var calls = [Int](repeating: 0, count: Phase.allCases.count)
    private let clock: @Sendable () -> Double
    private var marked = 0.0

    /// A probe that reads `clock`: seconds that never go back.
    package init(clock: @escaping @Sendable () -> Double) { self.clock = clock }

    /// Forgets what it has added up.
    package func reset() {
        for phase in seconds.indices {
            seconds[phase] = 0
            calls[phase] = 0
        }
    }

    /// A forward pass begins.
    func begin() { marked = clock() }

    /// Everything since the last call was `phase`.
    func mark(_ phase: Phase) {
        let now = clock()
        seconds[phase.rawValue] += now - marked
        calls[phase.rawValue] += 1
        marked = now
    }
}

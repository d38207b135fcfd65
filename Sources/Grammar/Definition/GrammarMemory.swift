import Synchronization

/// The memory that one grammar takes of what all grammars share: for its source's forms and automata while it is
/// compiled, and for its graph as long as it is there.
package final class GrammarMemory: Sendable {
    private struct State: Sendable {
        /// Bytes that compiling has taken so far.
        var needed = 0
        /// Bytes that are held for it.
        var held = 0
        /// Bytes that stay when it is compiled.
        var kept = 0
    }

    private let limit: Int
    private let hold: @Sendable (_ bytes: Int) -> Bool
    private let state = Mutex(State())

    /// Memory of which nothing is taken.
    ///
    /// - Parameters:
    ///   - limit: bytes that compiling may take at most.
    ///   - hold: holds exactly so many bytes from now on; false, and nothing is changed, where others have them.
    ///     Released with this object.
    package init(limit: Int, hold: @escaping @Sendable (_ bytes: Int) -> Bool) {
        self.limit = limit
        self.hold = hold
    }

    /// Bytes that compiling has taken so far.
    package var neededBytes: Int { state.withLock { $0.needed } }

    /// Whether compiling needs more than it may take at most, so that another attempt would end in the same way.
    package var isTooLarge: Bool { neededBytes > limit }

    /// Bytes of what does not change once the grammar is compiled.
    package var keptBytes: Int { state.withLock { $0.kept } }

    /// Whether compiling has taken all that it may, or all that there was.
    var isUsedUp: Bool { state.withLock { $0.needed > $0.held } }

    /// Takes memory for something that is about to be made.
    func take(_ bytes: Int) throws(GrammarError) {
        let isHeld = try state.withLock { state throws(GrammarError) in
            state.needed += bytes
            guard state.needed > state.held else { return true }
            guard state.needed <= limit else { throw tooLarge }
            let more = min(limit, state.needed + Self.stepBytes)
            guard hold(more) else { return false }
            state.held = more
            return true
        }
        if !isHeld { throw Self.shortage }
    }

    /// Notes how much stays; everything else is given back when this object is.
    func keep(_ bytes: Int) { state.withLock { $0.kept = bytes } }

    private var tooLarge: GrammarError {
        GrammarError(
            place: "", reason: "too complicated: it takes more than \(limit >> 20) MiB of memory to compile",
            cause: .exhaustion)
    }

    private static let shortage = GrammarError(
        place: "", reason: "there is no memory to compile it now", cause: .shortage)

    /// Memory is asked for in parts of this size.
    private static let stepBytes = 256 << 10
}

/// What each of several grammars in use may keep of what it has worked out: less when there are more of them.
package final class GrammarShare: Sendable {
    private let value: Atomic<Int>

    /// A share of so many bytes.
    package init(_ bytes: Int) { value = Atomic(bytes) }

    /// The share of one grammar.
    package var bytes: Int {
        get { value.load(ordering: .relaxed) }
        set { value.store(newValue, ordering: .relaxed) }
    }
}

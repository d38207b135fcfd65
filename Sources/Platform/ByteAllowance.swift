internal import Synchronization

/// A number of bytes that many take from and give back to, so that what they hold together has a bound.
///
/// A large taker finds less room than a small one: what is left over keeps the door open for everybody else.
///
/// Example: of 64 MiB, claims beyond 256 KiB share 48 MiB; a claim of 4 KiB is still met when those are gone.
package final class ByteAllowance: Sendable {
    fileprivate struct State: Sendable {
        var taken = 0
        var highest = 0
        var refusals = 0
    }

    /// Bytes that may be taken at once.
    package let capacity: Int
    private let parent: ByteAllowance?
    private let state = Mutex(State())
    private let onReturn: @Sendable (_ bytes: Int) -> Void

    /// An allowance of `capacity` bytes, which are also taken from `parent`.
    ///
    /// - Parameter onReturn: told of bytes that came back, on the thread that gave them; released with the allowance.
    package init(
        _ capacity: Int, within parent: ByteAllowance? = nil,
        onReturn: @escaping @Sendable (_ bytes: Int) -> Void = { _ in }
    ) {
        self.capacity = max(0, capacity)
        self.parent = parent
        self.onReturn = onReturn
    }

    /// For tests and tools that have nothing to share.
    package static let unbounded = ByteAllowance(Int.max / 4)

    /// Bytes taken now; more than `capacity` where something was noted that was there already.
    package var taken: Int { state.withLock { $0.taken } }

    /// The most that has been taken at once.
    package var highest: Int { state.withLock { $0.highest } }

    /// How often there was no room.
    package var refusals: Int { state.withLock { $0.refusals } }

    /// Whether more is taken than there is.
    package var isExceeded: Bool { taken > capacity }

    /// Whether a claim of so many bytes could be met by an allowance from which nobody else takes.
    package func couldHold(_ bytes: Int) -> Bool { bytes <= room(forTotal: bytes) }

    /// Takes bytes, or nothing when there is no room for them.
    ///
    /// - Parameter total: what the taker then holds; large holders may not take the last quarter.
    package func take(_ bytes: Int, total: Int) -> Bool {
        guard parent?.take(bytes, total: total) ?? true else { return false }
        let isTaken = state.withLock { state in
            guard bytes <= room(forTotal: total) - state.taken else {
                state.refusals += 1
                return false
            }
            state.add(bytes)
            return true
        }
        if !isTaken { parent?.give(bytes) }
        return isTaken
    }

    /// Takes bytes for something that is there already, whether or not there is room.
    package func note(_ bytes: Int) {
        parent?.note(bytes)
        state.withLock { $0.add(bytes) }
    }

    /// Gives bytes back.
    package func give(_ bytes: Int) {
        guard bytes > 0 else { return }
        state.withLock { $0.taken -= bytes }
        parent?.give(bytes)
        onReturn(bytes)
    }

    private func room(forTotal total: Int) -> Int {
        total > Self.smallBytes ? capacity / 4 * 3 : capacity
    }

    /// A holder of more than this is a large one.
    private static let smallBytes = 256 << 10
}

extension ByteAllowance.State {
    fileprivate mutating func add(_ bytes: Int) {
        taken += bytes
        highest = max(highest, taken)
    }
}

/// What one holder has taken from an allowance; it goes back when the claim is let go.
package final class ByteClaim: Sendable {
    private let allowance: ByteAllowance
    private let held = Mutex(0)

    /// A claim of nothing.
    package init(_ allowance: ByteAllowance) { self.allowance = allowance }

    /// Bytes held now.
    package var bytes: Int { held.withLock { $0 } }

    /// Whether more is taken from the allowance than there is.
    package var isExceeded: Bool { allowance.isExceeded }

    /// Whether the allowance could ever hold so much more.
    package func couldTake(_ bytes: Int) -> Bool { allowance.couldHold(self.bytes + bytes) }

    /// Takes more, or nothing when there is no room.
    package func take(_ bytes: Int) -> Bool {
        guard bytes > 0 else { return true }
        return held.withLock { held in
            guard allowance.take(bytes, total: held + bytes) else { return false }
            held += bytes
            return true
        }
    }

    /// Takes what is missing to `bytes`, or nothing when there is no room; never gives back.
    package func grow(to bytes: Int) -> Bool { take(bytes - self.bytes) }

    /// Holds exactly `bytes`, for something that is there already.
    package func note(_ bytes: Int) {
        held.withLock { held in
            if bytes > held { allowance.note(bytes - held) } else { allowance.give(held - bytes) }
            held = bytes
        }
    }

    /// Gives part of it back.
    package func give(_ bytes: Int) {
        held.withLock { held in
            let part = min(max(0, bytes), held)
            held -= part
            allowance.give(part)
        }
    }

    deinit { allowance.give(held.withLock { $0 }) }
}

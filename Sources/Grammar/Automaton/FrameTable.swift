/// The stacks of all readers: each stack is a frame on top of another stack, and equal stacks have the same number.
///
/// Stack 0 is the empty one.
struct FrameTable: Sendable {
    /// The topmost frame of a stack.
    struct Frame: Sendable, Hashable {
        /// Where a rule goes on after it was called, or the node that ends a round of a counted repetition.
        var node: Int32
        /// The counter of the repetition; -1 for a rule.
        var counter: Int32
        /// The stack below.
        var below: Int32
        /// Rounds that a counted repetition must still go after the one at hand; `Int32.max` for more than matter.
        var least: Int32
        /// Rounds that it may still go after the one at hand; `Int32.max` for no end, or more than matter.
        var most: Int32
    }

    /// How far ahead a reader looks: numbers of rounds that it cannot get through need not be told apart.
    enum Reach: Int, Sendable, CaseIterable {
        /// Through a token of usual length.
        case short
        /// Through the longest token.
        case long
    }

    private(set) var frames: [Frame] = [Frame(node: -1, counter: -1, below: 0, least: 0, most: 0)]
    private(set) var depths: [Int32] = [0]
    /// For each stack and reach, the stack whose numbers of rounds are cut to what matters.
    private var cut: [Int32] = [0, 0]
    private var known: [Frame: Int32] = [:]
    /// For each counter and reach, the number of rounds from which on it does not matter.
    private let rounds: [Int32]

    /// About how many bytes a frame takes, with its place in the index.
    static let frameBytes = 100

    /// A table for counters whose rounds take `shortest` bytes, and tokens of `reaches` bytes.
    init(shortest: [Int32], reaches: (short: Int, long: Int)) {
        rounds = shortest.flatMap { bytes in
            [Int32(reaches.short) / max(1, bytes) + 1, Int32(reaches.long) / max(1, bytes) + 1]
        }
    }

    /// How many stacks there are.
    var count: Int { frames.count }

    /// Makes room for about as many stacks again.
    mutating func reserve() {
        frames.reserveCapacity(count * 2 + 500)
        depths.reserveCapacity(count * 2 + 500)
        cut.reserveCapacity(count * 4 + 1000)
        known.reserveCapacity(count * 2 + 500)
    }

    /// The stack with `frame` on top.
    mutating func push(_ frame: Frame) -> Int32 {
        if let stack = known[frame] { return stack }
        let stack = Int32(frames.count)
        frames.append(frame)
        depths.append(depths[Int(frame.below)] + 1)
        known[frame] = stack
        cut += [stack, stack]
        for reach in Reach.allCases {
            let shorter = shortened(frame, reach)
            if shorter != frame { cut[Int(stack) * 2 + reach.rawValue] = push(shorter) }
        }
        return stack
    }

    /// The stack that stands for `stack` as far as tokens reach.
    func shortened(_ stack: Int32, _ reach: Reach) -> Int32 { cut[Int(stack) * 2 + reach.rawValue] }

    /// The stack whose topmost repetition, which has a bound beyond the reach of a token, is about to come to it; nil if
    /// it has none.
    mutating func nearingEnd(_ stack: Int32, _ reach: Reach, bounds: (Int32) -> Int32) -> Int32? {
        guard stack != 0 else { return nil }
        var frame = frames[Int(stack)]
        if frame.counter < 0 {
            guard let below = nearingEnd(frame.below, reach, bounds: bounds) else { return nil }
            frame.below = below
            return push(frame)
        }
        guard frame.most == .max, bounds(frame.counter) != .max else { return nil }
        frame.most = min(rounds[Int(frame.counter) * 2 + reach.rawValue], bounds(frame.counter)) - 1
        if frame.least == .max { frame.least = 0 }
        return push(frame)
    }

    private func shortened(_ frame: Frame, _ reach: Reach) -> Frame {
        var shorter = frame
        shorter.below = shortened(frame.below, reach)
        guard frame.counter >= 0 else { return shorter }
        let bound = rounds[Int(frame.counter) * 2 + reach.rawValue]
        if frame.least >= bound { shorter.least = .max }
        if frame.most >= bound { shorter.most = .max }
        return shorter
    }
}

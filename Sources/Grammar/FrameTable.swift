/// The stacks of all readers: each stack is a frame on top of another stack, and equal stacks have the same number.
///
/// Stack 0 is the empty one.
struct FrameTable: Sendable {
    /// The topmost frame of a stack.
    struct Frame: Sendable, Hashable {
        /// Where a rule goes on after it was called, or the node that ends a round of a counted repetition.
        var node: Int32
        /// The stack below.
        var below: Int32
        /// Rounds that a counted repetition must still go after the one at hand.
        var least: Int32
        /// Rounds that it may still go after the one at hand; `Int32.max` for no end.
        var most: Int32
    }

    private(set) var frames: [Frame] = [Frame(node: -1, below: 0, least: 0, most: 0)]
    private(set) var depths: [Int32] = [0]
    private var known: [Frame: Int32] = [:]

    /// About how many bytes a frame takes, with its place in the index.
    static let frameBytes = 80

    /// How many stacks there are.
    var count: Int { frames.count }

    /// The stack with `frame` on top.
    mutating func push(_ frame: Frame) -> Int32 {
        if let stack = known[frame] { return stack }
        let stack = Int32(frames.count)
        frames.append(frame)
        depths.append(depths[Int(frame.below)] + 1)
        known[frame] = stack
        return stack
    }

    /// Whether `stack` is `other` or lies in it.
    func contains(_ stack: Int32, in other: Int32) -> Bool {
        var current = other
        while depths[Int(current)] > depths[Int(stack)] { current = frames[Int(current)].below }
        return current == stack
    }
}

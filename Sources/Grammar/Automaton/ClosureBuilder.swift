/// Follows readers through everything that reads nothing, to where each of them reads or ends.
///
/// A reader (configuration) is a node in the upper half of a number and a stack in the lower half; 0 is the end of the
/// text.
/// Source: Dong and others, "XGrammar: Flexible and Efficient Structured Generation Engine", arXiv:2411.15100 (stacks
/// shared as a tree).
struct ClosureBuilder: Sendable {
    private(set) var found: [UInt64] = []
    /// How many readers were looked at.
    private(set) var steps = 0
    /// Whether a limit was passed.
    private(set) var isExceeded = false

    private var waiting: [UInt64] = []
    private var fresh: Set<Int32> = []
    /// The stacks of the kernel's readers with all stacks in them; nil as long as nobody has asked.
    private var kernelStacks: Set<Int32>?
    /// A set of numbers that is emptied by counting up: a slot is taken if its mark is the current one.
    private var slots: [UInt64]
    private var marks: [UInt64]
    private var mark: UInt64 = 0
    /// Slots that are taken now.
    private var count = 0
    private let limit: Int
    /// Slots of a closure that is not wide.
    private static let fewestSlots = 64

    /// A builder that looks at `limit` readers at most in one closure.
    init(limit: Int) {
        self.limit = limit
        slots = [UInt64](repeating: 0, count: Self.fewestSlots)
        marks = [UInt64](repeating: 0, count: Self.fewestSlots)
    }

    /// A reader.
    static func configuration(_ node: Int32, _ stack: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: node)) << 32 | UInt64(UInt32(bitPattern: stack))
    }

    /// Where a reader is, and its stack.
    static func parts(_ configuration: UInt64) -> (node: Int32, stack: Int32) {
        (Int32(truncatingIfNeeded: configuration >> 32), Int32(truncatingIfNeeded: configuration))
    }

    /// Finds where the readers of `kernel` read or end: in `found`, in order.
    mutating func close(_ kernel: [UInt64], _ graph: GrammarGraph, _ frames: inout FrameTable, stackDepth: Int) {
        found.removeAll(keepingCapacity: true)
        fresh.removeAll(keepingCapacity: true)
        kernelStacks = nil
        steps = 0
        isExceeded = false
        mark += 1
        count = 0
        for configuration in kernel { add(configuration, graph, frames, stackDepth) }
        while let configuration = waiting.popLast() {
            follow(configuration, kernel, graph, &frames, stackDepth)
        }
        if found.count > 1 { found.sort() }
    }

    private mutating func follow(
        _ configuration: UInt64, _ kernel: [UInt64], _ graph: GrammarGraph, _ frames: inout FrameTable,
        _ stackDepth: Int
    ) {
        let (node, stack) = Self.parts(configuration)
        switch graph.nodes[Int(node)] {
        case .fail: break
        case .bytes, .token: found.append(configuration)
        case .split(let first, let count):
            for branch in graph.branches[GrammarGraph.span(first, count)] {
                add(Self.configuration(branch, stack), graph, frames, stackDepth)
            }
        case .end:
            if stack == 0 {
                found.append(0)
            } else {
                let frame = frames.frames[Int(stack)]
                add(Self.configuration(frame.node, frame.below), graph, frames, stackDepth)
            }
        case .call(let entry, let next):
            guard frames.depths[Int(stack)] < stackDepth else { return }
            let inner = frames.push(.init(node: next, counter: -1, below: stack, least: 0, most: 0))
            add(Self.configuration(entry, inner), graph, frames, stackDepth)
        case .enter(let index):
            let counter = graph.counters[Int(index)]
            let outer = FrameTable.Frame(
                node: counter.loop, counter: index, below: stack, least: counter.least, most: counter.most)
            round(counter, outer, graph, &frames, stackDepth)
        case .loop(let index):
            let counter = graph.counters[Int(index)]
            if counter.isBodyNullable, fresh.contains(stack), !isInKernel(stack, kernel, frames) { return }
            round(counter, frames.frames[Int(stack)], graph, &frames, stackDepth)
        }
    }

    /// Whether a reader of the kernel stands on a stack, or on one that it lies in.
    private mutating func isInKernel(_ stack: Int32, _ kernel: [UInt64], _ frames: FrameTable) -> Bool {
        if let kernelStacks { return kernelStacks.contains(stack) }
        var found: Set<Int32> = []
        for configuration in kernel {
            var current = Self.parts(configuration).stack
            while found.insert(current).inserted, current != 0 { current = frames.frames[Int(current)].below }
        }
        kernelStacks = found
        return found.contains(stack)
    }

    /// Goes on with a counted repetition where `frame` says how many rounds must and may come.
    private mutating func round(
        _ counter: GrammarGraph.Counter, _ frame: FrameTable.Frame, _ graph: GrammarGraph,
        _ frames: inout FrameTable, _ stackDepth: Int
    ) {
        if frame.least == 0 { add(Self.configuration(counter.exit, frame.below), graph, frames, stackDepth) }
        guard frame.most > 0, frames.depths[Int(frame.below)] < stackDepth else { return }
        var next = frame
        if frame.least != .max { next.least = max(0, frame.least - 1) }
        if frame.most != .max { next.most = frame.most - 1 }
        let inner = frames.push(next)
        if counter.isBodyNullable { fresh.insert(inner) }
        add(Self.configuration(counter.body, inner), graph, frames, stackDepth)
    }

    /// Notes a reader that was not seen yet and can finish within the depth of the stack.
    private mutating func add(
        _ configuration: UInt64, _ graph: GrammarGraph, _ frames: FrameTable, _ stackDepth: Int
    ) {
        let (node, stack) = Self.parts(configuration)
        let need = graph.needs[Int(node)]
        guard need != .max, Int(need) + Int(frames.depths[Int(stack)]) <= stackDepth else { return }
        guard steps < limit else {
            isExceeded = true
            return
        }
        guard insert(configuration) else { return }
        steps += 1
        waiting.append(configuration)
    }

    private mutating func insert(_ configuration: UInt64) -> Bool {
        if count * 2 >= slots.count { grow() }
        var slot = Int(truncatingIfNeeded: (configuration &* 0x9E37_79B9_7F4A_7C15) >> 40) & (slots.count - 1)
        while marks[slot] == mark {
            if slots[slot] == configuration { return false }
            slot = (slot + 1) & (slots.count - 1)
        }
        marks[slot] = mark
        slots[slot] = configuration
        count += 1
        return true
    }

    /// Makes twice as many slots, for a closure that is wider than those before.
    private mutating func grow() {
        let taken = slots.indices.filter { marks[$0] == mark }.map { slots[$0] }
        slots = [UInt64](repeating: 0, count: slots.count * 2)
        marks = [UInt64](repeating: 0, count: slots.count)
        count = 0
        for configuration in taken { _ = insert(configuration) }
    }
}

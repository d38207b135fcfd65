/// The compiled form of a definition: nodes that read bytes or tokens, and nodes between them that read nothing.
///
/// A reader is at a node and has a stack of frames: where a rule goes on after it was called, and how often a counted
/// repetition still runs. Node 0 returns from a rule; with an empty stack it ends the text.
struct GrammarGraph: Sendable {
    /// What a node does. Ranges point into `edges` and `branches`.
    enum Node: Sendable, Equatable {
        /// Takes the topmost frame and goes on there; the end of the text if there is none.
        case end
        /// Reads one byte.
        case bytes(first: Int32, count: Int32)
        /// Reads one token that is no text.
        case token(Int32, next: Int32)
        /// Goes any of several ways without reading.
        case split(first: Int32, count: Int32)
        /// Reads a rule and goes on at `next` after it.
        case call(Int32, next: Int32)
        /// Begins a counted repetition.
        case enter(Int32)
        /// Ends one round of a counted repetition.
        case loop(Int32)
        /// Leads nowhere.
        case fail
    }

    /// Bytes that lead to a node.
    struct Edge: Sendable, Hashable {
        var low: UInt8
        var high: UInt8
        var target: Int32
    }

    /// A counted repetition.
    struct Counter: Sendable {
        var least: Int32
        /// `Int32.max` for no end.
        var most: Int32
        var body: Int32
        var exit: Int32
        /// The node that ends a round.
        var loop: Int32
        /// Whether a round may read nothing.
        var isBodyNullable = false
        /// Bytes that a round reads at least, 1 at least and as far as it was counted.
        var shortest: Int32 = 1
    }

    /// The node that ends a rule.
    static let end: Int32 = 0

    var nodes: [Node] = [.end]
    var edges: [Edge] = []
    var branches: [Int32] = []
    var counters: [Counter] = []
    /// Where each rule begins.
    var rules: [Int32] = []
    /// Where a text begins.
    var root: Int32 = 0
    /// How many frames a reader at each node needs at least to finish the rule; `Int32.max` if it cannot.
    var needs: [Int32] = []

    /// Bytes that no edge tells apart have the same class; classes are numbered in the order of bytes.
    var classOfByte = [UInt8](repeating: 0, count: 256)
    /// The first byte of each class.
    var firstByteOfClass: [UInt8] = [0]

    /// How many classes of bytes there are, 1 to 256.
    var classCount: Int { firstByteOfClass.count }

    /// How much there is of it, for limits.
    var size: Int { nodes.count + edges.count + branches.count }

    /// Bytes that it takes.
    var bytes: Int {
        nodes.count * (MemoryLayout<Node>.stride + MemoryLayout<Int32>.stride) + edges.count * MemoryLayout<Edge>.stride
            + (branches.count + rules.count) * MemoryLayout<Int32>.stride
            + counters.count * MemoryLayout<Counter>.stride
    }

    /// Indices of a range of a node.
    static func span(_ first: Int32, _ count: Int32) -> Range<Int> { Int(first)..<Int(first + count) }

    /// Calls `body` with every node that follows `node` directly, whether or not something is read.
    func forEachSuccessor(of node: Int, _ body: (Int32) -> Void) {
        switch nodes[node] {
        case .end, .fail: break
        case .bytes(let first, let count): for edge in edges[Self.span(first, count)] { body(edge.target) }
        case .token(_, let next): body(next)
        case .split(let first, let count): for branch in branches[Self.span(first, count)] { body(branch) }
        case .call(let entry, let next):
            body(entry)
            body(next)
        case .enter(let counter):
            body(counters[Int(counter)].body)
            body(counters[Int(counter)].exit)
        case .loop(let counter): body(counters[Int(counter)].exit)
        }
    }

    /// Finds the classes of bytes.
    mutating func findClasses() {
        var begins = [Bool](repeating: false, count: 257)
        begins[0] = true
        for edge in edges {
            begins[Int(edge.low)] = true
            begins[Int(edge.high) + 1] = true
        }
        firstByteOfClass = (0..<256).filter { begins[$0] }.map { UInt8($0) }
        var current = -1
        for byte in 0..<256 {
            if begins[byte] { current += 1 }
            classOfByte[byte] = UInt8(current)
        }
    }

    /// Whether a class is one byte.
    func onlyByte(of index: Int) -> UInt8? {
        let end = index + 1 < classCount ? Int(firstByteOfClass[index + 1]) : 256
        return end - Int(firstByteOfClass[index]) == 1 ? firstByteOfClass[index] : nil
    }
}

/// What following one grammar may cost while answers are written; everything counts work or memory, nothing counts time.
package struct AutomatonLimits: Sendable {
    /// Nodes and edges of the compiled graph.
    package var nodes: Int
    /// Nodes inside nodes in a definition.
    package var depth: Int
    /// Rules and counted repetitions inside each other while a text is read.
    package var stackDepth: Int
    /// Ways to read a text that may be open at once.
    package var configurations: Int
    /// Steps that a single state, and that a single mask, may take to be worked out.
    package var steps: Int
    /// Bytes that one grammar keeps of what it has worked out; beyond, it forgets and begins again.
    package var keptBytes: Int {
        get { min(mostKeptBytes, share?.bytes ?? .max) }
        set { mostKeptBytes = newValue }
    }
    private var mostKeptBytes: Int
    /// What several grammars leave to each of them; nil where they have nothing in common.
    package var share: GrammarShare?
    /// The memory that compiling takes; nil for no bound but that of work.
    package var memory: GrammarMemory?
    /// Steps that new masks of an answer may take for each of its tokens in the long run.
    package var stepsPerToken = 20_000
    /// Steps that an answer may have in hand, with which it begins.
    package var savedSteps = 2_000_000

    /// Limits in the order in which a grammar meets them.
    package init(nodes: Int, depth: Int, stackDepth: Int, configurations: Int, steps: Int, keptBytes: Int) {
        self.nodes = nodes
        self.depth = depth
        self.stackDepth = stackDepth
        self.configurations = configurations
        self.steps = steps
        mostKeptBytes = keptBytes
    }

    /// The same limits for one of several grammars that have a bound together.
    package func sharing(_ share: GrammarShare, _ memory: GrammarMemory) -> AutomatonLimits {
        var limits = self
        limits.share = share
        limits.memory = memory
        return limits
    }

    /// For grammars that come with a request.
    package static let request = AutomatonLimits(
        nodes: 500_000, depth: 400, stackDepth: 256, configurations: 8192, steps: 200_000, keptBytes: 32 << 20)
}

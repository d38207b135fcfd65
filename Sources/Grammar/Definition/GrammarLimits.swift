/// What the source of a grammar may cost before it is refused: work, and processor time as far as the caller says so.
package struct GrammarLimits: Sendable {
    /// Length of a schema, an expression or a grammar as text.
    package var sourceBytes: Int
    /// Nodes of a definition, and parts of an expression.
    package var nodes: Int
    /// Groups inside groups, and schemas inside schemas.
    package var depth: Int
    /// States of one automaton: of an expression, of a number with bounds, of a text with a length.
    package var automatonStates: Int
    /// States of all automata of a grammar together.
    package var states: Int
    /// Steps that the constructions of one grammar may take together.
    package var steps: Int
    /// Steps that are free of the clock, so that what is small compiles on the slowest machine.
    package var stepsBeforeTime = 250_000
    /// The memory that everything takes; nil for no bound but that of work.
    package var memory: GrammarMemory?
    /// Processor time for everything, from the definition to the first masks; nil for no bound but the steps.
    package var processorTime: ProcessorAllowance?

    /// Limits in the order in which a source meets them.
    package init(sourceBytes: Int, nodes: Int, depth: Int, automatonStates: Int, states: Int, steps: Int) {
        self.sourceBytes = sourceBytes
        self.nodes = nodes
        self.depth = depth
        self.automatonStates = automatonStates
        self.states = states
        self.steps = steps
    }

    /// For what comes with a request.
    package static let request = GrammarLimits(
        sourceBytes: 512 << 10, nodes: 200_000, depth: 64, automatonStates: 10_000, states: 200_000, steps: 2_000_000)

    /// The same limits with processor time and memory.
    package func within(_ time: ProcessorAllowance, _ memory: GrammarMemory? = nil) -> GrammarLimits {
        var limits = self
        limits.processorTime = time
        limits.memory = memory
        return limits
    }
}

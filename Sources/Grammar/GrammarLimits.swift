/// What the source of a grammar may cost before it is refused; everything counts work, nothing counts time.
package struct GrammarLimits: Sendable, Hashable {
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
}

/// A form of text, over bytes: what every front end comes down to.
///
/// Text is UTF-8; a form over characters spells them out as bytes.
package indirect enum GrammarNode: Sendable, Hashable {
    /// Exactly these bytes; none of them is the empty text.
    case bytes([UInt8])
    /// One byte of the set.
    case byte(ByteSet)
    /// One Unicode scalar of the ranges, in UTF-8; the ranges are in order and do not meet, without surrogates.
    case scalar([ClosedRange<UInt32>])
    /// One after the other; an empty list is the empty text.
    case sequence([GrammarNode])
    /// One of these; an empty list is nothing at all.
    case choice([GrammarNode])
    /// The same form several times, without an end if `atMost` is nil.
    case several(GrammarNode, atLeast: Int, atMost: Int?)
    /// What the rule of this index says.
    case rule(Int)
    /// A text that the automaton accepts.
    case automaton(ByteAutomaton)
    /// One token of the vocabulary that is no text, such as a mark that only the model's makers write.
    case token(Int32)
}

/// A deterministic automaton over bytes. Without accepting states it accepts nothing.
package struct ByteAutomaton: Sendable, Hashable {
    /// One state: where each byte leads, in order and without overlaps, and whether the text may end here.
    package struct State: Sendable, Hashable {
        /// Bytes that lead somewhere.
        package var edges: [Edge]
        /// Whether the text may end here.
        package var isAccepting: Bool

        /// A state.
        package init(edges: [Edge], isAccepting: Bool) {
            self.edges = edges
            self.isAccepting = isAccepting
        }
    }

    /// Bytes that lead from one state to another.
    package struct Edge: Sendable, Hashable {
        /// The bytes.
        package let bytes: ClosedRange<UInt8>
        /// Index of the state to which they lead.
        package let target: Int

        /// An edge.
        package init(bytes: ClosedRange<UInt8>, target: Int) {
            self.bytes = bytes
            self.target = target
        }
    }

    /// The states; the first one is where every text begins. Never empty.
    package var states: [State]

    /// An automaton of these states.
    package init(states: [State]) {
        precondition(!states.isEmpty, "an automaton begins somewhere")
        self.states = states
    }
}

/// The readers of a state without the numbers of an automaton that may be forgotten.
final class PortableReaders: Sendable {
    private struct Reader: Sendable {
        let node: Int32
        /// The frames of its stack, the undermost first.
        let frames: [FrameTable.Frame]
    }

    /// Whether the text may end.
    let isAccepting: Bool
    private let readers: [Reader]

    /// The readers of a state.
    init(of state: Int32, in automaton: LazyAutomaton) {
        isAccepting = automaton.isAccepting(state)
        readers = automaton.readers(of: state).map { configuration in
            let (node, stack) = ClosureBuilder.parts(configuration)
            var frames: [FrameTable.Frame] = []
            var current = stack
            while current != 0 {
                frames.append(automaton.frames.frames[Int(current)])
                current = automaton.frames.frames[Int(current)].below
            }
            return Reader(node: node, frames: frames.reversed())
        }
    }

    /// The state of an automaton that has these readers.
    func intern(into automaton: inout LazyAutomaton) -> Int32 {
        var configurations: [UInt64] = []
        for reader in readers {
            var stack: Int32 = 0
            for var frame in reader.frames {
                frame.below = stack
                stack = automaton.push(frame)
            }
            configurations.append(ClosureBuilder.configuration(reader.node, stack))
        }
        return automaton.intern(configurations.sorted())
    }
}

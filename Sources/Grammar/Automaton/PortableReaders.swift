/// The readers of a state without the numbers of an automaton that may be forgotten.
final class PortableReaders: Sendable {
    private struct Reader: Sendable {
        let node: Int32
        /// The frames of its stack, the undermost first.
        let frames: [FrameTable.Frame]
    }

    /// Whether the text may end.
    let isAccepting: Bool
    /// The same for the same readers in every automaton.
    let fingerprint: UInt64
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
        // A sum, because their order hangs on the numbers of stacks.
        fingerprint = readers.reduce(0) { $0 &+ Self.fingerprint(of: $1) }
    }

    private static func fingerprint(of reader: Reader) -> UInt64 {
        var hash = mixed(0x9E37_79B9_7F4A_7C15, reader.node, Int32(truncatingIfNeeded: reader.frames.count))
        for frame in reader.frames {
            hash = mixed(hash, frame.node, frame.counter)
            hash = mixed(hash, frame.least, frame.most)
        }
        return hash
    }

    private static func mixed(_ hash: UInt64, _ first: Int32, _ second: Int32) -> UInt64 {
        let mixed = (hash ^ ClosureBuilder.configuration(first, second)) &* 0xFF51_AFD7_ED55_8CCD
        return mixed ^ mixed >> 32
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

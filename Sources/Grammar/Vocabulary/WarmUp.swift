/// Works out, before the first answer, the masks that answers are likely to ask for and that take long.
struct WarmUp {
    /// How much is worked out at most; by work here, and by the time of the whole compilation besides.
    struct Effort: Sendable, Hashable {
        /// States that are looked at.
        var states: Int
        /// Masks that are made.
        var masks: Int
        /// Nodes of the vocabulary that are looked at.
        var nodes: Int
        /// Slices that are made for this grammar.
        var slices: Int
        /// Steps of the automaton.
        var steps: Int

        /// For grammars that come with a request: some tens of milliseconds at most.
        static let request = Effort(states: 2000, masks: 256, nodes: 6_000_000, slices: 3, steps: 500_000)
    }

    /// A mask that looks at fewer nodes than this is made when it is asked for.
    private static let worthwhileNodes = 6000
    /// Characters of ASCII that a slice must have to be worth its place, if they lead back and if they do not.
    private static let fewestCharacters = (looping: 20, others: 40)

    private var waiting: [Int32] = []
    private var seen: Set<Int32> = []

    /// Works out masks of `memo`, from the beginning of texts on.
    /// - Parameter time: when it ends at the latest; what is not worked out then is worked out when it is asked for.
    static func run(_ memo: inout GrammarMemo, effort: Effort, time: ProcessorAllowance?) {
        var warmUp = WarmUp()
        warmUp.note(memo.automaton.start(), in: &memo)
        var next = 0
        var masks = 0
        while next < warmUp.waiting.count, next < effort.states, masks < effort.masks, memo.nodeCount < effort.nodes,
            memo.automaton.work < effort.steps, memo.keptBytes < memo.automaton.limits.keptBytes,
            !(time?.isUsedUp ?? false)
        {
            let state = warmUp.waiting[next]
            next += 1
            if memo.weight(of: state) >= worthwhileNodes {
                if memo.usedSlices.count <= effort.slices { addSlice(for: state, to: &memo) }
                _ = try? memo.mask(at: state)
                masks += 1
                // Near its end a bounded text has other states; working out the first one prepares those behind it.
                for reach in FrameTable.Reach.allCases {
                    if let ending = memo.automaton.nearingEnd(state, reach) { _ = try? memo.mask(at: ending) }
                }
            }
            for target in memo.targets(of: state) { warmUp.note(target, in: &memo) }
        }
    }

    private mutating func note(_ state: Int32, in memo: inout GrammarMemo) {
        let short = memo.automaton.shortened(state, .short)
        if short != LazyAutomaton.dead, seen.insert(short).inserted { waiting.append(short) }
    }

    /// Makes a slice of the characters with which a state goes on as with most others, if no slice helps it yet.
    private static func addSlice(for state: Int32, to memo: inout GrammarMemo) {
        guard !memo.isHelped(at: state) else { return }
        let targets = (UInt8(0)..<128).map { memo.automaton.stepAlongRow(state, $0) }
        var counts: [Int32: Int] = [:]
        for target in targets where target != LazyAutomaton.dead { counts[target, default: 0] += 1 }
        guard let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
            most.value >= (most.key == state ? fewestCharacters.looping : fewestCharacters.others)
        else { return }
        var characters = VocabularySlice.Characters()
        for (byte, target) in targets.enumerated() where target == most.key { characters.insert(UInt8(byte)) }
        characters.hasOthers = memo.goesOnWithOthers(at: state, to: most.key)
        memo.use(memo.vocabulary.slice(characters))
    }
}

extension GrammarMemo {
    /// The states to which bytes lead, each once, in the order of bytes.
    mutating func targets(of state: Int32) -> [Int32] {
        let row = Int(automaton.stateWithRow(state).row)
        var targets: [Int32] = []
        var seen: Set<Int32> = []
        for target in automaton.rows[row..<row + automaton.graph.classCount] where seen.insert(target).inserted {
            targets.append(target)
        }
        return targets
    }

    /// About how many nodes of the vocabulary a walk from a state looks at, but for those below a space, of which most
    /// states leave all but a few aside.
    fileprivate mutating func weight(of state: Int32) -> Int {
        let trie = vocabulary.short
        var weight = 0
        for place in trie.tops.indices.dropLast() {
            let first = Int(trie.tops[place])
            let byte = trie.nodes[first].byte
            guard byte != 0x20, automaton.stepAlongRow(state, byte) != LazyAutomaton.dead else { continue }
            weight += Int(trie.tops[place + 1]) - first
        }
        return weight
    }

    /// Whether every character beyond ASCII leads from a state to `target`.
    fileprivate mutating func goesOnWithOthers(at state: Int32, to target: Int32) -> Bool {
        VocabularySlice.others.allSatisfy { sequence in
            var level: Set<Int32> = [state]
            for range in sequence.ranges {
                var next: Set<Int32> = []
                for state in level { for byte in range { next.insert(automaton.stepAlongRow(state, byte)) } }
                level = next
            }
            return level == [target]
        }
    }
}

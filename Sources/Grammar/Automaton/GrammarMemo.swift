import Sampling

/// What is kept of a grammar while it is used: the automaton as far as texts have led, and the masks of its states.
struct GrammarMemo: Sendable {
    /// Why a state has no mask.
    enum Failure: Error {
        /// No token of the vocabulary goes on as the grammar wants.
        case deadEnd
        /// Working the mask out would pass a limit.
        case tooManyWays
    }

    /// A mask, and the steps that it takes to work it out, whether or not that was necessary.
    struct Worked: Sendable {
        let mask: TokenMask
        let steps: Int
    }

    var automaton: LazyAutomaton
    let vocabulary: GrammarVocabulary
    /// The first token of what must follow a state; -1 if nothing must.
    var forcedTokens: [Int32: Int32] = [:]
    private var masks: [Int32: Worked] = [:]
    /// The part of masks that tokens of usual length make up, by states that are told apart as far as those reach.
    private var shortParts: [Int32: (words: [UInt64], steps: Int)] = [:]
    private var slices: [(slice: VocabularySlice, planner: SlicePlanner)] = []
    private var marks: [TrieWalk.Mark] = []
    private var walk: UInt32 = 0
    private var path: [Int32]
    /// Nodes of the vocabulary that were looked at.
    private(set) var nodeCount = 0

    /// A memo that knows nothing yet, with slices that help.
    init(
        _ graph: GrammarGraph, vocabulary: GrammarVocabulary, slices: [VocabularySlice], limits: AutomatonLimits
    ) {
        let reaches = (short: vocabulary.short.depth, long: max(vocabulary.short.depth, vocabulary.long.depth))
        automaton = LazyAutomaton(graph, reaches: reaches, limits: limits)
        self.vocabulary = vocabulary
        path = [Int32](repeating: 0, count: reaches.long + 2)
        for slice in slices { self.slices.append((slice, SlicePlanner(slice, graph))) }
    }

    /// About how many bytes are kept.
    var keptBytes: Int {
        automaton.keptBytes + (masks.count + shortParts.count) * (vocabulary.count / 8 + 128)
            + marks.count * 8 + forcedTokens.count * 24 + slices.reduce(0) { $0 + $1.planner.keptBytes }
    }

    /// The slices in use.
    var usedSlices: [VocabularySlice] { slices.map { $0.slice } }

    /// Whether a slice helps a state.
    mutating func isHelped(at state: Int32) -> Bool {
        slices.indices.contains { slices[$0].planner.plan(at: state, in: &automaton) != .unknown }
    }

    /// Lets a slice help from now on.
    mutating func use(_ slice: VocabularySlice) {
        slices.append((slice, SlicePlanner(slice, automaton.graph)))
    }

    /// The tokens that may follow at a state.
    mutating func mask(at state: Int32) throws(Failure) -> Worked {
        if let mask = masks[state] { return mask }
        let far = automaton.shortened(state, .long)
        if let mask = masks[far] { return mask }
        var visit = beginVisit()
        var words = try shortPart(at: automaton.shortened(far, .short), &visit)
        try add(vocabulary.long, 0..<vocabulary.long.nodes.count, at: far, &visit, to: &words)
        guard words.contains(where: { $0 != 0 }) else { throw .deadEnd }
        let mask = Worked(mask: TokenMask(vocabulary: vocabulary.count, words: words), steps: visit.steps)
        masks[far] = mask
        return mask
    }

    /// The tokens of usual length, and those without text.
    private mutating func shortPart(at state: Int32, _ visit: inout Visit) throws(Failure) -> [UInt64] {
        if let known = shortParts[state] {
            visit.steps += known.steps
            return known.words
        }
        var words = [UInt64](repeating: 0, count: (vocabulary.count + 63) / 64)
        try addTexts(at: state, &visit, to: &words)
        if automaton.isAccepting(state) { for token in vocabulary.endTokens { Self.add(token, to: &words) } }
        for reader in automaton.readers(of: state) {
            if case .token(let token, _) = automaton.graph.nodes[Int(ClosureBuilder.parts(reader).node)] {
                Self.add(token, to: &words)
            }
        }
        if !automaton.graph.counters.isEmpty { shortParts[state] = (words, visit.steps) }
        return words
    }

    private static func add(_ token: Int32, to words: inout [UInt64]) {
        words[Int(token) >> 6] |= 1 << UInt64(token & 63)
    }

    /// Adds the tokens of usual length: as slices where the state allows one, by walking otherwise.
    private mutating func addTexts(at state: Int32, _ visit: inout Visit, to words: inout [UInt64]) throws(Failure) {
        let all = vocabulary.short
        for index in slices.indices {
            let plan = slices[index].planner.plan(at: state, in: &automaton)
            visit.steps += slices[index].planner.spent
            switch plan {
            case .unknown: continue
            case .upTo(let length): words = slices[index].slice.levels[length]
            case .except(let bytes):
                words = slices[index].slice.levels[VocabularySlice.mostCharacters]
                for byte in bytes {
                    let range = all.range(below: byte)
                    all.removeTokens(of: range, from: &words)
                    try add(all, range, at: state, &visit, to: &words)
                }
            }
            let rest = slices[index].slice.rest
            return try add(rest, 0..<rest.nodes.count, at: state, &visit, to: &words)
        }
        try add(all, 0..<all.nodes.count, at: state, &visit, to: &words)
    }

    /// What a mask has taken so far.
    private struct Visit {
        let walk: UInt32
        var steps = 0
    }

    private mutating func beginVisit() -> Visit {
        walk &+= 1
        if walk == 0 {
            marks = []
            walk = 1
        }
        return Visit(walk: walk)
    }

    /// Adds the tokens of a part of a tree that may follow at a state.
    private mutating func add(
        _ trie: VocabularyTrie, _ range: Range<Int>, at state: Int32, _ visit: inout Visit, to words: inout [UInt64]
    ) throws(Failure) {
        path[0] = try row(of: state, &visit)
        var walk = TrieWalk(range, walk: visit.walk)
        while !walk.run(trie, automaton, marks, path: &path, words: &words) {
            path[walk.depth] = try row(of: walk.missing, &visit)
        }
        nodeCount += walk.nodeCount
    }

    /// Makes sure that a state's row is there, and counts what it took the first time a mask comes by.
    private mutating func row(of state: Int32, _ visit: inout Visit) throws(Failure) -> Int32 {
        if Int(state) >= marks.count {
            let count = automaton.states.count + 256 - marks.count
            marks.append(contentsOf: repeatElement(TrieWalk.Mark(), count: count))
        }
        if marks[Int(state)].walk == visit.walk { return marks[Int(state)].row }
        let row = automaton.buildRow(of: state)
        visit.steps += Int(automaton.states[Int(state)].steps) + 1
        guard visit.steps <= automaton.limits.steps else { throw .tooManyWays }
        marks[Int(state)] = TrieWalk.Mark(walk: visit.walk, row: row)
        return row
    }
}

extension GrammarMemo {
    /// The state to which a token leads: by its text, or as a token that the grammar names.
    mutating func state(after token: Int32, at state: Int32) -> Int32 {
        var kernel: [UInt64] = []
        for reader in automaton.readers(of: state) {
            let (node, stack) = ClosureBuilder.parts(reader)
            if case .token(token, let next) = automaton.graph.nodes[Int(node)] {
                kernel.append(ClosureBuilder.configuration(next, stack))
            }
        }
        let text = vocabulary.texts[token]
        var byText = text.isEmpty ? LazyAutomaton.dead : state
        for byte in text { byText = automaton.step(byText, byte) }
        guard !kernel.isEmpty else { return byText }
        let byToken = automaton.state(after: kernel).state
        guard byText != LazyAutomaton.dead else { return byToken }
        return automaton.intern(Set(automaton.readers(of: byText)).union(automaton.readers(of: byToken)).sorted())
    }
}

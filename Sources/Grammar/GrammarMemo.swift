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

    /// How far the walk at hand knows a state.
    private struct Mark {
        var walk: UInt32 = 0
        var row: Int32 = 0
    }

    var automaton: LazyAutomaton
    let vocabulary: GrammarVocabulary
    private var masks: [Int32: TokenMask] = [:]
    /// The first token of what must follow a state; -1 if nothing must.
    var forcedTokens: [Int32: Int32] = [:]
    private var marks: [Mark] = []
    private var walk: UInt32 = 0
    private var path: [Int32]

    /// A memo that knows nothing yet.
    init(_ graph: GrammarGraph, vocabulary: GrammarVocabulary, limits: AutomatonLimits) {
        automaton = LazyAutomaton(graph, limits: limits)
        self.vocabulary = vocabulary
        path = [Int32](repeating: 0, count: vocabulary.trie.depth + 2)
    }

    /// About how many bytes are kept.
    var keptBytes: Int {
        automaton.keptBytes + masks.count * (vocabulary.count / 8 + 128) + marks.count * 8 + forcedTokens.count * 24
    }

    /// The tokens that may follow at a state.
    mutating func mask(at state: Int32) throws(Failure) -> TokenMask {
        if let mask = masks[state] { return mask }
        var words = [UInt64](repeating: 0, count: (vocabulary.count + 63) / 64)
        if automaton.isAccepting(state) {
            for token in vocabulary.endTokens { words[Int(token) >> 6] |= 1 << UInt64(token & 63) }
        }
        for reader in automaton.readers(of: state) {
            if case .token(let token, _) = automaton.graph.nodes[Int(ClosureBuilder.parts(reader).node)] {
                words[Int(token) >> 6] |= 1 << UInt64(token & 63)
            }
        }
        try addTexts(at: state, to: &words)
        guard words.contains(where: { $0 != 0 }) else { throw .deadEnd }
        let mask = TokenMask(vocabulary: vocabulary.count, words: words)
        masks[state] = mask
        return mask
    }

    /// Adds the tokens with text that may follow at a state.
    private mutating func addTexts(at state: Int32, to words: inout [UInt64]) throws(Failure) {
        walk &+= 1
        var steps = 0
        path[0] = try visit(state, &steps).row
        var place = 0
        while place < vocabulary.trie.nodes.count {
            let node = vocabulary.trie.nodes[place]
            let target = automaton.rows[
                Int(path[Int(node.depth)]) + Int(automaton.graph.classOfByte[Int(node.byte)])]
            guard target != LazyAutomaton.dead else {
                place = Int(node.behind)
                continue
            }
            for index in 0..<Int(node.tokenCount) {
                let token = vocabulary.trie.tokens[Int(node.token) + index]
                words[Int(token) >> 6] |= 1 << UInt64(token & 63)
            }
            place += 1
            if place < Int(node.behind) {
                path[Int(node.depth) + 1] = try visit(target, &steps).row
            }
        }
    }

    /// Makes sure that a state's row is there, and counts what it took the first time a walk comes by.
    private mutating func visit(_ state: Int32, _ steps: inout Int) throws(Failure) -> Mark {
        if Int(state) >= marks.count {
            marks.append(contentsOf: repeatElement(Mark(), count: automaton.states.count + 64 - marks.count))
        }
        if marks[Int(state)].walk == walk { return marks[Int(state)] }
        let row = automaton.buildRow(of: state)
        steps += Int(automaton.states[Int(state)].steps) + 1
        guard steps <= automaton.limits.steps else { throw .tooManyWays }
        marks[Int(state)] = Mark(walk: walk, row: row)
        return marks[Int(state)]
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

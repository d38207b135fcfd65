/// Bytes that must follow a text because nothing else may.
extension GrammarMemo {
    /// A run is looked at this far.
    private static let longestRun = 128

    /// What is known of the token that must follow.
    enum Forced {
        /// This token, or none if nil.
        case known(Int32?)
        /// The first token of these bytes, tokenised canonically, if `confirm` agrees.
        case firstToken(of: [UInt8])
    }

    /// What must follow at a state.
    mutating func forced(at state: Int32) -> Forced {
        if let token = forcedTokens[state] { return .known(token < 0 ? nil : token) }
        let (run, _) = self.run(at: state)
        if !run.isEmpty { return .firstToken(of: run) }
        let token = onlyToken(at: state)
        forcedTokens[state] = token ?? -1
        return .known(token)
    }

    /// The token that begins a run: `canonical`, if it does begin it, and if nothing longer than the whole run may
    /// stand in its place.
    mutating func confirm(_ canonical: Int32?, of run: [UInt8], at state: Int32) -> Int32? {
        var token = canonical
        if let proposed = token {
            let text = vocabulary.texts[proposed]
            if text.isEmpty || !run.starts(with: text) { token = nil }
        }
        token = token ?? vocabulary.longestToken(of: run)
        if let chosen = token, vocabulary.texts[chosen].count == run.count, isExtended(run, at: state) { token = nil }
        forcedTokens[state] = token ?? -1
        return token
    }

    /// The bytes of which each is the only one that may come next, and where they lead.
    private mutating func run(at state: Int32) -> ([UInt8], Int32) {
        var bytes: [UInt8] = []
        var current = state
        while bytes.count < Self.longestRun {
            // A state goes on with the same bytes as the one that stands for it.
            let known = automaton.stateWithRow(automaton.shortened(current, .short))
            guard known.onlyByte >= 0, !known.readsTokens, !automaton.isAccepting(current) else { break }
            let byte = UInt8(known.onlyByte)
            bytes.append(byte)
            current = automaton.stepAlongRow(current, byte)
        }
        return (bytes, current)
    }

    /// The only token that may come next where no text may: an end token, or one that the grammar names.
    private mutating func onlyToken(at state: Int32) -> Int32? {
        let row = Int(automaton.stateWithRow(automaton.shortened(state, .short)).row)
        guard (0..<automaton.graph.classCount).allSatisfy({ automaton.rows[row + $0] == LazyAutomaton.dead })
        else { return nil }
        let readers = automaton.readers(of: state)
        guard readers.count == 1, let reader = readers.first else { return nil }
        if reader == 0 { return vocabulary.endTokens.first }
        guard case .token(let token, _) = automaton.graph.nodes[Int(ClosureBuilder.parts(reader).node)]
        else { return nil }
        return token
    }

    /// Whether a token that is longer than the run begins with it and may follow.
    private mutating func isExtended(_ run: [UInt8], at state: Int32) -> Bool {
        var current = state
        for byte in run { current = automaton.stepAlongRow(current, byte) }
        return [vocabulary.short, vocabulary.long].contains { trie in
            trie.node(of: run).map { allowsAny(below: $0, depth: run.count, in: trie, at: current) } ?? false
        }
    }

    /// Whether a token below a node, which is at a state, may come.
    private mutating func allowsAny(below top: Int, depth: Int, in trie: VocabularyTrie, at state: Int32) -> Bool {
        var path = [state]
        var place = top + 1
        while place < Int(trie.nodes[top].behind) {
            let node = trie.nodes[place]
            path.removeLast(path.count - (Int(node.depth) - depth + 1))
            let target = automaton.stepAlongRow(path[path.count - 1], node.byte)
            if target == LazyAutomaton.dead {
                place = Int(node.behind)
                continue
            }
            if node.token >= 0 { return true }
            path.append(target)
            place += 1
        }
        return false
    }
}

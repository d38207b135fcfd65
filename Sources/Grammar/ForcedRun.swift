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
        token = token ?? vocabulary.trie.longestToken(of: run)
        if let chosen = token, vocabulary.texts[chosen].count == run.count, isExtended(run, at: state) { token = nil }
        forcedTokens[state] = token ?? -1
        return token
    }

    /// The bytes of which each is the only one that may come next, and where they lead.
    private mutating func run(at state: Int32) -> ([UInt8], Int32) {
        var bytes: [UInt8] = []
        var current = state
        while bytes.count < Self.longestRun {
            _ = automaton.buildRow(of: current)
            let known = automaton.states[Int(current)]
            guard known.onlyByte >= 0, !known.readsTokens, !automaton.isAccepting(current) else { break }
            let byte = UInt8(known.onlyByte)
            bytes.append(byte)
            current = automaton.step(current, byte)
        }
        return (bytes, current)
    }

    /// The only token that may come next where no text may: an end token, or one that the grammar names.
    private mutating func onlyToken(at state: Int32) -> Int32? {
        let row = Int(automaton.buildRow(of: state))
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
        guard let top = vocabulary.trie.node(of: run) else { return false }
        var current = state
        for byte in run { current = automaton.step(current, byte) }
        var path = [current]
        var place = top + 1
        while place < Int(vocabulary.trie.nodes[top].behind) {
            let node = vocabulary.trie.nodes[place]
            path.removeLast(path.count - (Int(node.depth) - run.count + 1))
            let target = automaton.step(path[path.count - 1], node.byte)
            if target == LazyAutomaton.dead {
                place = Int(node.behind)
                continue
            }
            if node.tokenCount > 0 { return true }
            path.append(target)
            place += 1
        }
        return false
    }
}

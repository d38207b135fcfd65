import JSON

/// Given values (`enum`, `const`) and keys as JSON text.
extension SchemaCompiler {
    /// One form for each value; plain ones together by their common beginnings.
    mutating func literals(_ values: [JSONValue]) throws(GrammarError) -> [GrammarNode] {
        var plain: [[UInt8]] = []
        var nodes: [GrammarNode] = []
        for value in values {
            let node = try literal(value)
            if case .bytes(let bytes) = node { plain.append(bytes) } else { nodes.append(node) }
        }
        if plain.count == 1 { nodes.append(.bytes(plain[0])) }
        if plain.count > 1 {
            try budget.spend(plain.reduce(0) { $0 + $1.count })
            let automaton = TextTrie.automaton(of: plain)
            try budget.keep(states: automaton.states.count)
            nodes.append(.automaton(automaton))
        }
        return nodes
    }

    /// The form of one value.
    mutating func literal(_ value: JSONValue) throws(GrammarError) -> GrammarNode {
        try budget.spend(1 + (value.stringValue?.utf8.count ?? 0) / 8)
        switch value {
        case .null, .bool, .int: return .bytes(Array(value.serialized().utf8))
        case .double: return .bytes(Array((value.decimal?.text ?? value.serialized()).utf8))
        case .string(let text): return string(text)
        case .array(let elements):
            var nodes: [GrammarNode] = []
            for element in elements { nodes.append(try literal(element)) }
            return try bracketed("[", nodes, "]")
        case .object(let members):
            var nodes: [GrammarNode] = []
            for (key, member) in members {
                nodes.append(.sequence([self.key(key), try gapAfterColon(), try literal(member)]))
            }
            return try bracketed("{", nodes, "}")
        }
    }

    /// Nodes with commas between and brackets around.
    private mutating func bracketed(
        _ open: String, _ nodes: [GrammarNode], _ close: String
    ) throws(GrammarError) -> GrammarNode {
        guard !nodes.isEmpty else { return .bytes(Array((open + close).utf8)) }
        var list: [GrammarNode] = [.bytes(Array(open.utf8))]
        for (index, node) in nodes.enumerated() {
            if index > 0 { list.append(.bytes([0x2C])) }
            list += [try gap(), node]
        }
        return .sequence(list + [try gap(), .bytes(Array(close.utf8))])
    }

    /// A key with its colon.
    func key(_ text: String) -> GrammarNode {
        guard case .bytes(let bytes) = string(text) else { return .sequence([string(text), .bytes([0x3A])]) }
        return .bytes(bytes + [0x3A])
    }

    /// A given string: ASCII as it is, other characters raw or escaped.
    func string(_ text: String) -> GrammarNode {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return .bytes(Array(JSONValue.string(text).serialized().utf8)) }
        var nodes: [GrammarNode] = []
        var run: [UInt8] = [0x22]
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                // The writer's own escapes, without the quotes around them.
                run += JSONValue.string(String(scalar)).serialized().utf8.dropFirst().dropLast()
                continue
            }
            nodes.append(.bytes(run))
            run = []
            let units = String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            }
            let escape = units.joined()
            let spellings = [String(scalar), escape, units.map { "\\u" + $0.dropFirst(2).uppercased() }.joined()]
            nodes.append(.automaton(TextTrie.automaton(of: spellings.map { Array($0.utf8) })))
        }
        run.append(0x22)
        return nodes.isEmpty ? .bytes(run) : .sequence(nodes + [.bytes(run)])
    }
}

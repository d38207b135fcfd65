import Grammar

/// A generator of numbers that a test can repeat.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

/// Random definitions over a small alphabet, and vocabularies for them.
struct RandomGrammar {
    private static let scalars: [ClosedRange<UInt32>] = [97...99, 0xE8...0xEA, 0x20AC...0x20AD, 0x1F600...0x1F601]
    private var numbers: SeededNumbers
    private var rules = 0
    private let tokens: Int32 = 40

    init(seed: UInt64) { numbers = SeededNumbers(seed) }

    mutating func definition() -> GrammarDefinition {
        rules = Int.random(in: 0...3, using: &numbers)
        return GrammarDefinition(
            rules: (0..<rules).map { GrammarDefinition.Rule(name: "r\($0)", node: node(depth: 3)) },
            root: node(depth: 4))
    }

    mutating func node(depth: Int) -> GrammarNode {
        switch Int.random(in: depth <= 0 ? 0...6 : 0...14, using: &numbers) {
        case 0, 1: return .bytes(text(0...3))
        case 2: return .byte(ByteSet((0..<3).map { _ in letter() }))
        case 3: return .scalar(Self.scalars.filter { _ in Bool.random(using: &numbers) })
        case 4: return rules > 0 ? .rule(Int.random(in: 0..<rules, using: &numbers)) : .bytes(text(1...1))
        case 5: return .token(Int32.random(in: 0..<tokens - 1, using: &numbers))
        case 6: return .automaton(automaton())
        case 7, 8, 9: return .sequence(nodes(0...3, depth))
        case 10, 11: return .choice(nodes(0...4, depth))
        default:
            let least = Int.random(in: 0...3, using: &numbers)
            let most = Bool.random(using: &numbers) ? nil : least + Int.random(in: 0...45, using: &numbers)
            return .several(node(depth: depth - 1), atLeast: least * least * least, atMost: most.map { $0 + 27 })
        }
    }

    /// Texts of tokens: the letters, pieces of characters, longer texts, and some without text at the end.
    mutating func vocabulary() -> [[UInt8]] {
        var texts: [[UInt8]] = [97, 98, 99].map { [$0] }
        texts += [0xC3, 0xA8, 0xA9, 0xAA, 0xE2, 0x82, 0xAC, 0xAD, 0xF0, 0x9F, 0x98, 0x80, 0x81].map { [$0] }
        while texts.count < Int(tokens) - 3 { texts.append(text(1...5)) }
        texts[texts.count - 1] = [UInt8](repeating: 97, count: Int.random(in: 33...40, using: &numbers))
        texts[texts.count - 2] = [UInt8](repeating: 97, count: 33) + [letter()]
        return texts + [[], [], []]
    }

    private mutating func nodes(_ count: ClosedRange<Int>, _ depth: Int) -> [GrammarNode] {
        (0..<Int.random(in: count, using: &numbers)).map { _ in node(depth: depth - 1) }
    }

    private mutating func text(_ count: ClosedRange<Int>) -> [UInt8] {
        let characters = Array("aaaabbbcc").map { String($0) } + ["é", "€", "😀"]
        var text: [UInt8] = []
        for _ in 0..<Int.random(in: count, using: &numbers) {
            text += Array(characters[Int.random(in: 0..<characters.count, using: &numbers)].utf8)
        }
        let isCut = Int.random(in: 0..<4, using: &numbers) == 0 && text.count > 1
        return isCut ? Array(text.dropFirst(Int.random(in: 0...1, using: &numbers)).dropLast()) : text
    }

    private mutating func letter() -> UInt8 { UInt8.random(in: 97...99, using: &numbers) }

    private mutating func automaton() -> ByteAutomaton {
        let count = Int.random(in: 1...4, using: &numbers)
        return ByteAutomaton(
            states: (0..<count).map { _ in
                let middle = letter()
                let edges = [97...middle, (middle + 1)...100].map {
                    ByteAutomaton.Edge(bytes: $0, target: Int.random(in: 0..<count, using: &numbers))
                }
                return ByteAutomaton.State(
                    edges: edges.filter { _ in Bool.random(using: &numbers) },
                    isAccepting: Bool.random(using: &numbers))
            })
    }
}

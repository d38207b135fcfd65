/// Writes automata over scalars as automata over bytes: as UTF-8, or as the contents of a JSON string.
///
/// States that do the same are made one, so that what most states have in common (the middle of a character, the
/// digits of an escape) exists once for every place where it leads.
struct ScalarEncoder {
    /// How scalars are spelled.
    enum Spelling {
        /// As UTF-8.
        case plain
        /// As in a JSON string: raw or escaped; printable ASCII is escaped only where it must be.
        case json
        /// As in a JSON string: raw or escaped in every way that JSON knows.
        case jsonWithAnyEscape
    }

    private typealias State = ByteAutomaton.State
    private typealias Edge = ByteAutomaton.Edge

    /// Beyond this many intervals the characters outside ASCII have no escapes, which would cost more than they give.
    private static let mostEscapedIntervals = 64

    private let spelling: Spelling
    private let hasUnicodeEscapes: Bool
    private var states: [ByteAutomaton.State]
    private var interned: [ByteAutomaton.State: Int] = [:]
    private var chains: [ChainKey: Int] = [:]
    private var pairs: [Int: Int] = [:]
    /// Steps taken since they were last counted.
    private var work = 0

    private struct ChainKey: Hashable {
        let isHexadecimal: Bool
        let count: Int
        let target: Int
    }

    private static let anyDigit = [
        Edge(bytes: 0x30...0x39, target: 0), Edge(bytes: 0x41...0x46, target: 0), Edge(bytes: 0x61...0x66, target: 0),
    ]

    private init(spelling: Spelling, intervals: Int, reserving count: Int) {
        self.spelling = spelling
        hasUnicodeEscapes = intervals <= Self.mostEscapedIntervals
        states = [State](repeating: State(edges: [], isAccepting: false), count: count)
    }

    /// The bytes of the texts that an automaton accepts.
    /// - Parameter isQuoted: with `"` before and after.
    static func encode(
        _ automaton: ScalarAutomaton, spelling: Spelling, isQuoted: Bool, budget: inout GrammarBudget
    ) throws(GrammarError) -> ByteAutomaton {
        let offset = isQuoted ? 1 : 0
        var encoder = ScalarEncoder(
            spelling: spelling, intervals: automaton.alphabet.starts.count, reserving: automaton.count + offset)
        var end = 0
        if isQuoted {
            encoder.states[0] = State(edges: [Edge(bytes: 0x22...0x22, target: 1)], isAccepting: false)
            end = encoder.intern([], isAccepting: true)
        }
        for state in 0..<automaton.count {
            let pieces = automaton.pieces(from: state).map {
                ScalarPiece(first: $0.first, last: $0.last, target: $0.target + offset)
            }
            var edges = encoder.edges(pieces)
            try budget.spend(pieces.count * 2 + encoder.work)
            encoder.work = 0
            guard encoder.states.count <= budget.limits.states else {
                throw budget.excess("more than \(budget.limits.states) states in all")
            }
            if isQuoted, automaton.accepting[state] { edges.insertInOrder(Edge(bytes: 0x22...0x22, target: end)) }
            encoder.states[state + offset] = State(
                edges: edges, isAccepting: !isQuoted && automaton.accepting[state])
        }
        try budget.keep(states: encoder.states.count)
        return ByteAutomaton(states: encoder.states)
    }

    private mutating func intern(_ edges: [Edge], isAccepting: Bool = false) -> Int {
        let state = State(edges: edges, isAccepting: isAccepting)
        if let known = interned[state] { return known }
        states.append(state)
        interned[state] = states.count - 1
        return states.count - 1
    }

    private mutating func edges(_ pieces: [ScalarPiece]) -> [Edge] {
        guard !pieces.isEmpty else { return [] }
        var edges: [Edge] = []
        for piece in pieces.clipped(to: 0...0x7F) {
            for range in rawRanges(piece.first...piece.last) {
                edges.append(Edge(bytes: range, target: piece.target))
            }
        }
        if spelling != .plain, let escape = escapes(pieces) {
            edges.insertInOrder(Edge(bytes: 0x5C...0x5C, target: escape))
        }
        edges += leads(0xC2...0xDF, pieces.clipped(to: 0x80...0x7FF), following: 1)
        edges += leads(0xE0...0xEF, pieces.clipped(to: 0x800...0xFFFF), following: 2)
        edges += leads(0xF0...0xF4, pieces.clipped(to: 0x10000...0x10FFFF), following: 3)
        return edges.joined()
    }

    /// The part of a range of ASCII that may stand for itself.
    private func rawRanges(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt8>] {
        let allowed: [ClosedRange<UInt32>] =
            spelling == .plain ? [0...0x7F] : [0x20...0x21, 0x23...0x5B, 0x5D...0x7F]
        return allowed.filter { $0.overlaps(range) }.map {
            let part = $0.clamped(to: range)
            return UInt8(truncatingIfNeeded: part.lowerBound)...UInt8(truncatingIfNeeded: part.upperBound)
        }
    }

    /// The state that takes the same set of bytes `count` times and then is at `target`.
    private mutating func chain(_ edges: [Edge], count: Int, to target: Int) -> Int {
        guard count > 0 else { return target }
        let key = ChainKey(isHexadecimal: edges.count > 1, count: count, target: target)
        if let known = chains[key] { return known }
        let next = chain(edges, count: count - 1, to: target)
        let state = intern(edges.map { Edge(bytes: $0.bytes, target: next) })
        chains[key] = state
        return state
    }

    // MARK: UTF-8

    private mutating func leads(_ leads: ClosedRange<UInt8>, _ pieces: [ScalarPiece], following: Int) -> [Edge] {
        guard !pieces.isEmpty else { return [] }
        let bits = UInt32(following * 6)
        let mask: UInt32 = following == 1 ? 0x1F : following == 2 ? 0x0F : 0x07
        var edges: [Edge] = []
        for lead in leads {
            let base = (UInt32(lead) & mask) << bits
            guard let target = continuation(pieces, base, count: following) else { continue }
            edges.append(Edge(bytes: lead...lead, target: target))
        }
        return edges
    }

    /// The state that takes `count` more bytes of the scalars from `base` on; nil if none of them leads anywhere.
    private mutating func continuation(_ pieces: [ScalarPiece], _ base: UInt32, count: Int) -> Int? {
        let size: UInt32 = 1 << UInt32(count * 6)
        work += 1
        switch pieces.coverage(base, base + size - 1) {
        case .none: return nil
        case .uniform(let target): return chain([Edge(bytes: 0x80...0xBF, target: 0)], count: count, to: target)
        case .mixed:
            var edges: [Edge] = []
            for byte in UInt32(0)..<64 {
                let start = base + byte * (size / 64)
                guard let target = continuation(pieces, start, count: count - 1) else { continue }
                let code = UInt8(truncatingIfNeeded: 0x80 + byte)
                edges.append(Edge(bytes: code...code, target: target))
            }
            return intern(edges.joined())
        }
    }

    // MARK: Escapes

    private mutating func escapes(_ pieces: [ScalarPiece]) -> Int? {
        let short: [(letter: UInt8, scalar: UInt32)] = [
            (0x22, 0x22), (0x2F, 0x2F), (0x5C, 0x5C), (0x62, 8), (0x66, 12), (0x6E, 10), (0x72, 13), (0x74, 9),
        ]
        var edges: [Edge] = []
        for (letter, scalar) in short {
            if case .uniform(let target) = pieces.coverage(scalar, scalar) {
                edges.append(Edge(bytes: letter...letter, target: target))
            }
        }
        if let unit = digits(units(pieces), 0, count: 4) { edges.append(Edge(bytes: 0x75...0x75, target: unit)) }
        return edges.isEmpty ? nil : intern(edges)
    }

    /// Where the UTF-16 units lead: those of one scalar to its target, the first half of a pair to its second half.
    private mutating func units(_ pieces: [ScalarPiece]) -> [ScalarPiece] {
        var units: [ScalarPiece] = []
        let own: [ClosedRange<UInt32>] =
            spelling == .jsonWithAnyEscape
            ? [0...0xD7FF] : [0...0x1F, 0x22...0x22, 0x2F...0x2F, 0x5C...0x5C, 0x7F...0xD7FF]
        guard hasUnicodeEscapes else { return own.dropLast().flatMap { pieces.clipped(to: $0) } }
        for range in own { units += pieces.clipped(to: range) }
        let astral = pieces.clipped(to: 0x10000...0x10FFFF)
        if case .uniform = astral.coverage(0x10000, 0x10FFFF) {
            if let pair = secondHalf(astral, 0x10000) { units.append(.init(first: 0xD800, last: 0xDBFF, target: pair)) }
        } else if !astral.isEmpty {
            work += 0x400 / 4
            for half in UInt32(0)..<0x400 {
                let base = 0x10000 + half << 10
                guard let target = secondHalf(astral, base) else { continue }
                if let last = units.last, last.target == target, last.last + 1 == 0xD800 + half {
                    units[units.count - 1].last = 0xD800 + half
                } else {
                    units.append(ScalarPiece(first: 0xD800 + half, last: 0xD800 + half, target: target))
                }
            }
        }
        return units + pieces.clipped(to: 0xE000...0xFFFF)
    }

    private mutating func secondHalf(_ pieces: [ScalarPiece], _ base: UInt32) -> Int? {
        switch pieces.coverage(base, base + 0x3FF) {
        case .none: return nil
        case .uniform(let target):
            if let known = pairs[target] { return known }
            let state = escapedUnit([ScalarPiece(first: 0xDC00, last: 0xDFFF, target: target)])
            pairs[target] = state
            return state
        case .mixed:
            return escapedUnit(
                pieces.clipped(to: base...base + 0x3FF).map {
                    ScalarPiece(first: $0.first - base + 0xDC00, last: $0.last - base + 0xDC00, target: $0.target)
                })
        }
    }

    private mutating func escapedUnit(_ units: [ScalarPiece]) -> Int? {
        guard let unit = digits(units, 0, count: 4) else { return nil }
        return intern([Edge(bytes: 0x5C...0x5C, target: intern([Edge(bytes: 0x75...0x75, target: unit)]))])
    }

    /// The state that takes `count` hexadecimal digits of the units from `base` on.
    private mutating func digits(_ units: [ScalarPiece], _ base: UInt32, count: Int) -> Int? {
        let size: UInt32 = 1 << UInt32(count * 4)
        work += 1
        switch units.coverage(base, base + size - 1) {
        case .none: return nil
        case .uniform(let target): return chain(Self.anyDigit, count: count, to: target)
        case .mixed: break
        }
        var decimal: [Edge] = []
        var upper: [Edge] = []
        var lower: [Edge] = []
        for digit in UInt8(0)..<16 {
            guard let target = digits(units, base + UInt32(digit) * (size / 16), count: count - 1) else { continue }
            if digit < 10 {
                decimal.append(Edge(bytes: 0x30 + digit...0x30 + digit, target: target))
            } else {
                upper.append(Edge(bytes: 0x37 + digit...0x37 + digit, target: target))
                lower.append(Edge(bytes: 0x57 + digit...0x57 + digit, target: target))
            }
        }
        return intern((decimal + upper + lower).joined())
    }
}

extension [ByteAutomaton.Edge] {
    /// Neighbours with the same target made one.
    fileprivate func joined() -> [ByteAutomaton.Edge] {
        var edges: [ByteAutomaton.Edge] = []
        for edge in self {
            if let last = edges.last, last.target == edge.target,
                Int(last.bytes.upperBound) + 1 == Int(edge.bytes.lowerBound)
            {
                edges[edges.count - 1] = ByteAutomaton.Edge(
                    bytes: last.bytes.lowerBound...edge.bytes.upperBound, target: edge.target)
            } else {
                edges.append(edge)
            }
        }
        return edges
    }

    /// Adds an edge at its place.
    fileprivate mutating func insertInOrder(_ edge: ByteAutomaton.Edge) {
        let place = firstIndex { $0.bytes.lowerBound > edge.bytes.upperBound } ?? count
        insert(edge, at: place)
    }
}

/// How pieces cover an interval.
private enum Coverage {
    case none
    case uniform(Int)
    case mixed
}

extension [ScalarPiece] {
    /// The pieces as far as they are in a range.
    fileprivate func clipped(to range: ClosedRange<UInt32>) -> [ScalarPiece] {
        compactMap {
            guard $0.last >= range.lowerBound, $0.first <= range.upperBound else { return nil }
            return ScalarPiece(
                first: Swift.max($0.first, range.lowerBound), last: Swift.min($0.last, range.upperBound),
                target: $0.target)
        }
    }

    fileprivate func coverage(_ first: UInt32, _ last: UInt32) -> Coverage {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].last < first { low = middle + 1 } else { high = middle }
        }
        guard low < count, self[low].first <= last else { return .none }
        guard self[low].first <= first, self[low].last >= last else { return .mixed }
        return .uniform(self[low].target)
    }
}

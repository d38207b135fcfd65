/// Looks for one of several texts, none of which begins with another.
struct LiteralMatcher: Sendable {
    /// What a byte came to.
    enum Match: Sendable, Equatable {
        /// One of them may still follow.
        case more
        /// The text of this index is complete.
        case matched(Int)
        /// None can follow any more.
        case none
    }

    private let literals: [[UInt8]]
    private var candidates: [Int]
    private var matched = 0

    /// A matcher of these texts.
    init(_ literals: [String]) {
        self.literals = literals.map { Array($0.utf8) }
        candidates = Array(literals.indices)
    }

    /// Whether a text begins with this byte.
    func canBegin(_ byte: UInt8) -> Bool { literals.contains { $0.first == byte } }

    /// Whether nothing has come.
    var isFresh: Bool { matched == 0 }

    /// Takes the next byte.
    mutating func advance(_ byte: UInt8) -> Match {
        guard !candidates.isEmpty else { return .none }
        candidates.removeAll { literals[$0].count <= matched || literals[$0][matched] != byte }
        matched += 1
        if let complete = candidates.first(where: { literals[$0].count == matched }) { return .matched(complete) }
        return candidates.isEmpty ? .none : .more
    }
}

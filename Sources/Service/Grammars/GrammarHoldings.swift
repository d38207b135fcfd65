import Grammar

/// What the grammars of one model hold of the memory that is theirs. One half is for compiling; of the other, those in
/// use get what they need, and those that wait for the next request half of it at most.
struct GrammarHoldings: Sendable {
    private struct Entry: Sendable {
        weak let grammar: CompiledGrammar?
        /// What does not change while it is there.
        let fixedBytes: Int
        /// What it had worked out when it was last used.
        var workedBytes: Int
        /// Answers, and requests for one, that follow it.
        var uses = 0
        /// Whether it is kept for the next request.
        var isReady = true
    }

    private let capacity: Int
    private let leastWork: Int
    private var entries: [ObjectIdentifier: Entry] = [:]
    private var compiling: [Int: Int] = [:]
    private var attempts = 0
    /// What each grammar in use may keep of what it works out.
    let share: GrammarShare

    /// Grammars that hold at most `capacity` bytes, for a vocabulary with masks of `maskBytes`.
    init(capacity: Int, maskBytes: Int) {
        self.capacity = capacity
        leastWork = max(Self.leastWorkBytes, maskBytes * Self.fewestMasks)
        share = GrammarShare(leastWork)
    }

    // MARK: Compiling

    /// What compiling one grammar may take.
    var compilingBytes: Int { capacity / 2 }

    /// The number of a new attempt to compile a grammar, which holds nothing yet.
    mutating func beginAttempt() -> Int {
        attempts += 1
        return attempts
    }

    /// Lets an attempt hold exactly so many bytes; false where others have them.
    mutating func hold(_ bytes: Int, for attempt: Int) -> Bool {
        let others = compiling.values.reduce(0, +) - (compiling[attempt] ?? 0)
        guard others + bytes <= compilingBytes else { return false }
        compiling[attempt] = bytes
        return true
    }

    /// An attempt has ended.
    mutating func end(attempt: Int) { compiling[attempt] = nil }

    // MARK: Keeping and using

    /// A grammar is there.
    mutating func add(_ grammar: CompiledGrammar, fixedBytes: Int) {
        entries[ObjectIdentifier(grammar)] = Entry(
            grammar: grammar, fixedBytes: fixedBytes / 4 * 5 + Self.bytesBeside, workedBytes: grammar.keptBytes)
    }

    /// Whether one more answer may follow a grammar now: all in use must be able to go on.
    mutating func beginUse(of grammar: CompiledGrammar) -> Bool {
        purge()
        let id = ObjectIdentifier(grammar)
        guard let entry = entries[id] else { return false }
        let needed = entry.uses > 0 ? 0 : entry.fixedBytes + leastWork * Self.bytesPerByte
        guard usedBytes + needed <= keptCapacity else { return false }
        entries[id]?.uses += 1
        return true
    }

    /// An answer that followed a grammar has ended.
    mutating func endUse(of grammar: CompiledGrammar) {
        let id = ObjectIdentifier(grammar)
        guard let entry = entries[id] else { return }
        entries[id]?.uses = entry.uses - 1
        if entry.uses == 1 { entries[id]?.workedBytes = grammar.keptBytes }
    }

    /// A grammar is no longer kept for the next request.
    mutating func letGo(of grammar: CompiledGrammar) { entries[ObjectIdentifier(grammar)]?.isReady = false }

    /// Whether nobody follows a grammar.
    func isIdle(_ grammar: CompiledGrammar) -> Bool { entries[ObjectIdentifier(grammar)]?.uses ?? 0 == 0 }

    /// Whether those that nobody follows hold more than their part.
    mutating func isIdleExcessive() -> Bool {
        purge()
        return idleBytes > min(keptCapacity / 2, keptCapacity - usedBytes)
    }

    /// Shares out what is left among those in use.
    func shareOut() {
        let count = entries.values.count { $0.uses > 0 }
        let fixed = usedBytes - count * leastWork * Self.bytesPerByte
        let left = (keptCapacity - idleBytes - fixed) / Self.bytesPerByte / max(1, count)
        share.bytes = max(leastWork, left)
    }

    private var keptCapacity: Int { capacity / 2 }

    /// The least that those in use need.
    private var usedBytes: Int {
        entries.values.reduce(0) { $0 + ($1.uses > 0 ? $1.fixedBytes + leastWork * Self.bytesPerByte : 0) }
    }

    private var idleBytes: Int {
        entries.values.reduce(0) {
            $0 + ($1.uses == 0 && $1.isReady ? $1.fixedBytes + $1.workedBytes * Self.bytesPerByte : 0)
        }
    }

    private mutating func purge() {
        entries = entries.filter { $0.value.grammar != nil }
    }

    /// Tables have grown beyond what they hold, and positions are kept beside them.
    private static let bytesPerByte = 2
    /// Tables of a grammar that has worked out nothing, with the room that is made for more.
    private static let bytesBeside = 256 << 10
    /// A grammar in use keeps so much in any case, and so many masks.
    private static let leastWorkBytes = 64 << 10
    private static let fewestMasks = 16
}

/// Keeps a grammar in use as long as an answer may follow it.
final class GrammarUse: Sendable {
    private let grammar: CompiledGrammar
    private let cache: GrammarCache

    /// The use of a grammar that has begun.
    init(of grammar: CompiledGrammar, in cache: GrammarCache) {
        self.grammar = grammar
        self.cache = cache
    }

    deinit { cache.endUse(of: grammar) }
}

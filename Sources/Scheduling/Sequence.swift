/// Names a sequence for the life of the process.
package struct SequenceID: Hashable, Sendable, CustomStringConvertible {
    /// The number behind the name.
    package let raw: UInt64

    /// A name from a number that was never used before.
    package init(raw: UInt64) { self.raw = raw }

    /// The number.
    package var description: String { "#\(raw)" }
}

/// What a sequence brings besides its prompt.
package struct SequenceOptions: Sendable, Equatable {
    /// Only sequences with the same salt share pages.
    package var salt: [UInt8]
    /// Higher goes first; equals go in order of arrival.
    package var priority: Int
    /// Tokens that end the sequence.
    package var stopTokens: Set<Int32>
    /// Whether the logits of every prompt token are wanted; such a prompt is computed even if it is cached.
    package var wantsPromptLogits: Bool
    /// Whose sequence it is: places are shared out among tenants first.
    package var tenant = 0
    /// Which request it belongs to, among whose sequences a tenant's places are shared out; nil for one of its own.
    package var request: UInt64?

    /// Options in full.
    package init(salt: [UInt8], priority: Int, stopTokens: Set<Int32>, wantsPromptLogits: Bool) {
        self.salt = salt
        self.priority = priority
        self.stopTokens = stopTokens
        self.wantsPromptLogits = wantsPromptLogits
    }
}

/// A request's tokens and the pages that hold their keys and values.
///
/// Who owns what, for pages of four tokens:
///
///     tokens   t0 t1 t2 t3 | t4 t5 t6 t7 | t8 t9 t10 .  | .
///     pages        p7      |     p2      |     p5       |
///              └── full, published ──────┘ └ open tail ┘
///              0 ............................ computed ^ ^ tokens.count
///
/// - Positions 0..<computed are in the pages and never change again, whatever happens to the sequence.
/// - Full pages are published in the `PrefixIndex` and may be in the block tables of any number of sequences.
///   Nobody writes into them. If an equal page was published first, the sequence swaps its own for that one.
/// - The open tail is in one block table only, and only its owner writes, always behind `computed`. Its finished slots
///   are in the index too: another sequence may *copy* them into a page of its own.
/// - Positions computed..<tokens.count are owed. While running, the sequence holds pages for all of them.
/// - A waiting sequence holds no page.
package struct Sequence: Sendable {
    /// Its name.
    package let id: SequenceID
    /// Prompt and generated tokens.
    package private(set) var tokens: [Int32]
    /// How many of them are the prompt.
    package let promptCount: Int
    /// The sequence ends when it has this many tokens.
    package let limit: Int
    /// What it brought besides its prompt.
    package let options: SequenceOptions
    /// Leading tokens whose keys and values are in the pages.
    package private(set) var computed = 0
    /// The block table.
    package private(set) var pages: [PageID] = []
    /// Place in the order of arrival.
    let arrival: Int
    /// Tokens that the current plan computes.
    var planned = 0
    /// Tokens that somebody guesses will follow the known ones; kept as far as they prove right.
    private(set) var drafts: [Int32] = []
    var wasAdmitted = false
    var holdsLeft = Sequence.maximumHolds
    var hold: Hold?
    private var scored = false

    /// A waiting sequence lets another one compute their common prefix first.
    struct Hold: Sendable, Equatable {
        let computing: SequenceID
        let untilComputed: Int
    }

    /// How often a sequence may be held back; after that it computes its prefix itself.
    static let maximumHolds = 4

    /// A sequence that has computed nothing; `limit` counts prompt and answer.
    init(id: SequenceID, prompt: [Int32], limit: Int, arrival: Int, options: SequenceOptions) {
        precondition(!prompt.isEmpty && limit >= prompt.count, "a sequence has a prompt and room for it")
        self.id = id
        self.tokens = prompt
        self.limit = limit
        self.arrival = arrival
        self.options = options
        promptCount = prompt.count
    }

    /// Tokens that are known and not computed.
    package var owed: Int { tokens.count - computed }
    /// The request whose sequence it is.
    var request: UInt64 { options.request ?? id.raw }
    /// Whether the logits of prompt tokens are still wanted.
    var isScoring: Bool { options.wantsPromptLogits && !scored }

    /// Whether it is served before another one: higher priority, then earlier arrival.
    func precedes(_ other: borrowing Sequence) -> Bool {
        options.priority != other.options.priority
            ? options.priority > other.options.priority : arrival < other.arrival
    }

    /// Adds a generated token.
    mutating func append(_ token: Int32) { tokens.append(token) }

    /// Most drafts of a sequence in a step.
    package static let maximumDrafts = 16

    /// Takes guesses of what follows; those that could never be used are left out.
    mutating func propose(_ guesses: some Collection<Int32>) {
        drafts.removeAll(keepingCapacity: true)
        drafts.append(contentsOf: guesses.prefix(max(0, min(Self.maximumDrafts, limit - tokens.count - 1))))
    }

    /// Forgets the guesses from `count` on.
    mutating func dropDrafts(keeping count: Int) {
        drafts.removeLast(drafts.count - min(max(count, 0), drafts.count))
    }

    /// Takes over every full cached page that holds the next tokens, leaving at least one token to compute.
    mutating func reusePrefix(from pool: inout PagePool) {
        guard !isScoring, var node = pool.index.root(salt: options.salt) else { return }
        while computed + pool.pageTokens < tokens.count {
            let next = tokens[computed..<computed + pool.pageTokens]
            guard let page = pool.index.page(after: node, holding: next) else { return }
            pool.retain(page)
            pages.append(page)
            computed += pool.pageTokens
            node = .page(page)
        }
    }

    /// The cached page whose first slots hold most of the next tokens, none if there is no such page.
    func copyableTail(in pool: borrowing PagePool) -> (page: PageID, tokens: Int)? {
        guard !isScoring, let node = pages.last.map(PrefixNode.page) ?? pool.index.root(salt: options.salt) else {
            return nil
        }
        let end = min(computed + pool.pageTokens, tokens.count - 1)
        guard computed < end else { return nil }
        return pool.index.closestPage(after: node, to: tokens[computed..<end])
    }

    /// Takes the memory for everything it may grow to, so that growing takes none.
    mutating func makeRoom(pageTokens: Int) {
        tokens.reserveCapacity(limit)
        pages.reserveCapacity((limit + pageTokens - 1) / pageTokens)
        drafts.reserveCapacity(Self.maximumDrafts)
    }

    /// Pages that are missing before `count` tokens fit.
    func missingPages(for count: Int, pageTokens: Int) -> Int {
        max(0, (count + pageTokens - 1) / pageTokens - pages.count)
    }

    /// Takes the pages for `count` tokens; the caller has seen that they are free.
    mutating func reserve(_ count: Int, from pool: inout PagePool) {
        for _ in 0..<missingPages(for: count, pageTokens: pool.pageTokens) {
            guard let page = pool.take() else { preconditionFailure("pages were counted before they were taken") }
            pages.append(page)
        }
    }

    /// Counts slots that are copied from another page as computed.
    mutating func skip(_ count: Int) { computed += count }

    /// Takes note that the tokens before `end` are in the pages, and lets others share them.
    mutating func advance(to end: Int, sharingThrough pool: inout PagePool) {
        let first = computed / pool.pageTokens
        computed = end
        if end >= promptCount { scored = true }
        for place in first..<(end + pool.pageTokens - 1) / pool.pageTokens {
            let start = place * pool.pageTokens
            let filled = tokens[start..<min(end, start + pool.pageTokens)]
            let parent = place == 0 ? pool.openRoot(salt: options.salt) : .page(pages[place - 1])
            let page = pool.publish(pages[place], holding: filled, after: parent)
            if page != pages[place] { pages[place] = page }
        }
    }

    /// Gives all pages back, the tail first, so that it is the first to be reused.
    mutating func giveBack(to pool: inout PagePool) {
        for page in pages.reversed() { pool.release(page) }
        pages.removeAll()
        drafts.removeAll(keepingCapacity: true)
        computed = 0
        planned = 0
    }

    /// Takes what the sequence computed out of the index: its contents cannot be trusted.
    func disown(in pool: inout PagePool) {
        for page in pages { pool.forget(page) }
    }

    /// Length of the common beginning with another sequence.
    func commonPrefix(with other: borrowing Sequence) -> Int {
        let bound = min(tokens.count, other.tokens.count)
        var length = 0
        while length < bound, tokens[length] == other.tokens[length] { length += 1 }
        return length
    }
}

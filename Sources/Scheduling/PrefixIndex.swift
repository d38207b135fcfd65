/// A place in the tree of known prefixes: a page, or the empty prefix under some salt.
package struct PrefixNode: Hashable, Sendable {
    /// A page's number, or a negative number for a root.
    let raw: Int

    /// The prefix that ends with `page`.
    package static func page(_ page: PageID) -> PrefixNode { PrefixNode(raw: Int(page)) }
}

/// What the pages hold: a tree in which a page's parent holds the tokens before it.
///
/// A full page is found by its parent and its exact tokens; hashes only speed up the look-up and are never trusted.
/// Open pages are known too, but only by walking their parent's children. Each page is linked to its siblings, so that
/// removing one costs a constant and removing a page with what follows it costs a constant per page.
/// Source: Zheng and others, "SGLang: Efficient Execution of Structured Language Model Programs", arXiv:2312.07104 (a
/// tree of prefixes).
package struct PrefixIndex: Sendable {
    private struct Entry {
        var parent = PrefixNode(raw: PrefixIndex.nowhere)
        /// How many of its tokens are known.
        var count = 0
        var firstChild: PageID = PrefixIndex.none
        var previousSibling: PageID = PrefixIndex.none
        var nextSibling: PageID = PrefixIndex.none
        var isPresent: Bool { parent.raw != PrefixIndex.nowhere }
    }

    private struct Root {
        let salt: [UInt8]
        var firstChild: PageID
    }

    private static let none: PageID = -1
    private static let nowhere = Int.min
    /// How many of a node's children, the newest first, are looked at for a partial match.
    private static let maximumCandidates = 32

    private let pageTokens: Int
    private var entries: [Entry]
    /// What the pages hold, page after page.
    private var contents: [Int32]
    private var fullPages: PageHashIndex
    /// Pages that are about to be forgotten: memory that is used again.
    private var pending: [PageID] = []
    private var rootNodes: [[UInt8]: PrefixNode] = [:]
    private var roots: [PrefixNode: Root] = [:]
    private var lastRoot = 0
    /// Pages whose contents are known.
    package private(set) var count = 0

    init(_ geometry: PageBudget) {
        pageTokens = geometry.tokens
        entries = [Entry](repeating: Entry(), count: geometry.count)
        contents = [Int32](repeating: 0, count: geometry.capacity)
        fullPages = PageHashIndex(pages: geometry.count)
    }

    /// The node at which sequences with this salt begin, if any page is known there.
    package func root(salt: [UInt8]) -> PrefixNode? { rootNodes[salt] }

    /// The node at which sequences with this salt begin; it lives as long as a page follows it.
    mutating func openRoot(salt: [UInt8]) -> PrefixNode {
        if let node = rootNodes[salt] { return node }
        lastRoot -= 1
        let node = PrefixNode(raw: lastRoot)
        rootNodes[salt] = node
        roots[node] = Root(salt: salt, firstChild: Self.none)
        return node
    }

    /// Whether the contents of a page are known.
    package func contains(_ page: PageID) -> Bool { entries[Int(page)].isPresent }

    /// Whether a prefix is known.
    package func contains(_ node: PrefixNode) -> Bool {
        node.raw < 0 ? roots[node] != nil : entries[node.raw].isPresent
    }

    /// The tokens a page is known to hold.
    package func tokens(of page: PageID) -> ArraySlice<Int32> {
        let start = Int(page) * pageTokens
        return contents[start..<start + entries[Int(page)].count]
    }

    /// The node before a known page.
    package func parent(of page: PageID) -> PrefixNode? { contains(page) ? entries[Int(page)].parent : nil }

    /// The full page that holds exactly `tokens` behind `node`.
    package func page(after node: PrefixNode, holding tokens: ArraySlice<Int32>) -> PageID? {
        fullPages.page(hash: Self.hash(node, tokens)) {
            entries[Int($0)].parent == node && self.tokens(of: $0) == tokens
        }
    }

    /// Seeded by the process, so that nobody can choose tokens that collide.
    private static func hash(_ parent: PrefixNode, _ tokens: ArraySlice<Int32>) -> Int {
        var hasher = Hasher()
        hasher.combine(parent)
        for token in tokens { hasher.combine(token) }
        return hasher.finalize()
    }

    /// Takes a full page out of the table.
    private mutating func unlist(_ page: PageID) {
        let (entries, contents, pageTokens) = (entries, contents, pageTokens)
        fullPages.remove(page) { page in
            let start = Int(page) * pageTokens
            return Self.hash(entries[Int(page)].parent, contents[start..<start + pageTokens])
        }
    }

    /// The page behind `node` that begins with most of `tokens`, and how many they are; nil if none begins with any.
    package func closestPage(after node: PrefixNode, to tokens: ArraySlice<Int32>) -> (page: PageID, tokens: Int)? {
        var best: (page: PageID, tokens: Int)?
        var child = firstChild(of: node)
        var looked = 0
        while child != Self.none, looked < Self.maximumCandidates {
            let common = commonCount(self.tokens(of: child), tokens)
            if common > best?.tokens ?? 0 { best = (child, common) }
            if common == tokens.count { break }
            child = entries[Int(child)].nextSibling
            looked += 1
        }
        return best
    }

    private func commonCount(_ one: ArraySlice<Int32>, _ other: ArraySlice<Int32>) -> Int {
        var count = 0
        while count < min(one.count, other.count), one[one.startIndex + count] == other[other.startIndex + count] {
            count += 1
        }
        return count
    }

    /// Makes known that a page holds `tokens` behind `node`; a page that is known already has only gained tokens.
    mutating func put(_ page: PageID, holding tokens: ArraySlice<Int32>, after node: PrefixNode) {
        if contains(page) {
            let known = entries[Int(page)].count
            precondition(entries[Int(page)].parent == node && known <= tokens.count, "a page keeps what it holds")
            write(tokens, from: known, to: page)
            return
        }
        let sibling = firstChild(of: node)
        entries[Int(page)].parent = node
        write(tokens, from: 0, to: page)
        entries[Int(page)].nextSibling = sibling
        entries[Int(page)].previousSibling = Self.none
        if sibling != Self.none { entries[Int(sibling)].previousSibling = page }
        setFirstChild(of: node, to: page)
        count += 1
    }

    private mutating func write(_ tokens: ArraySlice<Int32>, from known: Int, to page: PageID) {
        precondition(tokens.count <= pageTokens, "a page holds so many tokens")
        let start = Int(page) * pageTokens
        for offset in known..<tokens.count { contents[start + offset] = tokens[tokens.startIndex + offset] }
        entries[Int(page)].count = tokens.count
    }

    /// Makes a full page findable; returns the page with the same contents that was there first, or the page itself.
    mutating func complete(_ page: PageID) -> PageID {
        if let first = self.page(after: entries[Int(page)].parent, holding: tokens(of: page)) {
            if first != page { remove(page) }
            return first
        }
        fullPages.insert(page, hash: Self.hash(entries[Int(page)].parent, tokens(of: page)))
        return page
    }

    /// Forgets a page and everything that follows it.
    mutating func remove(_ page: PageID) {
        guard contains(page) else { return }
        detach(page)
        pending.append(page)
        while let next = pending.popLast() {
            var child = entries[Int(next)].firstChild
            while child != Self.none {
                pending.append(child)
                child = entries[Int(child)].nextSibling
            }
            erase(next)
        }
    }

    private mutating func detach(_ page: PageID) {
        let entry = entries[Int(page)]
        if entry.nextSibling != Self.none { entries[Int(entry.nextSibling)].previousSibling = entry.previousSibling }
        if entry.previousSibling != Self.none {
            entries[Int(entry.previousSibling)].nextSibling = entry.nextSibling
        } else {
            setFirstChild(of: entry.parent, to: entry.nextSibling)
        }
    }

    private mutating func erase(_ page: PageID) {
        if entries[Int(page)].count == pageTokens { unlist(page) }
        entries[Int(page)] = Entry()
        count -= 1
    }

    private func firstChild(of node: PrefixNode) -> PageID {
        node.raw < 0 ? roots[node]?.firstChild ?? Self.none : entries[node.raw].firstChild
    }

    private mutating func setFirstChild(of node: PrefixNode, to page: PageID) {
        guard node.raw < 0 else {
            entries[node.raw].firstChild = page
            return
        }
        if page == Self.none, let root = roots.removeValue(forKey: node) {
            rootNodes[root.salt] = nil
        } else {
            roots[node]?.firstChild = page
        }
    }
}

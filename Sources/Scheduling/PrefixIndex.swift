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
package struct PrefixIndex: Sendable {
    private struct Key: Hashable {
        let parent: PrefixNode
        let tokens: ArraySlice<Int32>
    }

    private struct Entry {
        var parent = PrefixNode(raw: PrefixIndex.nowhere)
        var tokens: [Int32] = []
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
    private var fullPages: [Key: PageID] = [:]
    private var rootNodes: [[UInt8]: PrefixNode] = [:]
    private var roots: [PrefixNode: Root] = [:]
    private var lastRoot = 0
    /// Pages whose contents are known.
    package private(set) var count = 0

    init(_ geometry: PageBudget) {
        pageTokens = geometry.tokens
        entries = [Entry](repeating: Entry(), count: geometry.count)
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
    package func tokens(of page: PageID) -> [Int32] { entries[Int(page)].tokens }

    /// The node before a known page.
    package func parent(of page: PageID) -> PrefixNode? { contains(page) ? entries[Int(page)].parent : nil }

    /// The full page that holds exactly `tokens` behind `node`.
    package func page(after node: PrefixNode, holding tokens: ArraySlice<Int32>) -> PageID? {
        fullPages[Key(parent: node, tokens: tokens)]
    }

    /// The page behind `node` that begins with most of `tokens`, and how many they are; nil if none begins with any.
    package func closestPage(after node: PrefixNode, to tokens: ArraySlice<Int32>) -> (page: PageID, tokens: Int)? {
        var best: (page: PageID, tokens: Int)?
        var child = firstChild(of: node)
        var looked = 0
        while child != Self.none, looked < Self.maximumCandidates {
            let common = zip(entries[Int(child)].tokens, tokens).prefix { $0 == $1 }.count
            if common > best?.tokens ?? 0 { best = (child, common) }
            if common == tokens.count { break }
            child = entries[Int(child)].nextSibling
            looked += 1
        }
        return best
    }

    /// Makes known that a page holds `tokens` behind `node`; a page that is known already has only gained tokens.
    mutating func put(_ page: PageID, holding tokens: ArraySlice<Int32>, after node: PrefixNode) {
        if contains(page) {
            let known = entries[Int(page)].tokens.count
            precondition(entries[Int(page)].parent == node && known <= tokens.count, "a page keeps what it holds")
            entries[Int(page)].tokens.append(contentsOf: tokens.dropFirst(known))
            return
        }
        let sibling = firstChild(of: node)
        entries[Int(page)].parent = node
        entries[Int(page)].tokens.reserveCapacity(pageTokens)
        entries[Int(page)].tokens.append(contentsOf: tokens)
        entries[Int(page)].nextSibling = sibling
        entries[Int(page)].previousSibling = Self.none
        if sibling != Self.none { entries[Int(sibling)].previousSibling = page }
        setFirstChild(of: node, to: page)
        count += 1
    }

    /// Makes a full page findable; returns the page with the same contents that was there first, or the page itself.
    mutating func complete(_ page: PageID) -> PageID {
        let key = Key(parent: entries[Int(page)].parent, tokens: entries[Int(page)].tokens[...])
        if let first = fullPages[key] {
            if first != page { remove(page) }
            return first
        }
        fullPages[key] = page
        return page
    }

    /// Forgets a page and everything that follows it.
    mutating func remove(_ page: PageID) {
        guard contains(page) else { return }
        detach(page)
        var pending = [page]
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
        if entries[Int(page)].tokens.count == pageTokens {
            let key = Key(parent: entries[Int(page)].parent, tokens: entries[Int(page)].tokens[...])
            if fullPages[key] == page { fullPages[key] = nil }
        }
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

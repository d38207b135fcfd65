/// Names a page of the KV memory.
package typealias PageID = Int32

/// Counts who uses each page and hands out free ones, the least recently used first.
///
/// A page is *held* (in at least one block table), *cached* (free, but the index knows what it holds) or *blank*.
/// Free pages form one list: blank pages enter at the front, cached ones at the back, and pages are taken from the
/// front. A sequence gives its pages back from the tail, so a cached page is always taken before the page it follows.
/// Source: Kwon and others, "Efficient Memory Management for Large Language Model Serving with PagedAttention",
/// arXiv:2309.06180.
package struct PagePool: ~Copyable {
    /// Tokens a page holds.
    package let pageTokens: Int
    /// What the pages hold.
    package private(set) var index: PrefixIndex
    /// Pages that nobody holds.
    package private(set) var freeCount = 0
    private var holders: [Int32]
    private var previous: [PageID]
    private var next: [PageID]
    private let sentinel: PageID

    /// A pool in which every page is blank.
    package init(_ geometry: PageBudget) {
        pageTokens = geometry.tokens
        index = PrefixIndex(geometry)
        sentinel = PageID(geometry.count)
        holders = [Int32](repeating: 0, count: geometry.count)
        previous = [PageID](repeating: sentinel, count: geometry.count + 1)
        next = previous
        for page in 0..<sentinel { link(page, after: previous[Int(sentinel)]) }
    }

    /// All pages.
    package var count: Int { holders.count }

    /// How many block tables a page is in.
    package func holderCount(_ page: PageID) -> Int { Int(holders[Int(page)]) }

    /// The longest unused free page, now blank and held once; nil if all are held.
    mutating func take() -> PageID? {
        let page = next[Int(sentinel)]
        guard page != sentinel else { return nil }
        index.remove(page)
        retain(page)
        return page
    }

    /// Adds a holder.
    mutating func retain(_ page: PageID) {
        if holders[Int(page)] == 0 { unlink(page) }
        holders[Int(page)] += 1
    }

    /// Removes a holder; with the last one the page is free.
    mutating func release(_ page: PageID) {
        precondition(holders[Int(page)] > 0, "a page is released once per holder")
        holders[Int(page)] -= 1
        guard holders[Int(page)] == 0 else { return }
        link(page, after: index.contains(page) ? previous[Int(sentinel)] : sentinel)
    }

    /// Makes the contents of a held page known; returns the page that now stands in its place.
    ///
    /// If the page is full and an equal page was published before, that one is held instead.
    mutating func publish(_ page: PageID, holding tokens: ArraySlice<Int32>, after parent: PrefixNode) -> PageID {
        guard index.contains(parent) else { return page }
        index.put(page, holding: tokens, after: parent)
        guard tokens.count == pageTokens else { return page }
        let first = index.complete(page)
        if first != page {
            retain(first)
            release(page)
        }
        return first
    }

    /// Takes a page and everything that follows it out of the index.
    mutating func forget(_ page: PageID) { index.remove(page) }

    /// The node at which sequences with this salt begin.
    mutating func openRoot(salt: [UInt8]) -> PrefixNode { index.openRoot(salt: salt) }

    /// The free pages in the order in which they will be taken.
    package func freePages() -> [PageID] {
        var pages: [PageID] = []
        var page = next[Int(sentinel)]
        while page != sentinel, pages.count <= count {
            pages.append(page)
            page = next[Int(page)]
        }
        return pages
    }

    private mutating func link(_ page: PageID, after left: PageID) {
        let right = next[Int(left)]
        next[Int(left)] = page
        previous[Int(page)] = left
        next[Int(page)] = right
        previous[Int(right)] = page
        freeCount += 1
    }

    private mutating func unlink(_ page: PageID) {
        next[Int(previous[Int(page)])] = next[Int(page)]
        previous[Int(next[Int(page)])] = previous[Int(page)]
        freeCount -= 1
    }
}

import OrderedCollections

extension Scheduler {
    /// Stops the process if the books do not balance; for tests, as it looks at everything.
    package func checkInvariants() {
        var holders: [PageID: Int] = [:]
        for sequence in running.values {
            for page in sequence.pages { holders[page, default: 0] += 1 }
            precondition(sequence.pages.count * pool.pageTokens >= sequence.tokens.count - 1, "owed tokens have pages")
            precondition(sequence.computed <= sequence.tokens.count, "nothing unknown is computed")
            checkContents(of: sequence)
        }
        for sequence in waiting.values {
            precondition(sequence.pages.isEmpty && sequence.computed == 0, "a waiting sequence holds nothing")
        }
        for page in 0..<PageID(pool.count) {
            precondition(pool.holderCount(page) == holders[page, default: 0], "a page is held by its block tables only")
        }
        precondition(running.count + waiting.count <= limits.live && running.count <= limits.running, "bounds hold")
        checkFreeList(held: holders.count)
        var counted = Shares(places: limits.running)
        for sequence in running.values { counted.take(sequence) }
        precondition(counted == shares, "shares are those of the running")
    }

    private func checkContents(of sequence: borrowing Sequence) {
        for (place, page) in sequence.pages.enumerated() where pool.index.contains(page) {
            let start = place * pool.pageTokens
            let end = min(sequence.computed, start + pool.pageTokens)
            precondition(start < end, "an empty page is not in the index")
            precondition(pool.index.tokens(of: page) == sequence.tokens[start..<end], "the index is right")
            let isFull = end == start + pool.pageTokens
            precondition(isFull || pool.holderCount(page) == 1, "an open page has one owner")
        }
    }

    private func checkFreeList(held: Int) {
        let free = pool.freePages()
        precondition(free.count == pool.freeCount && free.count + held == pool.count, "no page is lost")
        var rank: [PageID: Int] = [:]
        for (place, page) in free.enumerated() { rank[page] = place }
        for page in free {
            guard let parent = pool.index.parent(of: page), let parentRank = rank[PageID(parent.raw)] else { continue }
            precondition(rank[page, default: 0] < parentRank, "a page is taken before the page it follows")
        }
    }
}

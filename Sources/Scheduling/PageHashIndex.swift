/// Finds full pages by what they hold: a hash table of page numbers whose memory is taken once.
///
/// It keeps neither keys nor hashes: the owner of the pages gives the hash and compares. Open addressing, half full at
/// most, with the gaps closed on removal, so that a look-up ends at the first gap.
/// Source: Knuth, "The Art of Computer Programming", volume 3, section 6.4, algorithm R (deletion with linear
/// probing).
struct PageHashIndex: Sendable {
    private static let gap: PageID = -1
    private var slots: [PageID]
    private let mask: Int

    /// A table for at most `pages` pages.
    init(pages: Int) {
        var size = 2
        while size < 2 * pages { size *= 2 }
        slots = [PageID](repeating: Self.gap, count: size)
        mask = size - 1
    }

    /// The first page with this hash for which `matches` holds.
    func page(hash: Int, where matches: (PageID) -> Bool) -> PageID? {
        var slot = hash & mask
        while slots[slot] != Self.gap {
            if matches(slots[slot]) { return slots[slot] }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Adds a page that is not in the table.
    mutating func insert(_ page: PageID, hash: Int) {
        var slot = hash & mask
        while slots[slot] != Self.gap { slot = (slot + 1) & mask }
        slots[slot] = page
    }

    /// Takes a page out; `hash` gives the hash of each page that has to move. Does nothing if it is not there.
    mutating func remove(_ page: PageID, hash: (PageID) -> Int) {
        var hole = hash(page) & mask
        while slots[hole] != page {
            if slots[hole] == Self.gap { return }
            hole = (hole + 1) & mask
        }
        slots[hole] = Self.gap
        var next = (hole + 1) & mask
        while slots[next] != Self.gap {
            let home = hash(slots[next]) & mask
            // A page may move into the hole if its home does not lie behind it.
            if (next - home) & mask >= (next - hole) & mask {
                slots.swapAt(hole, next)
                hole = next
            }
            next = (next + 1) & mask
        }
    }
}

/// Selection by partitioning, as quicksort does it, going on only in the part in which the answer lies.
///
/// The pivot is the middle of three fixed places, so that the same input takes the same path; the rank of tokens is
/// total, so that every pivot ends up in one place.
/// Source: Hoare, "Algorithm 65: Find", CACM 4 (7), 1961.
enum Partition {
    /// Below this many members the rest is done by insertion.
    private static let small = 12

    /// The value that `rank` - 1 others are not below, `rank` counting from 1; reorders `values`.
    static func value(of values: inout [Float], ranking rank: Int) -> Float {
        var (low, high) = (0, values.count)
        while high - low > 1 {
            let pivot = middle(values[low], values[low + (high - low) / 2], values[high - 1])
            // Three parts: above the pivot, equal to it, below it.
            var (above, next, below) = (low, low, high)
            while next < below {
                if values[next] > pivot {
                    values.swapAt(above, next)
                    above += 1
                    next += 1
                } else if values[next] < pivot {
                    below -= 1
                    values.swapAt(next, below)
                } else {
                    next += 1
                }
            }
            if rank <= above { high = above } else if rank <= below { return pivot } else { low = below }
        }
        return values[low]
    }

    /// The member at which the running mass of the ranking reaches `goal`, the last one if it never does; nil without
    /// members. The mass of a member is its weight below `best`, or 1. Reorders `members`.
    static func cut(_ members: inout [RankedLogit], goal: Double, below best: Float?) -> RankedLogit? {
        var (low, high, before) = (0, members.count, 0.0)
        while high - low > small {
            let pivot = middle(members[low], members[low + (high - low) / 2], members[high - 1])
            let (boundary, mass) = split(&members, low..<high, at: pivot, below: best)
            if before + mass >= goal {
                high = boundary
            } else {
                before += mass
                low = boundary
            }
            // Rounding may leave nothing behind the pivot: then it is the last one.
            if low == high { return pivot }
        }
        insertionSort(&members, low..<high)
        for index in low..<high {
            before += mass(members[index], below: best)
            if before >= goal { return members[index] }
        }
        return high > 0 ? members[high - 1] : nil
    }

    /// Brings what ranks at or above `pivot` to the front; returns where it ends, and its mass.
    private static func split(
        _ members: inout [RankedLogit], _ range: Range<Int>, at pivot: RankedLogit, below best: Float?
    ) -> (boundary: Int, mass: Double) {
        var boundary = range.lowerBound
        var sum = 0.0
        for index in range where members[index] >= pivot {
            sum += mass(members[index], below: best)
            members.swapAt(boundary, index)
            boundary += 1
        }
        // The pivot alone may be the lowest of all; it goes last, so that the front part shrinks next time.
        if boundary == range.upperBound { bringLast(pivot, of: &members, range) }
        return boundary == range.upperBound
            ? (boundary - 1, sum - mass(pivot, below: best)) : (boundary, sum)
    }

    private static func bringLast(_ pivot: RankedLogit, of members: inout [RankedLogit], _ range: Range<Int>) {
        guard let place = members[range].firstIndex(of: pivot) else { return }
        members.swapAt(place, range.upperBound - 1)
    }

    private static func insertionSort(_ members: inout [RankedLogit], _ range: Range<Int>) {
        for index in range.dropFirst() {
            var place = index
            while place > range.lowerBound, members[place - 1] < members[place] {
                members.swapAt(place - 1, place)
                place -= 1
            }
        }
    }

    private static func middle<Member: Comparable>(_ a: Member, _ b: Member, _ c: Member) -> Member {
        max(min(a, b), min(max(a, b), c))
    }

    private static func mass(_ member: RankedLogit, below best: Float?) -> Double {
        guard let best else { return 1 }
        return Double(Exponential.exp(member.value - best))
    }
}

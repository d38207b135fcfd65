/// Which of many keys is due next: each has at most one due time, and looking costs nothing for those that are not due.
///
/// A binary heap by time (Williams, "Algorithm 232: Heapsort", 1964). Replaced and removed entries stay in it until they
/// come up, or until they are the larger part.
package struct DeadlineHeap<Time: Comparable & Sendable>: Sendable {
    private struct Node: Sendable {
        let due: Time
        let key: Int
    }

    private var nodes: [Node] = []
    private var dues: [Int: Time] = [:]

    /// No keys.
    package init() {}

    /// How many keys have a due time.
    package var count: Int { dues.count }

    /// The earliest due time; nil without keys.
    package var next: Time? {
        mutating get {
            dropStale()
            return nodes.first?.due
        }
    }

    /// Gives `key` a due time in place of any it has.
    package mutating func set(_ key: Int, to due: Time) {
        dues[key] = due
        nodes.append(Node(due: due, key: key))
        var child = nodes.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard nodes[child].due < nodes[parent].due else { break }
            nodes.swapAt(child, parent)
            child = parent
        }
        if nodes.count > 2 * dues.count + Self.slack { rebuild() }
    }

    /// Forgets `key`.
    package mutating func remove(_ key: Int) {
        dues.removeValue(forKey: key)
        if nodes.count > 2 * dues.count + Self.slack { rebuild() }
    }

    /// Takes the earliest key that is due at `now`; nil when there is none.
    package mutating func takeDue(_ now: Time) -> Int? {
        dropStale()
        guard let first = nodes.first, first.due <= now else { return nil }
        removeFirst()
        dues.removeValue(forKey: first.key)
        return first.key
    }

    private mutating func dropStale() {
        while let first = nodes.first, dues[first.key] != first.due { removeFirst() }
    }

    private mutating func removeFirst() {
        guard let last = nodes.popLast(), !nodes.isEmpty else { return }
        nodes[0] = last
        sink(0)
    }

    private mutating func sink(_ start: Int) {
        var parent = start
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < nodes.count && nodes[child].due < nodes[smallest].due {
                smallest = child
            }
            if smallest == parent { return }
            nodes.swapAt(parent, smallest)
            parent = smallest
        }
    }

    /// Only the entries that count.
    private mutating func rebuild() {
        nodes = dues.map { Node(due: $0.value, key: $0.key) }
        for index in stride(from: nodes.count / 2 - 1, through: 0, by: -1) { sink(index) }
    }

    private static var slack: Int { 64 }
}

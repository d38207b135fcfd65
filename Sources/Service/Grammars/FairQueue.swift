/// A queue that several owners share: each owner's elements keep their order, and the owners take turns.
struct FairQueue<Element: Sendable>: Sendable {
    private var lines: [(owner: [UInt8], elements: [Element])] = []
    private let limit: Int
    private let ownersLimit: Int
    /// Elements that wait.
    private(set) var count = 0

    /// A queue of at most `limit` elements, of which one owner may have `ownersLimit`.
    init(limit: Int, ownersLimit: Int) {
        self.limit = limit
        self.ownersLimit = ownersLimit
    }

    /// Puts an element behind its owner's others; false when the owner, or everybody, has no place left.
    mutating func add(_ element: Element, of owner: [UInt8]) -> Bool {
        guard count < limit else { return false }
        if let line = lines.firstIndex(where: { $0.owner == owner }) {
            guard lines[line].elements.count < ownersLimit else { return false }
            lines[line].elements.append(element)
        } else {
            lines.append((owner: owner, elements: [element]))
        }
        count += 1
        return true
    }

    /// Takes the first element of the owner whose turn it is; the owner's next turn comes after all others'.
    mutating func next() -> Element? {
        guard !lines.isEmpty else { return nil }
        var line = lines.removeFirst()
        let element = line.elements.removeFirst()
        if !line.elements.isEmpty { lines.append(line) }
        count -= 1
        return element
    }
}

/// A list of plain values at a fixed place until it grows; emptied, it keeps its memory, so that filling it again
/// allocates nothing. One owner.
@safe final class PlainList<Element: BitwiseCopyable> {
    private(set) var count = 0
    private(set) var base: UnsafeMutablePointer<Element>
    private var capacity: Int

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
        unsafe base = .allocate(capacity: self.capacity)
    }

    deinit { unsafe base.deallocate() }

    func clear() { count = 0 }

    func append(_ element: Element) {
        reserve(count + 1)
        unsafe (base + count).initialize(to: element)
        count += 1
    }

    func append(contentsOf span: Span<Element>) {
        reserve(count + span.count)
        for index in span.indices { unsafe (base + count + index).initialize(to: span[index]) }
        count += span.count
    }

    /// Makes room for `wanted` elements; what there is stays.
    func reserve(_ wanted: Int) {
        guard wanted > capacity else { return }
        capacity = max(wanted, capacity * 2)
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        unsafe larger.initialize(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = larger
    }

    subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count, "index outside the list")
        return unsafe base[index]
    }
}

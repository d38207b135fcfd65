import HTTPServer
import Synchronization
import Testing

/// A time that counts how often it is looked at.
private struct Counted: Comparable, Sendable {
    static let looks = Atomic<Int>(0)
    let value: Int
    static func < (left: Counted, right: Counted) -> Bool {
        looks.add(1, ordering: .relaxed)
        return left.value < right.value
    }
    static func == (left: Counted, right: Counted) -> Bool {
        looks.add(1, ordering: .relaxed)
        return left.value == right.value
    }
}

@Suite(.serialized) struct DeadlineHeapTests {
    /// The heap against a plain dictionary, in random order.
    @Test func isTheSameAsVisitingAll() {
        var state: UInt64 = 5
        func dice(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % sides
        }
        for _ in 0..<50 {
            var heap = DeadlineHeap<Int>()
            var plain: [Int: Int] = [:]
            for now in 0..<400 {
                let (key, due) = (dice(40), now + dice(60))
                if dice(5) == 0 {
                    heap.remove(key)
                    plain.removeValue(forKey: key)
                } else {
                    heap.set(key, to: due)
                    plain[key] = due
                }
                guard dice(4) == 0 else { continue }
                var taken: [Int] = []
                while let key = heap.takeDue(now) { taken.append(key) }
                #expect(taken.sorted() == plain.filter { $0.value <= now }.keys.sorted())
                plain = plain.filter { $0.value > now }
                #expect(heap.next == plain.values.min())
                #expect(heap.count == plain.count)
            }
        }
    }

    /// Fifteen thousand that are not due cost nothing.
    @Test func d16_doesNotVisitThoseThatAreNotDue() {
        var heap = DeadlineHeap<Counted>()
        for key in 0..<15_000 { heap.set(key, to: Counted(value: 1000 + key)) }
        Counted.looks.store(0, ordering: .relaxed)
        for now in 0..<100 { #expect(heap.takeDue(Counted(value: now)) == nil) }
        #expect(Counted.looks.load(ordering: .relaxed) <= 300)
        heap.set(7, to: Counted(value: 5))
        #expect(heap.takeDue(Counted(value: 6)) == 7)
        #expect(heap.takeDue(Counted(value: 6)) == nil)
        #expect(Counted.looks.load(ordering: .relaxed) <= 400)
    }
}

import Service
import Testing

/// Stop strings are found wherever the pieces are cut, and nothing else is held back.
@Suite struct StopMatcherTests {
    /// What a naive reader of the whole text finds: the match that ends first, the longest of those.
    static func naive(_ text: [UInt8], _ stops: [[UInt8]]) -> (start: Int, end: Int)? {
        for end in 0...text.count {
            let matching = stops.filter { $0.count <= end && Array(text[(end - $0.count)..<end]) == $0 }
            if let longest = matching.map({ $0.count }).max() { return (end - longest, end) }
        }
        return nil
    }

    /// Bytes at the end of `text` that could begin a stop string.
    static func naiveHeld(_ text: [UInt8], _ stops: [[UInt8]]) -> Int {
        let longest = stops.map(\.count).max() ?? 0
        for length in stride(from: min(longest, text.count), to: 0, by: -1) {
            let tail = Array(text.suffix(length))
            if stops.contains(where: { $0.count > length && $0.starts(with: tail) }) { return length }
        }
        return 0
    }

    @Test func wire_26_agreesWithANaiveReaderForAnyCut() {
        var random = SplitMix(state: 1)
        for _ in 0..<20_000 {
            let letters = 2 + random.below(2)
            let text = random.bytes(0...40, alphabet: letters)
            let stops = (0..<random.below(4)).map { _ in random.bytes(1...8, alphabet: letters) }
            var matcher = StopMatcher(stops.map { String(decoding: $0, as: UTF8.self) })
            var position = 0
            var found: (start: Int, end: Int)?
            while position < text.count, found == nil {
                let end = min(text.count, position + 1 + random.below(4))
                if let match = matcher.append(text[position..<end]) {
                    let stop = position + match.consumedBytes
                    found = (stop - match.stopBytes, stop)
                } else {
                    #expect(matcher.heldBytes == Self.naiveHeld(Array(text[..<end]), stops))
                }
                position = end
            }
            let expected = Self.naive(text, stops)
            #expect(found?.start == expected?.start && found?.end == expected?.end)
        }
    }

    @Test func overlappingBeginningsAreNotLost() {
        var matcher = StopMatcher(["aab"])
        #expect(matcher.append(Array("aa".utf8)) == nil)
        #expect(matcher.heldBytes == 2)
        let match = matcher.append(Array("ab".utf8))
        #expect(match?.consumedBytes == 2 && match?.stopBytes == 3)
    }

    @Test func withoutStopsNothingIsHeld() {
        var matcher = StopMatcher([])
        #expect(matcher.append(Array("abc".utf8)) == nil)
        #expect(matcher.heldBytes == 0)
    }
}

/// A small generator with a fixed sequence.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

    mutating func bytes(_ count: ClosedRange<Int>, alphabet: Int) -> [UInt8] {
        (0..<count.lowerBound + below(count.count)).map { _ in 0x61 + UInt8(below(alphabet)) }
    }
}

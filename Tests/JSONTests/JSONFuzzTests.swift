import JSON
import Testing

@Suite struct JSONFuzzTests {
    /// Whatever the bytes, the parser answers; what it accepts, it accepts again after writing.
    @Test(arguments: 0..<4)
    func mutatedTextsNeverTrap(seed: Int) throws {
        var numbers = Numbers(state: UInt64(seed))
        var accepted = 0
        for _ in 0..<25_000 {
            var bytes = Array(JSONCases.accepted[numbers.next(below: JSONCases.accepted.count)].utf8)
            for _ in 0...numbers.next(below: 3) { mutate(&bytes, with: &numbers) }
            guard let value = try? JSONParser.parse(bytes, limits: .request) else { continue }
            accepted += 1
            if try JSONParser.parse(value.serialized(), limits: .request) != value { Issue.record("\(bytes)") }
        }
        #expect(accepted > 1_000)
    }

    @Test func everyPrefixOfADocumentIsRefused() {
        let text = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00é",null,true],"b":{"c":false}}"#.utf8)
        for end in 0..<text.count { #expect((try? JSONParser.parse(Array(text[..<end]), limits: .request)) == nil) }
    }

    private func mutate(_ bytes: inout [UInt8], with numbers: inout Numbers) {
        let place = numbers.next(below: bytes.count + 1)
        switch numbers.next(below: 5) {
        case 0: bytes.insert(UInt8(truncatingIfNeeded: numbers.next()), at: place)
        case 1: if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: numbers.next()) }
        case 2: if place < bytes.count { bytes.remove(at: place) }
        case 3:
            let pieces = [
                "\"", "\\", "\\u", "\\ud800", "[", "]", "{", "}", ",", ":", "1", "e", "-", ".", "0", "null", "\u{0}",
            ]
            bytes.insert(contentsOf: pieces[numbers.next(below: pieces.count)].utf8, at: place)
        default: bytes.removeSubrange(place...)
        }
    }
}

import JSON
import Testing

/// The bound is told from the text alone and holds for every shape.
@Suite struct JSONFootprintTests {
    private func footprint(_ text: String) -> JSONFootprint { JSONFootprint(Array(text.utf8)) }

    @Test func d1_structureInsideStringsCountsAsText() {
        let text = footprint(#"{"a":"[1,2,{\"b\":3}]"}"#)
        let plain = footprint(#"{"a":"xxxxxxxxxxxxxxx"}"#)
        #expect(text.bytes == plain.bytes)
    }

    @Test func d1_everyElementAndMemberHasItsPrice() {
        let list = footprint("[" + Array(repeating: "0", count: 1000).joined(separator: ",") + "]")
        #expect(list.bytes >= 1000 * MemoryLayout<JSONValue>.stride)
        let objects = footprint("[" + Array(repeating: "{}", count: 1000).joined(separator: ",") + "]")
        #expect(objects.bytes > list.bytes)
        #expect(footprint("\"" + String(repeating: "a", count: 5000) + "\"").stringBytes == 5001)
    }
}

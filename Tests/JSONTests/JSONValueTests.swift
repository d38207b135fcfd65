import JSON
import Testing

@Suite struct JSONValueTests {
    @Test func membersKeepTheirOrder() throws {
        var object: JSONObject = ["z": 1, "a": 2, "m": 3]
        #expect(object.keys == ["z", "a", "m"])
        object["a"] = 5
        object["b"] = 4
        #expect(object.keys == ["z", "a", "m", "b"])
        object["z"] = nil
        object["absent"] = nil
        #expect(object.map(\.key) == ["a", "m", "b"])
        #expect(object.values == [5, 3, 4])
    }

    @Test func largeObjectsFindRemoveAndReplace() {
        var object = JSONObject()
        for number in 0..<100 { object["k\(number)"] = .int(Int64(number)) }
        for number in Swift.stride(from: 0, to: 100, by: 2) { object["k\(number)"] = nil }
        #expect(object.count == 50)
        #expect((0..<100).allSatisfy { object["k\($0)"] == ($0 % 2 == 1 ? .int(Int64($0)) : nil) })
    }

    @Test func equalityIgnoresOrderButNotKindOrSpelling() {
        #expect(JSONValue.object(["a": 1, "b": 2]) == ["b": 2, "a": 1])
        #expect(JSONValue.object(["a": 1]) != ["a": 1, "b": 2])
        #expect(JSONValue.int(1) != .double(1))
        #expect(JSONValue.string("é") != .string("e\u{301}"))
        #expect(JSONValue.array([1, 2]) != [2, 1])
    }

    @Test func subscriptsNeverTrap() {
        let value: JSONValue = ["list": [1, 2]]
        #expect(value["list"]?[1] == 2)
        #expect(value["list"]?[2] == nil)
        #expect(value["list"]?[-1] == nil)
        #expect(value[0] == nil)
        #expect(value["list"]?["x"] == nil)
    }

    @Test(arguments: [
        (JSONValue.null, "null"), (.bool(true), "true"), (.int(.min), "-9223372036854775808"), (.double(0.1), "0.1"),
        (.double(1e300), "1e+300"), (.double(-0.0), "-0.0"), (.double(3), "3.0"),
        (.double(.leastNonzeroMagnitude), "5e-324"),
        (.string("a\"\\/\n\r\t\u{8}\u{C}\u{0}\u{1F}\u{7F}é😀"), "\"a\\\"\\\\/\\n\\r\\t\\b\\f\\u0000\\u001f\u{7F}é😀\""),
        (.array([]), "[]"), (.object([:]), "{}"),
        (
            .array([1, .array([2, .array([])]), .object(["k": nil, "l": [true]])]),
            "[1,[2,[]],{\"k\":null,\"l\":[true]}]"
        ),
    ])
    func writesExactText(value: JSONValue, text: String) {
        #expect(value.serialized() == text)
    }

    @Test func writerPlacesCommas() {
        var writer = JSONWriter(reservingBytes: 0)
        writer.beginObject()
        writer.key("a")
        writer.int(1)
        writer.key("b")
        writer.beginArray()
        writer.string("x")
        writer.raw(Array("{\"r\":1}".utf8))
        writer.null()
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.key("c")
        writer.double(0.5)
        writer.endObject()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":1,"b":["x",{"r":1},null,{}],"c":0.5}"#)
    }

    @Test func whatIsReadIsWrittenAndReadAgain() throws {
        for text in JSONCases.accepted {
            let value = try JSONParser.parse(text, limits: .request)
            #expect(try JSONParser.parse(value.serialized(), limits: .request) == value, "\(text)")
        }
    }

    @Test func doublesSurviveTheRoundTrip() throws {
        var numbers = Numbers(state: 42)
        for _ in 0..<20_000 {
            let number = Double(bitPattern: numbers.next())
            guard number.isFinite else { continue }
            let text = JSONValue.double(number).serialized()
            #expect(try JSONParser.parse(text, limits: .request).doubleValue?.bitPattern == number.bitPattern)
        }
    }
}

/// Sequence of numbers that is the same in every run.
struct Numbers {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func next(below bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }
}

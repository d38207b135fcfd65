import JSON
import Testing

@Suite struct JSONParserTests {
    private func failure(_ bytes: [UInt8], limits: JSONLimits = .file) -> JSONError? {
        do throws(JSONError) {
            _ = try JSONParser.parse(bytes, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    private func failure(_ text: String, limits: JSONLimits = .file) -> JSONError? {
        failure(Array(text.utf8), limits: limits)
    }

    @Test func readsWhatIsJSON() {
        for text in JSONCases.accepted { #expect(failure(text) == nil, "\(text)") }
    }

    @Test func refusesWhatIsNot() {
        for text in JSONCases.refused {
            let error = failure(text)
            #expect(error != nil, "\(text)")
            #expect((0...text.utf8.count).contains(error?.offset ?? -1), "\(text)")
        }
    }

    @Test func coversTheLanguage() {
        #expect(JSONCases.accepted.count + JSONCases.refused.count + JSONCases.invalidBytes.count >= 300)
    }

    @Test func refusesInvalidUTF8AtItsFirstByte() {
        for bytes in JSONCases.invalidBytes {
            let prefix = bytes.prefix { $0 < 0x80 }.count
            let plain = failure(Array("[\"".utf8) + bytes + Array("\"]".utf8))
            #expect(plain == JSONError(offset: 2 + prefix, reason: "invalid UTF-8"), "\(bytes)")
            let escaped = failure(Array("[\"\\n".utf8) + bytes + Array("\\n\"]".utf8))
            #expect(escaped == JSONError(offset: 4 + prefix, reason: "invalid UTF-8"), "\(bytes)")
            #expect(failure(Array("{\"".utf8) + bytes + Array("\":1}".utf8)) != nil)
            #expect(failure(bytes) != nil)
        }
    }

    @Test(arguments: [
        ("-0", JSONValue.int(0)), ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
        ("9223372036854775808", .double(0x1p63)), ("-9223372036854775809", .double(-0x1p63)), ("0.1", .double(0.1)),
        ("1E5", .double(100_000)), ("3.0", .double(3)), ("1e-400", .double(0)),
        ("5e-324", .double(.leastNonzeroMagnitude)),
        ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)), ("0.30000000000000004", .double(0.1 + 0.2)),
        ("18446744073709551616", .double(0x1p64)),
        ("2.2250738585072011e-308", .double(Double.leastNormalMagnitude.nextDown)),
    ])
    func numbersAreExact(text: String, value: JSONValue) throws {
        #expect(try JSONParser.parse(text, limits: .request) == value)
    }

    @Test func negativeZeroKeepsItsSignAsADouble() throws {
        #expect(try JSONParser.parse("-0.0", limits: .request).doubleValue?.sign == .minus)
    }

    @Test func wholeNumbersAreFoundWhateverTheirSpelling() throws {
        #expect(
            try JSONParser.parse("[3, 3.0, 3e0, 3.5, 1e300, \"3\"]", limits: .request).arrayValue?.map(\.intValue)
                == [3, 3, 3, nil, nil, nil])
    }

    @Test(arguments: [
        ("\"\\ud83d\\ude00\"", "😀"), ("\"\\u0000\"", "\u{0}"), ("\"a\\/b\\\\c\\\"d\"", "a/b\\c\"d"),
        ("\"\\b\\f\\n\\r\\t\"", "\u{8}\u{C}\n\r\t"), ("\"\\uDBFF\\uDFFF\"", "\u{10FFFF}"), ("\"é\\u00e9漢\"", "éé漢"),
    ])
    func escapesAreDecoded(text: String, expected: String) throws {
        let value = try JSONParser.parse(text, limits: .request).stringValue
        #expect(value.map { Array($0.unicodeScalars) } == Array(expected.unicodeScalars))
    }

    @Test(arguments: [
        ("", 0, "a value is missing"), ("[1,]", 3, "no value starts like this"),
        ("{\"a\":1,\"a\":2}", 7, "key appears twice in one object"),
        ("[1 2]", 3, "expected , or ] in an array"), ("1e400", 0, "number out of range"),
        ("[01]", 2, "a number must not start with 0"),
        ("\"a\\ud800\"", 2, "surrogate without its partner"), ("{} x", 3, "text after the value"),
        ("\"ab", 3, "string without end"),
        ("{\"a\" 1}", 5, "expected : after a key"), ("\"\\q\"", 1, "unknown escape"), ("nul", 3, "expected null"),
    ])
    func errorsSayWhereAndWhy(text: String, offset: Int, reason: String) {
        #expect(failure(text) == JSONError(offset: offset, reason: reason))
    }

    /// Editors that count in UTF-16 cut emoji in two.
    @Test func c6_halfASurrogatePairInARequestIsAReplacementCharacter() throws {
        for (text, expected) in [
            (#""a\ud83d""#, "a\u{FFFD}"), (#""\ude00b""#, "\u{FFFD}b"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
            (#""\udc00\ud800""#, "\u{FFFD}\u{FFFD}"), (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\ud83dA""#, "\u{FFFD}A"),
        ] {
            #expect(try JSONParser.parse(text, limits: .request).stringValue == expected)
            #expect(failure(text, limits: .file)?.reason == "surrogate without its partner")
        }
        for text in [#""\ud83d\u12""#, #""\ud83d\""#, #""\ud83""#] {
            #expect(failure(text, limits: .request) != nil, "\(text)")
        }
    }

    @Test func limitsAreExact() {
        let limits = JSONLimits(maximumDepth: 3, maximumBytes: 20, maximumValues: 5)
        #expect(failure("[[[]]]", limits: limits) == nil)
        #expect(failure("[[[[]]]]", limits: limits) == JSONError(offset: 3, reason: "nested deeper than 3"))
        #expect(failure("[1,2,3,4]", limits: limits) == nil)
        #expect(failure("[1,2,3,4,5]", limits: limits)?.reason == "more than 5 values")
        #expect(failure("\"" + String(repeating: "a", count: 18) + "\"", limits: limits) == nil)
        #expect(failure("\"" + String(repeating: "a", count: 19) + "\"", limits: limits)?.offset == 20)
    }

    @Test(arguments: [10, 64, 100, 1_000, 10_000, 100_000, 1_000_000])
    func depthIsBounded(depth: Int) {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            let levels = depth * (open.hasPrefix("[{") ? 2 : 1)
            let text = String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
            #expect((failure(text, limits: .request) == nil) == (levels <= 64))
            #expect((failure(text, limits: .file) == nil) == (levels <= 256))
            #expect(failure(String(repeating: open, count: depth)) != nil)
        }
        let greedy = JSONLimits(maximumDepth: .max, maximumBytes: .max, maximumValues: .max)
        #expect(failure(String(repeating: "[", count: depth), limits: greedy) != nil)
    }

    @Test func largeObjectsAreReadInLinearTime() throws {
        let members = (0..<200_000).map { "\"key \($0)\":\($0)" }.joined(separator: ",")
        let object = try #require(try JSONParser.parse("{\(members)}", limits: .request).objectValue)
        #expect(object.count == 200_000)
        #expect(object["key 123456"] == 123_456)
        #expect(failure("{\(members),\"key 7\":0}")?.reason == "key appears twice in one object")
    }

    @Test func equivalentSpellingsStayApart() throws {
        let marks = ["\u{301}\u{327}", "\u{327}\u{301}"]
        let members = (0..<12).map { bits in
            "\"" + (0..<6).map { "e" + marks[bits >> $0 & 1] }.joined() + "\":\(bits)"
        }
        let object = try #require(
            try JSONParser.parse("{\(members.joined(separator: ","))}", limits: .request).objectValue)
        #expect(object.map(\.value) == (0..<12).map { .int($0) })
    }
}

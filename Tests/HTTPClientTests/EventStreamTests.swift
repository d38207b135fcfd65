import HTTPClient
import Testing

/// Event streams cut into frames, however their bytes are cut.
@Suite struct EventStreamTests {
    private static let stream =
        ": accepted\n\ndata: {\"a\":1}\n\nevent: x\r\ndata: eins\r\ndata:zwei\r\n\r\n\n\ndata: é漢🦊\n\ndata: [DONE]\n\ndata: re"

    private static func frames(cuts: [Int]) throws -> [EventFrame] {
        let bytes = Array(stream.utf8)
        var reader = EventStreamReader()
        return try zip([0] + cuts, cuts + [bytes.count]).flatMap { try reader.consume(Array(bytes[$0..<$1])) }
    }

    @Test func framesAreTheSameWhereverTheStreamIsCut() throws {
        let bytes = Array(Self.stream.utf8)
        let whole = EventStreamReader.frames(of: bytes)
        #expect(whole.map(\.data) == [nil, "{\"a\":1}", "eins\nzwei", nil, "é漢🦊", "[DONE]", "re"])
        #expect(whole.map(\.isWhole) == [true, true, true, true, true, true, false])
        #expect(whole.flatMap(\.bytes) == bytes && whole.last?.end == bytes.count)
        #expect(whole.flatMap(\.comments) == ["accepted"])
        let expected = whole.dropLast().map(\.bytes)
        for cut in 0...bytes.count { #expect(try Self.frames(cuts: [cut]).map(\.bytes) == expected) }
        #expect(try Self.frames(cuts: Array(1..<bytes.count)).map(\.bytes) == expected)
        #expect(try Self.frames(cuts: Array(1..<bytes.count)).map(\.end) == whole.dropLast().map(\.end))
    }

    @Test func oneBlankBehindTheColonIsNotData() {
        let frames = EventStreamReader.frames(of: Array("data:  a\n\ndata:\n\n:b\n\n".utf8))
        #expect(frames.map(\.data) == [" a", "", nil])
        #expect(frames.flatMap(\.comments) == ["b"])
        #expect(frames.map(\.lines) == [["data:  a"], ["data:"], [":b"]])
    }

    @Test func anEventThatDoesNotEndIsGivenUp() throws {
        var reader = EventStreamReader(maximumEventBytes: 64)
        #expect(try reader.consume(Array(("data: " + String(repeating: "a", count: 58)).utf8)).isEmpty)
        #expect(throws: HTTPClientError.limit("an event without end")) { try reader.consume([97]) }
    }
}

import HTTPClient
import TerminalChat
import Testing

/// Streamed answers as text, however their bytes are cut.
@Suite struct AnswerStreamTests {
    private static let stream = """
        : accepted

        data: {"choices": [{"delta": {"role": "assistant", "content": ""}}]}

        data: {"choices": [{"delta": {"reasoning_content": "Hm 🦊"}}]}

        data: {"choices": [{"delta": {"content": "Ja"}}]}

        data: {"choices": [{"delta": {"content": "wohl"}}]}

        data: {"choices": [], "usage": {"completion_tokens": 3}}

        data: [DONE]


        """

    private static func read(cuts: [Int]) throws -> (stream: AnswerStream, reasoning: String, text: String) {
        let bytes = Array(stream.utf8)
        var stream = AnswerStream()
        var (reasoning, text) = ("", "")
        for (start, end) in zip([0] + cuts, cuts + [bytes.count]) {
            let added = try stream.consume(Array(bytes[start..<end]))
            reasoning += added.reasoning
            text += added.text
        }
        return (stream, reasoning, text)
    }

    @Test func thinkingAndTextAreToldApart() throws {
        let count = Self.stream.utf8.count
        for cuts in (0...count).map({ [$0] }) + [Array(1..<count)] {
            let (stream, reasoning, text) = try Self.read(cuts: cuts)
            #expect(reasoning == "Hm 🦊" && text == "Jawohl" && stream.text == "Jawohl")
            #expect(stream.completionTokens == 3 && stream.isDone)
        }
    }

    @Test(arguments: [
        (#"{"error": {"message": "no\u001b[2J room"}}"#, "no[2J room"),
        ("{", "the server sent an event that is not JSON"),
    ])
    func whatIsNoAnswerIsAnError(data: String, message: String) throws {
        var stream = AnswerStream()
        let error = #expect(throws: ChatError.self) { _ = try stream.consume(Array("data: \(data)\n\n".utf8)) }
        #expect(error?.description == message)
    }

    @Test func thinkingIsDimmedAndOnlyOnAScreen() throws {
        var addition = AnswerStream.Addition()
        var screen = AnswerPrinter(showsThinking: true, dims: true)
        var pipe = AnswerPrinter(showsThinking: false, dims: true)
        var plain = AnswerPrinter(showsThinking: true, dims: false)
        addition.reasoning = "Hm"
        #expect(screen.text(for: addition) == "\u{1b}[2mHm" && screen.text(for: addition) == "Hm")
        #expect(pipe.text(for: addition).isEmpty && plain.text(for: addition) == "Hm")
        addition.reasoning = ""
        addition.text = "J\u{1b}a"
        #expect(screen.text(for: addition) == "\u{1b}[22m\n\nJa" && screen.text(for: addition) == "Ja")
        #expect(pipe.text(for: addition) == "Ja" && plain.text(for: addition) == "\n\nJa")
        #expect(screen.end().isEmpty && pipe.end().isEmpty && plain.end().isEmpty)
    }
}

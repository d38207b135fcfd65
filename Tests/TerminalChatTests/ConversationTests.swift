import Foundation
import HTTPClient
import JSON
import OpenAI
import TerminalChat
import Testing

/// What is sent, and to whom.
@Suite struct ConversationTests {
    private static let limits = RequestLimits(
        choices: 1, prompts: 1, vocabulary: 0, refusesUnknownFields: false,
        lists: ListLimits(messages: 10, stops: 1, stopBytes: 10, logitBiases: 1))

    private static func said(_ conversation: Conversation) -> [String] {
        conversation.messages.map { "\($0["role"]?.stringValue ?? ""): \($0["content"]?.stringValue ?? "")" }
    }

    @Test func questionsAndAnswersStandInTheirOrder() {
        var conversation = Conversation(system: "Be brief.", limits: Self.limits)
        conversation.ask("a")
        conversation.answer("b")
        conversation.setSystem("Be long.")
        #expect(Self.said(conversation) == ["system: Be long.", "user: a", "assistant: b"])
        #expect(conversation.takeBackAnswer() && !conversation.takeBackAnswer())
        conversation.takeBackQuestion()
        #expect(Self.said(conversation) == ["system: Be long."])
        conversation.takeBackQuestion()
        conversation.ask("c")
        conversation.reset()
        conversation.setSystem("")
        #expect(Self.said(conversation) == [])
    }

    @Test func parametersAreSetTogetherOrNotAtAll() throws {
        var conversation = Conversation(system: nil, limits: Self.limits)
        try conversation.setParameters("temperature=0, top_p=0.5  seed=7")
        for wrong in ["temperature=9", "seed=1 top_p=x", "seed", "colour=1", "seed=1 min_tokens=5 max_tokens=2"] {
            #expect(throws: ChatError.self) { try conversation.setParameters(wrong) }
        }
        try conversation.setParameters("top_p=")
        conversation.ask("a")
        let body = try JSONParser.parse(conversation.request(model: "m"), limits: .request)
        #expect(
            body.serialized() == #"{"model":"m","messages":[{"role":"user","content":"a"}],"stream":true,"#
                + #""stream_options":{"include_usage":true},"temperature":0,"seed":7}"#)
    }

    private static func server(_ answer: String, model: String? = nil) throws -> ChatServer {
        let client = try HTTPClient(url: "http://host", key: nil) { _, _ throws(HTTPClientError) in OneAnswer(answer) }
        return try ChatServer(client, place: "there", model: model)
    }

    @Test func theModelIsOneThatTheServerHas() throws {
        let list = "HTTP/1.1 200 OK\r\n\r\n" + #"{"data": [{"id": "a", "max_model_len": 99}, {"id": "b"}]}"#
        let server = try Self.server(list)
        #expect(server.banner == "a at there, 99 tokens of context" && server.models == ["a", "b"])
        try server.choose("b")
        #expect(server.model == "b")
        #expect(try Self.server(list, model: "b").model == "b")
        #expect(throws: ChatError.self) { try server.choose("c") }
        #expect(try Self.server("HTTP/1.1 404 No\r\n\r\n", model: "x").model == "x")
    }

    @Test func aRefusalIsTold() throws {
        let refused = "HTTP/1.1 401 No\r\n\r\n" + #"{"error": {"message": "no key"}}"#
        let error = #expect(throws: ChatError.self) { _ = try Self.server(refused) }
        #expect(
            error?.description
                == "the server answered 401: no key Give the key with --key-file FILE or OPENAI_API_KEY.")
        let nobody = #expect(throws: ChatError.self) { _ = try Self.server("") }
        #expect(nobody?.description.hasPrefix("no server answers at there: closed without an answer") == true)
    }
}

/// Says one thing and closes.
private final class OneAnswer: ByteTransport {
    private var rest: [UInt8]

    init(_ text: String) { rest = Array(text.utf8) }

    func send(_ bytes: Span<UInt8>) throws(HTTPClientError) -> Int { bytes.count }

    func receive(maximumBytes: Int, milliseconds: Int) throws(HTTPClientError) -> [UInt8]? {
        defer { rest = [] }
        return rest
    }
}

/// Questions that are kept.
@Suite struct HistoryFileTests {
    @Test func theFileLiesWhereTheSystemSays() {
        #expect(HistoryFile(environment: ["HOME": "/h"])?.path == "/h/.local/state/michat/chat_history")
        let both = ["HOME": "/h", "XDG_STATE_HOME": "/s"]
        #expect(HistoryFile(environment: both)?.path == "/s/michat/chat_history")
        #expect(HistoryFile(environment: ["XDG_STATE_HOME": "relative"]) == nil)
    }

    @Test func entriesComeBackInOrderAndForTheirOwnerOnly() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("chat-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = try #require(HistoryFile(environment: ["XDG_STATE_HOME": folder]))
        #expect(file.entries().isEmpty)
        for entry in ["one", "two\nlines", "back\\slash", "  "] { file.append(entry) }
        #expect(file.entries() == ["one", "two\nlines", "back\\slash"])
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func aLongFileKeepsItsNewestHalf() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("chat-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = try #require(HistoryFile(environment: ["XDG_STATE_HOME": folder]))
        let long = String(repeating: "x", count: 8000)
        for number in 0..<140 { file.append("\(number) \(long)") }
        let entries = file.entries()
        #expect(entries.count == 140)
        let kept = file.entries()
        #expect(kept.last?.hasPrefix("139 ") == true && kept.count < 70 && kept.count > 60)
    }
}

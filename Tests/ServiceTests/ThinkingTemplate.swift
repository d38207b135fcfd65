import FoundationEssentials
import JSON
import Testing

/// Chat templates after the manner of families that think.
enum ThinkingTemplate: String, CaseIterable {
    case opensTheBlock = "opens-the-block"
    case modelOpensTheBlock = "model-opens-the-block"
    case knowsNoBlock = "knows-no-block"

    /// The template's source.
    var source: String {
        get throws {
            let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(
                separator: "/")
            return try String(
                contentsOfFile: "\(folder)/Fixtures/templates/thinking/\(rawValue).jinja", encoding: .utf8)
        }
    }

    /// What a model says that thinks `thought` and answers `answer`: the opening tag only where it is the model's.
    func said(_ thought: String, _ answer: String) -> String {
        (self == .opensTheBlock ? "" : "<think>\n") + thought + "\n</think>\n\n" + answer
    }

    private func options(_ configure: (inout TestServer.Options) -> Void) throws -> TestServer.Options {
        var options = TestServer.Options()
        options.template = try source
        options.context = 1024
        configure(&options)
        return options
    }

    /// The prompt that a request comes to.
    func prompt(_ body: String, _ configure: (inout TestServer.Options) -> Void = { _ in }) async throws -> String {
        let server = try TestServer(options(configure)) { _, _ in 0 }
        return try await server.post("/apply-template", body).json["prompt"]?.stringValue ?? ""
    }

    /// A server whose model says `text` to this request.
    func server(
        saying text: String, to body: String, _ configure: (inout TestServer.Options) -> Void = { _ in }
    ) async throws -> TestServer {
        let length = try await prompt(body, configure).utf8.count
        return try TestServer.saying(text.utf8.map { Int32($0) }, after: length, options(configure))
    }

    /// The body of a request with these members beside its one message.
    static func body(_ members: String) -> String {
        #"{"messages": [{"role": "user", "content": "hi"}]"# + (members.isEmpty ? "" : ", " + members) + "}"
    }

    /// What comes of a request whose answer the model would begin with `text`, whole and streamed.
    func answer(
        _ text: String, _ members: String, _ configure: (inout TestServer.Options) -> Void = { _ in }
    ) async throws -> ReasonedAnswer {
        let server = try await server(saying: text, to: Self.body(members), configure)
        return try await ReasonedAnswer(server, members: members)
    }
}

/// An answer in both forms.
struct ReasonedAnswer {
    let whole: JSONValue
    let chunks: [JSONValue]

    init(_ server: TestServer, members: String) async throws {
        let stream = #""stream": true, "stream_options": {"include_usage": true}"#
        let more = members.isEmpty ? stream : "\(members), \(stream)"
        whole = try await server.post("/v1/chat/completions", ThinkingTemplate.body(members)).json
        let record = await server.post("/v1/chat/completions", ThinkingTemplate.body(more))
        chunks = record.isStreamed ? try record.chunks : []
    }

    var choice: JSONValue? { whole["choices"]?[0] }
    var content: String? { choice?["message"]?["content"]?.stringValue }
    var reasoning: String? { choice?["message"]?["reasoning_content"]?.stringValue }
    var reasoningTokens: Int64? { whole["usage"]?["completion_tokens_details"]?["reasoning_tokens"]?.intValue }

    /// The deltas of one choice joined.
    func joined(_ name: String, index: Int64 = 0) -> String {
        chunks.compactMap { chunk in
            let choice = chunk["choices"]?[0]
            return choice?["index"]?.intValue == index ? choice?["delta"]?[name]?.stringValue : nil
        }.joined()
    }

    /// Whether the stream says what the whole answer says.
    func expectEqualForms(sourceLocation: SourceLocation = #_sourceLocation) {
        for (index, choice) in (whole["choices"]?.arrayValue ?? []).enumerated() {
            let message = choice["message"]
            for name in ["content", "reasoning_content", "reasoning"] {
                #expect(
                    joined(name, index: Int64(index)) == message?[name]?.stringValue ?? "",
                    sourceLocation: sourceLocation)
            }
            let last = chunks.last { $0["choices"]?[0]?["index"]?.intValue == Int64(index) }?["choices"]?[0]
            for name in ["finish_reason", "stop_reason", "reasoning_closed_by"] {
                #expect(last?[name] == choice[name], sourceLocation: sourceLocation)
            }
        }
        #expect(
            chunks.last?["usage"]?["completion_tokens_details"] == whole["usage"]?["completion_tokens_details"],
            sourceLocation: sourceLocation)
        #expect(
            chunks.last?["usage"]?["completion_tokens"] == whole["usage"]?["completion_tokens"],
            sourceLocation: sourceLocation)
    }
}

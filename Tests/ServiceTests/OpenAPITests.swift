import HTTP
import JSON
import OpenAI
import Service
import Testing

/// The OpenAPI document says what is really taken and given.
@Suite struct OpenAPITests {
    private func saying(_ text: String, _ options: TestServer.Options = TestServer.Options()) throws -> TestServer {
        let letters = text.utf8.map { Int32($0) }
        return try TestServer(options) { position, _ in
            position < 300 ? letters[position % letters.count] : ByteVocabulary.end
        }
    }

    private static let message = #""messages": [{"role": "user", "content": "hi"}]"#

    @Test func everyRouteIsInTheDocument() throws {
        let document = try saying("a").send("GET", "/openapi.json").record.json
        #expect(document["openapi"] == "3.1.0")
        for endpoint in Routes.all {
            let path = endpoint.path + (endpoint.isPrefix ? "{id}" : "")
            let operation = document["paths"]?[path]?[endpoint.method.lowercased()]
            #expect(operation?["summary"]?.stringValue == endpoint.summary, "\(path)")
            #expect(operation?["responses"]?["200"] != nil)
            #expect(
                (operation?["requestBody"] != nil) == (endpoint.method == "POST" && endpoint.path != "/admin/reload"))
        }
        #expect(document["paths"]?.objectValue?.count == Routes.all.count)
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        let document = try saying("a").send("GET", "/openapi.json").record.json
        var references: [String] = []
        func collect(_ value: JSONValue) {
            if let path = value["$ref"]?.stringValue { references.append(path) }
            for element in value.arrayValue ?? [] { collect(element) }
            for (_, member) in value.objectValue ?? [:] { collect(member) }
        }
        collect(document)
        #expect(references.count > 40)
        for reference in references {
            let target = reference.split(separator: "/").dropFirst().reduce(Optional(document)) { $0?[String($1)] }
            #expect(target != nil, "\(reference)")
        }
    }

    @Test func boundsAreThoseOfTheSettingsAndTheModel() throws {
        let document = try saying("a").send("GET", "/openapi.json").record.json
        let properties = document["components"]?["schemas"]?["ChatRequest"]?["properties"]
        #expect(properties?["n"]?["anyOf"]?[0]?["maximum"] == 8)
        #expect(properties?["temperature"]?["anyOf"]?[0]?["maximum"] == .double(2))
        let last = JSONValue.int(Int64(ByteVocabulary.count - 1))
        #expect(properties?["stop_token_ids"]?["anyOf"]?[0]?["items"]?["maximum"] == last)
        #expect(document["components"]?["schemas"]?["ChatRequest"]?["required"] == ["messages"])
        #expect(document["security"] == [])
        let keyed = try saying("a", TestServer.Options(keys: ["k"]))
        let withKey = try keyed.send("GET", "/openapi.json", fields: ["x-api-key": "k"]).record.json
        #expect(withKey["security"]?.arrayValue?.count == 2)
        let strict = try saying("a", TestServer.Options(strictFields: true)).send("GET", "/openapi.json").record.json
        #expect(strict["components"]?["schemas"]?["ChatRequest"]?["additionalProperties"] == false)
    }

    @Test func theDocumentIsThereWhileTheModelLoads() throws {
        let server = try TestServer(TestServer.Options(isLoaded: false)) { _, _ in 0x61 }
        #expect(server.send("GET", "/openapi.json").record.status == 200)
    }

    @Test(arguments: [
        "", #""n": 3"#, #""logprobs": true, "top_logprobs": 2"#, #""return_token_ids": true, "prompt_logprobs": 1"#,
        #""max_tokens": 3, "stop": "b""#,
    ])
    func chatAnswersHaveTheirForm(members: String) async throws {
        let server = try saying("a<think>b</think>é")
        let body = "{\(Self.message)\(members.isEmpty ? "" : ", ")\(members)"
        let whole = await server.post("/v1/chat/completions", body + "}")
        #expect(whole.status == 200)
        #expect(try NamedSchema.chatAnswer.fault(in: whole.json, limits: requestLimits) == nil)
        guard !members.contains("prompt_logprobs") else { return }
        let options = #""stream_options": {"include_usage": true}"#
        let stream = await server.post("/v1/chat/completions", body + #", "stream": true, \#(options)}"#)
        #expect(try stream.chunks.count > 3)
        for chunk in try stream.chunks { #expect(NamedSchema.chatChunk.fault(in: chunk, limits: requestLimits) == nil) }
    }

    @Test(arguments: ["", #""n": 2, "echo": true"#, #""logprobs": 2, "echo": true"#, #""prompt_logprobs": 2"#])
    func completionsHaveTheirForm(members: String) async throws {
        let server = try saying("ab")
        let body = #"{"prompt": "xy""# + (members.isEmpty ? "" : ", ") + members
        let whole = await server.post("/v1/completions", body + "}")
        #expect(whole.status == 200)
        #expect(try NamedSchema.completionAnswer.fault(in: whole.json, limits: requestLimits) == nil)
        guard !members.contains("prompt_logprobs") else { return }
        let stream = await server.post("/v1/completions", body + #", "stream": true}"#)
        for chunk in try stream.chunks {
            #expect(NamedSchema.completionAnswer.fault(in: chunk, limits: requestLimits) == nil)
        }
    }

    @Test func otherAnswersHaveTheirForm() async throws {
        let server = try saying("a")
        let cases: [(String, String, String)] = [
            ("GET", "/v1/models", ""), ("GET", "/v1/models/org/tiny", ""), ("GET", "/health", ""),
            ("GET", "/tokenizer_info", ""),
            ("GET", "/ready", ""), ("GET", "/version", ""), ("POST", "/tokenize", #"{"content": "é"}"#),
            ("POST", "/tokenize", #"{"prompt": "é", "with_pieces": true, "return_token_strs": true}"#),
            ("POST", "/detokenize", #"{"tokens": [104]}"#), ("POST", "/apply-template", "{\(Self.message)}"),
        ]
        for (method, path, body) in cases {
            let record = await server.send(method, path, body).ended()
            let endpoint = Routes.all.first {
                $0.method == method && (path == $0.path || ($0.isPrefix && path.hasPrefix($0.path)))
            }
            guard case .json(let form)? = endpoint?.success else {
                Issue.record("\(path) has no form")
                continue
            }
            #expect(record.status == 200)
            #expect(try form.fault(in: record.json, limits: requestLimits) == nil, "\(path)")
        }
        let error = await server.post("/tokenize", "{}")
        #expect(try NamedSchema.error.fault(in: error.json, limits: requestLimits) == nil)
    }

    /// A form that takes everything would pass the tests above.
    @Test func formsRefuseWhatIsNotDeclared() throws {
        for (text, path) in [
            (#"{"object": "list", "data": [{}]}"#, "ModelList.data[0].id"),
            (#"{"object": "lists"}"#, "ModelList.object"),
            (#"{"object": "list", "data": [], "x": 1}"#, "ModelList.x"), (#"{"object": null}"#, "ModelList.object"),
            (#"{"object": "list", "data": [{"created": -1}]}"#, "ModelList.data[0].created"),
        ] {
            let value = try JSONParser.parse(text, limits: .request)
            #expect(NamedSchema.models.fault(in: value, limits: requestLimits)?.parameter == path)
        }
    }
}

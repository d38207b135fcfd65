import JSON
import Service
import Testing

/// Answers in the form that a request wants, whatever the model would like to say.
@Suite struct StructuredOutputTests {
    private static let schema = """
        {"type": "object", "properties": {"name": {"enum": ["Ada", "Bo"]}, "old": {"type": "boolean"}}, \
        "required": ["name", "old"], "additionalProperties": false}
        """
    private static let format = """
        "response_format": {"type": "json_schema", "json_schema": {"name": "person", "strict": true, "schema": \(schema)}}
        """

    /// Whether a text is what the schema asks for.
    private static func isPerson(_ text: String?) -> Bool {
        guard let text, let json = try? JSONParser.parse(text, limits: .request) else { return false }
        return json.objectValue?.keys == ["name", "old"] && ["Ada", "Bo"].contains(json["name"]?.stringValue)
            && json["old"]?.boolValue != nil
    }

    private static func saying(_ text: String, _ options: TestServer.Options = .init()) throws -> TestServer {
        try TestServer.saying(text.utf8.map { Int32($0) }, after: "[user]hi\n[assistant]".utf8.count, options)
    }

    @Test(arguments: ["", "hello there, how are you", #"{"name":"Bo","old":true}"#, #"{ "old": 1"#, "\u{0}\u{1}"])
    func wire_43_theAnswerMeetsItsSchema(said: String) async throws {
        for more in ["", #", "n": 3"#, #", "logprobs": true, "top_logprobs": 2"#, #", "temperature": 2, "seed": 4"#] {
            let answer = try await ReasonedAnswer(Self.saying(said), members: Self.format + more)
            for choice in answer.whole["choices"]?.arrayValue ?? [] {
                let content = choice["message"]?["content"]?.stringValue
                #expect(Self.isPerson(content), "\(content ?? "nothing")")
                #expect(choice["finish_reason"] == "stop")
                guard let reports = choice["logprobs"]?["content"]?.arrayValue else { continue }
                let bytes = reports.flatMap { $0["bytes"]?.arrayValue ?? [] }.compactMap { $0.intValue.map(UInt8.init) }
                #expect(String(decoding: bytes, as: UTF8.self) == content, "every token has its report")
            }
            answer.expectEqualForms()
        }
        if said.hasPrefix(#"{"name":"Bo"#) {
            let answer = try await ReasonedAnswer(Self.saying(said), members: Self.format)
            #expect(answer.content == said, "what meets the schema is what the model said")
        }
    }

    @Test(arguments: ThinkingTemplate.allCases)
    func wire_40_theSchemaBindsWhatFollowsTheThinking(template: ThinkingTemplate) async throws {
        let answer = try await template.answer(template.said("Let me see.\nAda?", "Hello!"), Self.format)
        #expect(Self.isPerson(answer.content), "\(answer.content ?? "nothing")")
        #expect(answer.choice?["finish_reason"] == "stop")
        if template == .opensTheBlock { #expect(answer.reasoning == "Let me see.\nAda?") }
        answer.expectEqualForms()
    }

    @Test func aModelThatOnlyThinksAnswersWithItsLastTokens() async throws {
        let endless = String(repeating: "hm, ", count: 300)
        let answer = try await ThinkingTemplate.opensTheBlock.answer(
            endless, Self.format + #", "max_thinking_tokens": 40, "max_tokens": 200"#)
        #expect(Self.isPerson(answer.content), "\(answer.content ?? "nothing")")
        #expect(answer.reasoningTokens == 40)
        answer.expectEqualForms()
    }

    @Test func wire_43_jsonObjectsAreObjects() async throws {
        let server = try Self.saying(#"[1, 2] is no object {"a": [1, {"b": null}]}"#)
        let answer = try await ReasonedAnswer(
            server, members: #""response_format": {"type": "json_object"}, "max_tokens": 60"#)
        #expect(answer.content?.hasPrefix("{") == true)
        answer.expectEqualForms()
    }

    @Test(arguments: [
        (#""structured_outputs": {"choice": ["yes", "no"]}"#, ["yes", "no"]),
        (#""guided_choice": ["no", "yes"]"#, ["yes", "no"]),
        (#""guided_regex": "(ab){2}|x{3}""#, ["abab", "xxx"]),
        (#""grammar": "root ::= \"ab\" | \"cd\" \"e\"""#, ["ab", "cde"]),
        (#""guided_grammar": "root ::= \"ab\" | \"cd\" \"e\"""#, ["ab", "cde"]),
        (#""guided_json": {"const": 17}"#, ["17"]),
        (#""json_schema": {"enum": [1, "x"]}"#, ["1", "\"x\""]),
    ])
    func wire_44_otherSpellingsAreHonoured(members: String, possible: [String]) async throws {
        for said in ["", "yes no abxcd", "xxxx", "cde", "17"] {
            let answer = try await ReasonedAnswer(Self.saying(said), members: members)
            #expect(possible.contains(answer.content ?? ""), "\(answer.content ?? "nothing")")
            #expect(answer.choice?["finish_reason"] == "stop")
            answer.expectEqualForms()
            let server = try TestServer.saying(said.utf8.map { Int32($0) }, after: 2)
            let legacy = try await server.post("/v1/completions", "{\"prompt\": \"hi\", \(members)}").json
            #expect(possible.contains(legacy["choices"]?[0]?["text"]?.stringValue ?? ""))
        }
    }

    @Test(arguments: [
        (
            #""response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "objekt"}}}"#,
            "response_format.json_schema.schema", "objekt"
        ),
        (
            #""response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"properties": {"a": {"type": "array", "items": {"type": "string"}, "uniqueItems": true, "minItems": 9}}}}}"#,
            "response_format.json_schema.schema", "uniqueItems"
        ),
        (#""guided_regex": "(a""#, "guided_regex", "'guided_regex'"),
        (#""grammar": "root ::= missing""#, "grammar", "missing"),
        (#""structured_outputs": {"regex": "(?=a)b"}"#, "structured_outputs.regex", "'structured_outputs.regex'"),
    ])
    func wire_42_whatCannotBeUsedIsNamed(members: String, parameter: String, word: String) async throws {
        for stream in ["", #", "stream": true"#] {
            let record = await (try Self.saying("x")).post(
                "/v1/chat/completions", ThinkingTemplate.body(members + stream))
            #expect(record.status == 400)
            let error = try record.json["error"]
            #expect(error?["param"]?.stringValue == parameter)
            #expect(error?["message"]?.stringValue?.contains(word) == true)
        }
    }

    @Test func ignoringTheEndDoesNotGoBeyondTheForm() async throws {
        let answer = try await ReasonedAnswer(
            Self.saying("x"), members: #""guided_choice": ["yes"], "ignore_eos": true, "min_tokens": 20"#)
        #expect(answer.content == "yes")
        #expect(answer.choice?["finish_reason"] == "stop")
    }

    @Test func aLimitCutsTheForm() async throws {
        let answer = try await ReasonedAnswer(Self.saying("x"), members: Self.format + #", "max_tokens": 5"#)
        #expect(answer.choice?["finish_reason"] == "length")
        #expect(answer.content == #"{"nam"#)
        answer.expectEqualForms()
    }

    @Test func f11_objectsHaveOnlyDeclaredMembersUnlessTheSchemaSaysMore() async throws {
        let said = #"{"name":"Bo","more":1}"#
        func content(_ more: String, _ members: String = "") async throws -> String? {
            let schema = #"{"type": "object", "properties": {"name": {"enum": ["Bo"]}}\#(more)}"#
            let format =
                #""response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": \#(schema)}}"#
            return try await ReasonedAnswer(Self.saying(said), members: members.isEmpty ? format : members).content
        }
        #expect(try await content("") == #"{"name":"Bo"}"#)
        #expect(try await content(#", "additionalProperties": true"#) == said)
        let open =
            #""structured_outputs": {"json": {"properties": {"name": {"enum": ["Bo"]}}, "type": "object"}, "disable_additional_properties": false}"#
        #expect(try await content("", open) == said)
    }

    @Test(arguments: [
        #""regex": "(ab){2}""#, #""ebnf": "root ::= \"abab\"""#,
        #""regex": "(ab){2}", "guided_regex": "(ab){2}", "structured_outputs": {"regex": "(ab){2}"}"#,
        #""guided_grammar": "root ::= \"abab\"", "structured_outputs": {"grammar": "root ::= \"abab\""}"#,
    ])
    func formsOfOtherServersAreObeyedAlsoGivenTwice(members: String) async throws {
        let answer = try await ReasonedAnswer(Self.saying("A number is"), members: members)
        #expect(answer.content == "abab")
    }
}

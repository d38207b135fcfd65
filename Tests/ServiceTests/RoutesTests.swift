import HTTP
import JSON
import Service
import Testing

/// The route table: closed by default, judged before the body, in OpenAI's error shape.
@Suite struct RoutesTests {
    private static let keyed = TestServer.Options(keys: ["sk-one", "sk-two"])

    private func server(_ options: TestServer.Options = TestServer.Options()) throws -> TestServer {
        try TestServer(options) { _, _ in 0x61 }
    }

    private func path(_ endpoint: Endpoint) -> String { endpoint.isPrefix ? endpoint.path + "x" : endpoint.path }

    @Test func wire_57_61_everyRouteButTwoNeedsAKey() throws {
        let server = try server(Self.keyed)
        #expect(Routes.all.filter(\.isPublic).map(\.path) == ["/health", "/ready", "/"])
        for endpoint in Routes.all {
            for key in [nil, "Bearer sk-on", "Bearer sk-one1", "Bearer", "Bearer  ", "Basic sk-one", "sk-one", ""] {
                var fields = Fields()
                if let key { fields.append("authorization", key) }
                let record = server.send(endpoint.method, path(endpoint), fields: fields).record
                #expect((record.status == 401) == !endpoint.isPublic, "\(endpoint.path)")
                guard !endpoint.isPublic else { continue }
                #expect(try record.json["error"]?["code"] == "invalid_api_key")
                #expect(record.fields["www-authenticate"] == "Bearer")
            }
        }
    }

    @Test(arguments: [
        ("authorization", "Bearer sk-one"), ("Authorization", "bearer sk-two"), ("authorization", "Bearer   sk-two "),
        ("x-api-key", "sk-one"),
    ])
    func wire_61_anyOfTheKeysOpens(name: String, value: String) throws {
        let record = try server(Self.keyed).send("GET", "/v1/models", fields: [name: value]).record
        #expect(record.status == 200)
    }

    @Test func keyFilesMayHaveBlankLines() throws {
        let authentication = Authentication(keys: ["", "  ", " sk-a \r"])
        #expect(authentication.isRequired)
        #expect(throws: Never.self) { try authentication.check(["authorization": "Bearer sk-a"]) }
        #expect(!Authentication(keys: ["", "\t"]).isRequired)
    }

    @Test func wire_57_contentTypes() async throws {
        let server = try server()
        for type in [
            "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", "json", "",
            "application/problem+json", "application/reports+json", "application/json, text/plain", "*/*",
        ] {
            let record = server.send("POST", "/tokenize", #"{"content": "a"}"#, fields: ["content-type": type]).record
            #expect(record.status == 415, "\(type)")
        }
        for type in ["application/json", "Application/JSON; charset=utf-8", "application/json ;a=b"] {
            let record = server.send("POST", "/tokenize", #"{"content": "a"}"#, fields: ["content-type": type]).record
            #expect(record.status == 200, "\(type)")
        }
        let twice: Fields = ["content-type": "application/json", "Content-Type": "text/plain"]
        for fields in [[:], twice, ["content-type": "application/json", "Content-Type": "application/json"]] as [Fields]
        {
            let record = server.send("POST", "/tokenize", #"{"content": "a"}"#, fields: fields).record
            #expect(record.status == 415, "d3, d16: \(fields)")
        }
    }

    @Test func d16_anArrayIsJSONButNoRequest() async throws {
        let server = try server()
        for path in ["/tokenize", "/detokenize", "/apply-template", "/v1/completions", "/v1/chat/completions"] {
            let record = await server.post(path, "[1]")
            #expect(record.status == 400)
            #expect(try record.json["error"]?["message"] == "The request body must be a JSON object.")
        }
    }

    @Test func d3_pagesOfOtherOriginsAreRefusedEverywhere() throws {
        let server = try server(TestServer.Options(host: "127.0.0.1"))
        #expect(Routes.all.filter(\.isOpenToPages).map(\.path) == ["/"])
        let foreign: [Fields] = [
            ["host": "127.0.0.1", "origin": "https://evil.example", "content-type": "application/json"],
            ["host": "127.0.0.1", "sec-fetch-site": "cross-site", "content-type": "application/json"],
            ["host": "127.0.0.1", "sec-fetch-site": "same-site", "content-type": "application/json"],
        ]
        for endpoint in Routes.all {
            for fields in foreign {
                let record = server.send(endpoint.method, path(endpoint), "{}", fields: fields).record
                #expect((record.status == 403) == !endpoint.isOpenToPages, "\(endpoint.path)")
                if record.status == 403 { #expect(try record.json["error"]?["code"] == "origin_not_allowed") }
            }
            let own: Fields = [
                "host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-origin",
                "content-type": "application/json",
            ]
            #expect(server.send(endpoint.method, path(endpoint), "{}", fields: own).record.status != 403)
        }
        let allowing = try self.server(TestServer.Options(origins: ["https://evil.example"]))
        #expect(allowing.send("POST", "/tokenize", #"{"content": "a"}"#, fields: foreign[0]).record.status == 200)
        #expect(allowing.send("POST", "/tokenize", "{}", fields: foreign[1]).record.status == 403)
    }

    @Test func saysWhatAnswersHere() throws {
        let record = try server().send("GET", "/", fields: ["sec-fetch-site": "cross-site"]).record
        #expect(record.status == 200)
        #expect(record.fields["content-type"] == "text/plain; charset=utf-8")
        for part in ["michat 1.2.3", "org/tiny", "/openapi.json"] { #expect(record.text.contains(part)) }
        #expect(try !server(Self.keyed).send("GET", "/", fields: [:]).record.text.contains("org/tiny"))
        #expect(try server(TestServer.Options(isLoaded: false)).send("GET", "/").record.text.contains("is loading"))
    }

    @Test func c7_takesBaseAddressesThatPeopleType() throws {
        let server = try server()
        for path in ["//v1/models/", "/models", "/models/org/tiny/", "/v1/models/org/tiny"] {
            #expect(server.send("GET", path).record.status == 200, "\(path)")
        }
    }

    @Test func contentCodingsAreRefusedByName() throws {
        let server = try server()
        for (coding, status) in [("gzip", 415), ("identity, BR", 415), ("Identity", 200), ("", 200)] {
            let fields: Fields = ["content-type": "application/json", "content-encoding": coding]
            let record = server.send("POST", "/tokenize", #"{"content": "a"}"#, fields: fields).record
            #expect(record.status == status, "\(coding)")
        }
        let gzip: Fields = ["content-type": "application/json", "content-encoding": "gzip"]
        let record = server.send("POST", "/tokenize", "{}", fields: gzip).record
        #expect(record.text.contains("'gzip'"))
    }

    @Test func wire_09_57_methodsAndUnknownRoutes() throws {
        let server = try server(Self.keyed)
        let preflight = server.send("OPTIONS", "/v1/chat/completions", fields: [:]).record
        #expect(preflight.status == 204)
        #expect(preflight.fields["allow"]?.contains("POST") == true)
        let wrong = server.send("GET", "/v1/chat/completions").record
        #expect(wrong.status == 405 && wrong.fields["allow"]?.contains("POST") == true)
        for record in [wrong, server.send("GET", "/nope").record] {
            let error = try record.json["error"]?.objectValue
            #expect(error?.keys == ["message", "type", "param", "code"])
        }
        #expect(server.send("GET", "/nope").record.status == 404)
    }

    @Test func wire_62_models() throws {
        let server = try server()
        let list = try server.send("GET", "/v1/models").record.json
        #expect(list["data"]?[0]?["id"] == "org/tiny")
        for id in ["org/tiny", "default"] {
            #expect(try server.send("GET", "/v1/models/" + id).record.json["id"] == "org/tiny")
        }
        let unknown = server.send("GET", "/v1/models/other").record
        #expect(unknown.status == 404)
        #expect(try unknown.json["error"]?["code"] == "model_not_found")
    }

    @Test func wire_64_textTools() async throws {
        let server = try server(TestServer.Options(addBOS: true))
        let plain = try await server.post("/tokenize", #"{"content": "hi"}"#).json
        #expect(plain["tokens"] == [104, 105])
        #expect(plain["count"] == 2 && plain["max_model_len"] == 512)
        let start = JSONValue.int(Int64(ByteVocabulary.start))
        #expect(try await server.post("/tokenize", #"{"prompt": "hi"}"#).json["tokens"] == [start, 104, 105])
        let pieces = try await server.post("/tokenize", #"{"content": "é<mark>", "with_pieces": true}"#).json
        #expect(pieces["tokens"]?[0] == ["id": 195, "piece": [195]])
        #expect(pieces["tokens"]?[2]?["piece"] == "<mark>")
        let unparsed = try await server.post("/tokenize", #"{"content": "<mark>", "parse_special": false}"#).json
        #expect(unparsed["count"] == 6)
        let messages = #""messages": [{"role": "user", "content": "hi"}]"#
        #expect(try await server.post("/tokenize", "{\(messages)}").json["count"] == 21)
        let rendered = try await server.post("/apply-template", "{\(messages)}").json
        #expect(rendered["prompt"] == "[user]hi\n[assistant]")
        let text = try await server.post("/detokenize", #"{"tokens": [104, 261, 262]}"#).json
        #expect(text["content"] == "h😀" && text["prompt"] == "h😀")
        #expect(await server.post("/detokenize", #"{"tokens": [99999]}"#).status == 400)
    }

    /// What lm-eval's `tokenizer_backend=remote` and vLLM's clients read.
    @Test func part4_theTokenizerIsDescribed() async throws {
        let server = try server(TestServer.Options(keys: ["k"], addBOS: true))
        #expect(server.send("GET", "/tokenizer_info").record.status == 401)
        let info = try server.send("GET", "/tokenizer_info", fields: ["x-api-key": "k"]).record.json
        #expect(info["eos_token"] == "</s>" && info["bos_token"] == "<s>" && info["add_bos_token"] == true)
        #expect(info["pad_token"]?.isNull == true && info["unk_token"]?.isNull == true)
        #expect(info["chat_template"]?.stringValue == TestServer.template && info["model_max_length"] == 512)
        let end = String(ByteVocabulary.end)
        #expect(info["added_tokens_decoder"]?[end] == ["content": "</s>", "special": true])
        #expect(info["added_tokens_decoder"]?.objectValue?.count == 3)
        // The token's id is asked for like this.
        let asked = #"{"prompt": "</s>", "add_special_tokens": false}"#
        let exchange = server.send(
            "POST", "/tokenize", asked, fields: ["x-api-key": "k", "content-type": "application/json"])
        #expect(try await exchange.ended().json["tokens"] == [.int(Int64(ByteVocabulary.end))])
        let bare = try self.server(TestServer.Options(template: nil)).send("GET", "/tokenizer_info").record.json
        #expect(bare["chat_template"]?.isNull == true && bare["add_bos_token"] == false)
    }

    @Test func wire_65_healthReadyMetricsVersion() async throws {
        let server = try server()
        #expect(server.send("GET", "/health", fields: [:]).record.text == #"{"status":"ok"}"#)
        #expect(server.send("GET", "/ready", fields: [:]).record.text == #"{"status":"ready"}"#)
        #expect(server.send("GET", "/version").record.text == #"{"version":"1.2.3"}"#)
        _ = await server.post("/tokenize", "{}")
        _ = server.send("POST", "/tokenize", "{}", fields: [:])
        let metrics = server.send("GET", "/metrics").record
        #expect(metrics.fields["content-type"]?.hasPrefix("text/plain") == true)
        #expect(metrics.text.contains(#"michat_requests_total{route="/tokenize",status="400"} 1"#))
        #expect(metrics.text.contains(#"michat_requests_total{route="/tokenize",status="415"} 1"#))
        #expect(metrics.text.contains(#"michat_response_seconds_count{route="/tokenize"} 1"#), "refusals are not timed")
        #expect(metrics.text.contains("vllm:num_requests_running"))
    }

    @Test func wire_59_65_loadingAndDraining() async throws {
        let loading = try server(TestServer.Options(isLoaded: false))
        let body = #"{"messages": [{"role": "user", "content": "hi"}]}"#
        for record in [loading.send("GET", "/ready").record, await loading.post("/v1/chat/completions", body)] {
            #expect(record.status == 503)
            #expect(try record.json["error"]?["code"] == "loading")
            #expect(record.fields["retry-after"] != nil)
        }
        #expect(loading.send("GET", "/health").record.status == 200)
        let draining = try server()
        draining.host.drain()
        #expect(draining.send("GET", "/ready").record.status == 503)
        #expect(try await draining.post("/v1/chat/completions", body).json["error"]?["code"] == "draining")
        #expect(draining.send("GET", "/v1/models").record.status == 200)
    }

    @Test func wire_65_aStuckEngineIsNotReady() throws {
        let server = try server(TestServer.Options(clockOffsetSeconds: -1000))
        let record = server.send("GET", "/ready").record
        #expect(record.status == 503)
        #expect(try record.json["error"]?["code"] == "stuck")
    }

    @Test func aModelWithoutATemplateSaysSo() async throws {
        let server = try server(TestServer.Options(template: nil))
        let record = await server.post("/v1/chat/completions", #"{"messages": [{"role": "user", "content": "hi"}]}"#)
        #expect(record.status == 400)
        #expect(try record.json["error"]?["message"]?.stringValue?.contains("/v1/completions") == true)
    }

    @Test func aTemplateThatRefusesIsAClientsError() async throws {
        let server = try server(TestServer.Options(template: "{{ raise_exception('roles must alternate') }}"))
        let record = await server.post("/v1/chat/completions", #"{"messages": [{"role": "user", "content": "hi"}]}"#)
        #expect(record.status == 400)
        #expect(try record.json["error"]?["message"] == "roles must alternate")
        #expect(try record.json["error"]?["param"] == "messages")
    }

    @Test func wire_52_textToolsNameWhatTheyIgnore() async throws {
        let server = try TestServer { _, _ in ByteVocabulary.end }
        let message = #""messages": [{"role": "user", "content": "hi", "mood": 1}]"#
        for (path, body, names) in [
            ("/tokenize", #"{"content": "a", "colour": 1, "model": null}"#, "colour"),
            ("/tokenize", #"{\#(message), "with_pieces": true, "colour": 1}"#, "colour, messages[].mood"),
            ("/apply-template", #"{\#(message), "shape": 1}"#, "shape, messages[].mood"),
        ] {
            let record = await server.post(path, body)
            #expect(record.status == 200 && record.fields["x-michat-ignored"] == names, "\(body)")
        }
        #expect(await server.post("/tokenize", #"{"prompt": "a"}"#).fields["x-michat-ignored"] == nil)
    }
}

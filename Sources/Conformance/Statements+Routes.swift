import HTTPClient
import JSON

/// 62–65: other routes.
extension Statement {
    static let routes = [
        Statement(62, "/v1/models and /v1/models/{id}", check: models),
        Statement(63, "/v1/completions", check: completions),
        Statement(64, "/tokenize, /detokenize and /apply-template", check: textTools),
        Statement(65, "/health, /ready, /metrics and /version", check: operations),
    ]

    private static func models(_ probe: Probe) throws(ConformanceError) -> String {
        let list = try Probe.success(probe.get("/v1/models"))
        try require(list["object"] == "list", "the list's object is \((list["object"] ?? .null).serialized())")
        let ids = (list["data"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
        guard let id = ids.first else { throw .violation("no model is listed") }
        let encoded = id.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(Unicode.Scalar(byte)) : "%" + (digits.utf8.count == 1 ? "0" : "") + digits
        }.joined()
        for path in [id.split(separator: " ").joined(separator: "%20"), encoded] {
            let card = probe.get("/v1/models/" + path)
            try require(card.status == 200, "/v1/models/\(path): \(card.brief)")
            let model = try Probe.success(card)
            try require(model["id"]?.stringValue == id && model["object"] == "model", "/v1/models/\(path) is another")
        }
        let unknown = probe.get("/v1/models/no-such-model").status
        try require(unknown == 404, "an unknown id: \(unknown)")
        return id
    }

    private static func completions(_ probe: Probe) throws(ConformanceError) -> String {
        let plain = try Probe.success(probe.complete(["prompt": "Rivers are"]))
        let text = plain.firstChoice?["text"]?.stringValue ?? ""
        try require(plain.firstChoice?["text"]?.stringValue != nil, "no text")
        let stream = try probe.events(probe.complete(["prompt": "Rivers are", "stream": true]))
        try require(
            stream.legacyText() == text, "streamed “\(stream.legacyText().prefix(30))”, whole “\(text.prefix(30))”")
        let several = try Probe.success(probe.complete(["prompt": ["Rivers are", "The sea is"]]))
        let texts = (several["choices"]?.arrayValue ?? []).map { $0["text"]?.stringValue ?? "" }
        try require(texts.count == 2 && texts[0] == text, "two prompts give \(texts.count) choices")
        let ids = try Probe.success(probe.complete(["prompt": [40, 41, 42], "max_tokens": 2]))
        try require(ids.usage("prompt_tokens") == 3, "three token ids are \(ids.usage("prompt_tokens") ?? 0) tokens")
        let echo = try Probe.success(probe.complete(["prompt": "Rivers are", "echo": true, "logprobs": 1]))
        let echoed = echo.firstChoice?["text"]?.stringValue ?? ""
        try require(echoed == "Rivers are" + text, "echo gives “\(echoed.prefix(40))”")
        let tokens = echo.firstChoice?["logprobs"]?["tokens"]?.arrayValue?.count ?? 0
        try require(tokens > (plain.usage("completion_tokens") ?? 0), "echo with logprobs reports \(tokens) tokens")
        let two = try Probe.success(probe.complete(["prompt": "Rivers are", "n": 2, "temperature": 1]))
        try require(two["choices"]?.arrayValue?.count == 2, "n = 2 gives \(two["choices"]?.arrayValue?.count ?? 0)")
        if text.count > 6 {
            let stop = String(text.dropFirst(3).prefix(3))
            let cut = try Probe.success(probe.complete(["prompt": "Rivers are", "stop": .string(stop)]))
            try require(
                cut.firstChoice?["text"]?.stringValue?.contains(stop) == false, "the stop text is in the answer")
        }
        return "“\(text.prefix(30))”"
    }

    private static func textTools(_ probe: Probe) throws(ConformanceError) -> String {
        let text = "Rivers 🦊 flow"
        let llama = try Probe.success(probe.post("/tokenize", ["content": .string(text)]))
        guard let ids = llama["tokens"]?.arrayValue, !ids.isEmpty else {
            throw .violation("llama.cpp's /tokenize has no tokens")
        }
        let pieces = try Probe.success(probe.post("/tokenize", ["content": .string(text), "with_pieces": true]))
        let piece = pieces["tokens"]?[0]
        try require(
            piece?["id"] == ids[0] && piece?["piece"] != nil,
            "with_pieces gives \((piece ?? .null).serialized().prefix(40))")
        let vllm = try Probe.success(
            probe.post(
                "/tokenize", ["model": .string(probe.model), "prompt": .string(text), "add_special_tokens": false]))
        try require(vllm["tokens"]?.arrayValue == ids, "vLLM's /tokenize gives other tokens")
        try require(vllm["count"]?.intValue == Int64(ids.count), "count is \((vllm["count"] ?? .null).serialized())")
        try require(vllm["max_model_len"]?.intValue != nil, "no max_model_len")
        let back = try Probe.success(probe.post("/detokenize", ["tokens": .array(ids)]))
        for name in ["content", "prompt"] {
            try require(
                back[name]?.stringValue == text, "/detokenize \(name): \((back[name] ?? .null).serialized().prefix(40))"
            )
        }
        let messages = Probe.say("Tell me about rivers.")
        let rendered = try Probe.success(probe.post("/apply-template", ["messages": messages]))
        let prompt = rendered["prompt"]?.stringValue ?? ""
        try require(prompt.contains("Tell me about rivers."), "/apply-template gives “\(prompt.prefix(40))”")
        let conversation = try Probe.success(
            probe.post("/tokenize", ["model": .string(probe.model), "messages": messages]))
        let used = try probe.answer().usage("prompt_tokens") ?? 0
        try require(
            conversation["count"]?.intValue == Int64(used),
            "/tokenize of messages gives another count than usage, \(used)")
        return "\(ids.count) tokens, there and back"
    }

    private static func operations(_ probe: Probe) throws(ConformanceError) -> String {
        for path in ["/health", "/ready", "/version"] {
            let answer = probe.get(path)
            try require(answer.status == 200, "\(path): \(answer.brief)")
        }
        try require(probe.get("/version").json?["version"]?.stringValue != nil, "/version has no version")
        let metrics = probe.get("/metrics")
        try require(metrics.status == 200, "/metrics: \(metrics.brief)")
        try require(metrics.field("content-type")?.hasPrefix("text/plain") == true, "/metrics is no plain text")
        for name in [
            "vllm:num_requests_running", "vllm:num_requests_waiting", "vllm:kv_cache_usage_perc",
            "vllm:prompt_tokens_total",
            "vllm:generation_tokens_total", "vllm:time_to_first_token_seconds_bucket",
            "vllm:e2e_request_latency_seconds_bucket",
            "vllm:request_success_total",
        ] {
            try require(metrics.text.contains(name), "/metrics has no \(name)")
        }
        return "all four, with vLLM's metric names"
    }
}

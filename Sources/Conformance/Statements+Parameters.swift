import HTTPClient
import JSON

/// 49–55: parameters.
extension Statement {
    static let parameters = [
        Statement(49, "max_completion_tokens wins over max_tokens") { probe throws(ConformanceError) in
            let members: JSONObject = ["max_tokens": 3, "max_completion_tokens": 6, "ignore_eos": true]
            let used = try probe.answer(members).usage("completion_tokens") ?? 0
            try require(used == 6, "\(used) tokens with limits of 3 and 6")
            let other = try probe.answer(["max_tokens": 6, "max_completion_tokens": 3, "ignore_eos": true])
            try require(other.usage("completion_tokens") == 3, "more than max_completion_tokens")
            return "6 and 3 tokens"
        },
        Statement(50, "Values out of range are refused by name", check: ranges),
        Statement(51, "Wrong types are refused by name, null is absence", check: types),
        Statement(52, "Unknown fields are ignored, and named", check: unknownFields),
        Statement(53, "Greedy at 0, the same bytes for the same seed", check: determinism),
        Statement(54, "logit_bias", check: biases),
        Statement(55, "Extensions are honoured", check: extensions),
    ]

    /// Refuses an answer that is not a 400 naming `parameter`.
    private static func expectRefusal(_ probe: Probe, _ name: String, _ value: JSONValue) throws(ConformanceError) {
        let answer = probe.chat([name: value])
        let shown = "\(name): \(value.serialized().prefix(30))"
        try require(answer.status == 400, "\(shown): \(answer.brief)")
        let parameter = answer.json?["error"]?["param"]?.stringValue ?? "none"
        try require(parameter.hasPrefix(name), "\(shown): param is \(parameter)")
    }

    private static func ranges(_ probe: Probe) throws(ConformanceError) -> String {
        let stops = JSONValue.array((0..<17).map { .string("stop\($0)") })
        let cases: [(String, [JSONValue])] = [
            ("temperature", [-0.1, 2.1]), ("top_p", [-0.1, 1.1]), ("presence_penalty", [-2.1, 2.1]),
            ("frequency_penalty", [-2.1, 2.1]), ("n", [0, -1, 129]), ("max_tokens", [0, -2]),
            ("max_completion_tokens", [0, -2]), ("stop", [stops]),
        ]
        for (name, values) in cases {
            for value in values { try expectRefusal(probe, name, value) }
        }
        _ = try probe.answer([
            "temperature": 2, "top_p": 1, "presence_penalty": -2, "frequency_penalty": 2, "max_tokens": 1,
        ])
        return "\(cases.reduce(0) { $0 + $1.1.count }) values refused, the bounds taken"
    }

    private static func types(_ probe: Probe) throws(ConformanceError) -> String {
        let cases: [(String, [JSONValue])] = [
            ("messages", ["hello", 3, [:]]), ("temperature", ["hot", [1], true]), ("max_tokens", ["9", 1.5, [:]]),
            ("n", ["2", 1.5]), ("stream", ["yes", 1]), ("stop", [5, [5]]), ("top_p", ["1"]), ("seed", ["7", 0.5]),
            ("logprobs", ["yes"]), ("logit_bias", [[1], "x"]), ("model", [7]), ("tools", ["x", [:]]),
        ]
        for (name, values) in cases {
            for value in values { try expectRefusal(probe, name, value) }
        }
        let names = cases.map(\.0).filter { $0 != "messages" && $0 != "max_tokens" && $0 != "model" }
        var nulls: JSONObject = ["response_format": nil, "tool_choice": nil, "user": nil, "stream_options": nil]
        for name in names where name != "temperature" && name != "seed" { nulls[name] = .some(.null) }
        let text = try probe.answer(nulls).content
        try require(text == (try probe.answer().content), "with nulls the answer is another")
        return "\(cases.reduce(0) { $0 + $1.1.count }) values refused, \(nulls.count) nulls taken"
    }

    private static func unknownFields(_ probe: Probe) throws(ConformanceError) -> String {
        let answer = probe.chat(["conform_unknown": 1, "conform_other": ["a": nil]])
        _ = try Probe.success(answer)
        let header = answer.field("x-michat-ignored")
        if probe.isOurs {
            let names = header?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
            try require(names == ["conform_unknown", "conform_other"], "x-michat-ignored: \(header ?? "absent")")
        }
        let known = probe.chat([
            "user": "someone", "metadata": ["a": "b"], "store": false, "service_tier": "auto",
            "safety_identifier": "x", "prompt_cache_key": "y",
        ])
        _ = try Probe.success(known)
        try require(known.field("x-michat-ignored") == nil, "known fields are named as ignored")
        return header.map { "x-michat-ignored: \($0)" } ?? "ignored"
    }

    private static func determinism(_ probe: Probe) throws(ConformanceError) -> String {
        let greedy = try probe.answer().content
        try require(try probe.answer(["seed": 8]).content == greedy, "at temperature 0 the seed changes the answer")
        let members: JSONObject = ["temperature": 1, "seed": 42, "max_tokens": 32]
        let alone = try probe.answer(members, fresh: true).content ?? ""
        var request = ClientRequest("POST", Probe.path)
        let others = (0..<6).map { index in
            let text = String(repeating: "Tell me of river \(index). ", count: 1 + index * 9)
            let other: JSONObject = [
                "messages": Probe.say(text), "temperature": 1, "seed": .int(Int64(index)), "max_tokens": 48,
            ]
            request.body = Array(probe.body(other).serialized().utf8)
            return probe.open(request)
        }
        request.body = Array(probe.body(members).serialized().utf8)
        let beside = (0..<3).map { _ in probe.open(request) }
        for exchange in beside {
            let text = try Probe.success(exchange.whole()).content ?? ""
            try require(text == alone, "beside others “\(text.prefix(40))”, alone “\(alone.prefix(40))”")
        }
        for other in others { _ = other.whole() }
        let again = try probe.answer(members, fresh: true).content ?? ""
        try require(again == alone, "a second time “\(again.prefix(40))” instead of “\(alone.prefix(40))”")
        return "the same alone, again and beside nine others"
    }

    private static func biases(_ probe: Probe) throws(ConformanceError) -> String {
        let plain = try probe.answer(["max_tokens": 6]).content
        let biased = try probe.answer(["logit_bias": ["40": 100], "max_tokens": 6])
        try require(biased.content != plain, "a bias of 100 changes nothing")
        let banned = try probe.answer(["logit_bias": ["40": -100], "max_tokens": 6]).content
        try require(banned == plain || plain == nil, "a bias of -100 on a token that is not said changes the answer")
        for bias: JSONValue in [["40": 101], ["40": -101], ["x": 1], ["-1": 1], ["99999999": 1]] {
            try expectRefusal(probe, "logit_bias", bias)
        }
        return "“\((biased.content ?? "").prefix(20))”"
    }

    private static func extensions(_ probe: Probe) throws(ConformanceError) -> String {
        let base = probe.unthinking().with(["max_tokens": 10])
        let plain = try probe.answer(base).content
        let hot: JSONObject = ["temperature": 2, "seed": 3]
        for (name, value): (String, JSONValue) in [("top_k", 1), ("min_p", 1)] {
            let text = try probe.answer(base.with(hot).with([name: value])).content
            try require(text == plain, "\(name): \(value.serialized()) is not greedy: “\((text ?? "").prefix(30))”")
        }
        let ids = try tokenIDs(probe, base)
        try require(ids.count > 3, "return_token_ids gave \(ids.count) ids for 10 tokens")
        let stop = ids[2]
        let first = (ids.firstIndex(of: stop) ?? 0) + 1
        let cut = try probe.answer(base.with(["stop_token_ids": [.int(stop)]]))
        let used = cut.usage("completion_tokens") ?? 0
        try require(
            used <= first && cut.firstChoice?["finish_reason"] == "stop", "stop_token_ids: \(used) tokens, not \(first)"
        )
        let late = try probe.answer(base.with(["stop_token_ids": [.int(stop)], "min_tokens": 8]))
        try require(
            (late.usage("completion_tokens") ?? 0) >= 8,
            "min_tokens: stopped after \(late.usage("completion_tokens") ?? 0)")
        try checkTexts(probe, base, plain ?? "")
        let accepted: JSONObject = [
            "repetition_penalty": 1.1, "skip_special_tokens": false, "priority": 0, "cache_salt": "conform",
            "add_generation_prompt": true, "ignore_eos": false,
        ]
        _ = try probe.answer(base.with(accepted))
        let scored = probe.chat(base.with(["prompt_logprobs": 1]))
        let reports =
            scored.json?["prompt_logprobs"]?.arrayValue ?? scored.json?.firstChoice?["prompt_logprobs"]?.arrayValue
        try require(
            reports?.count == scored.json?.usage("prompt_tokens"), "prompt_logprobs has \(reports?.count ?? 0) entries")
        return "fifteen extensions"
    }

    private static func tokenIDs(_ probe: Probe, _ base: JSONObject) throws(ConformanceError) -> [Int64] {
        let answer = try probe.answer(base.with(["return_token_ids": true, "ignore_eos": true]))
        let used = answer.usage("completion_tokens") ?? 0
        try require(used == 10, "ignore_eos: \(used) tokens of 10")
        return (answer.firstChoice?["token_ids"]?.arrayValue ?? []).compactMap(\.intValue)
    }

    private static func checkTexts(_ probe: Probe, _ base: JSONObject, _ plain: String) throws(ConformanceError) {
        if plain.count > 6 {
            let stop = String(plain.dropFirst(3).prefix(3))
            let kept = base.with(["stop": .string(stop), "include_stop_str_in_output": true])
            let text = try probe.answer(kept).content ?? ""
            try require(text.hasSuffix(stop), "include_stop_str_in_output: “\(text.prefix(30))” without “\(stop)”")
        }
        let beginning: JSONValue = ["role": "assistant", "content": "The rivers of the world are"]
        let user: JSONValue = ["role": "user", "content": "Tell me about rivers."]
        let members = base.with(["messages": [user, beginning]])
        let open: JSONObject = ["continue_final_message": true, "add_generation_prompt": false]
        let continued = try probe.answer(members.with(open)).usage("prompt_tokens") ?? 0
        let closed = try probe.answer(members).usage("prompt_tokens") ?? 0
        try require(continued < closed, "continue_final_message: \(continued) prompt tokens, \(closed) without it")
    }
}

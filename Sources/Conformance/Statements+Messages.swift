import HTTPClient
import JSON

/// 24–31: endings and messages.
extension Statement {
    static let endings = [
        Statement(24, "finish_reason is one of four words") { probe throws(ConformanceError) in
            _ = try probe.answer()
            _ = try probe.answer(["max_tokens": 2])
            _ = try probe.stream()
            let odd = probe.finishReasons.subtracting(["stop", "length", "tool_calls", "content_filter"])
            try require(odd.isEmpty, "also \(odd.sorted())")
            return probe.finishReasons.sorted().joined(separator: ", ")
        }.last,
        Statement(25, "finish_reason of tool calls", check: callEndings),
        Statement(26, "Stop text never appears, held-back text is flushed", check: stopTexts),
        Statement(27, "The end of the context is length", check: contextEnd),
    ]

    private static func callEndings(_ probe: Probe) throws(ConformanceError) -> String {
        for (what, members, reason) in [
            ("cut inside a call", Calls.required.with(["max_tokens": 6]), "length"),
            ("called under required", Calls.required, "tool_calls"),
            ("called under a named function", Calls.named, "stop"),
        ] {
            let answer = try probe.answer(members)
            let seen = answer.firstChoice?["finish_reason"]?.stringValue ?? "null"
            try require(seen == reason, "\(what): \(seen) instead of \(reason)")
        }
        let stream = try probe.stream(Calls.required)
        try require(stream.finish() == "tool_calls", "streamed under required: \(stream.finish() ?? "null")")
        return "length, tool_calls, stop"
    }

    private static func stopTexts(_ probe: Probe) throws(ConformanceError) -> String {
        let base = probe.unthinking().with(["max_tokens": 40])
        let plain = try probe.answer(base).content ?? ""
        let characters = Array(plain)
        guard characters.count >= 12 else { throw .notApplicable("the answer is too short: “\(plain.prefix(20))”") }
        let stop = String(characters[6..<11])
        let before = plain.range(of: stop).map { String(plain[..<$0.lowerBound]) } ?? ""
        for (what, text, reason) in try endings(probe, base.with(["stop": [.string(stop)]])) {
            try require(!text.contains(stop), "\(what): the stop text “\(stop)” is in “\(text.prefix(40))”")
            try require(text == before, "\(what): “\(text.prefix(40))” instead of “\(before.prefix(40))”")
            try require(reason == "stop", "\(what): finish_reason \(reason)")
        }
        let last = String(characters[(characters.count - 3)...])
        for (what, text, _) in try endings(probe, base.with(["stop": [.string(last + "\u{1}")]])) {
            try require(text == plain, "\(what): text that was held back is lost: “…\(text.suffix(20))”")
        }
        return "cut before “\(stop)”"
    }

    private static func endings(
        _ probe: Probe, _ members: JSONObject
    ) throws(ConformanceError) -> [(String, String, String)] {
        let whole = try probe.answer(members)
        let stream = try probe.stream(members)
        return [
            ("whole", whole.content ?? "", whole.firstChoice?["finish_reason"]?.stringValue ?? "null"),
            ("streamed", stream.joined("content"), stream.finish() ?? "null"),
        ]
    }

    private static func contextEnd(_ probe: Probe) throws(ConformanceError) -> String {
        guard let context = probe.contextTokens else { throw .notApplicable("the server does not tell its context") }
        guard context <= 32_768 else { throw .notApplicable("a context of \(context) tokens takes too long to fill") }
        func ask(_ words: Int) -> JSONObject {
            ["messages": Probe.say(String(repeating: "river ", count: words)), "max_tokens": nil, "ignore_eos": true]
        }
        let few = try probe.answer(ask(8).with(["max_tokens": 1])).usage("prompt_tokens") ?? 0
        let many = try probe.answer(ask(72).with(["max_tokens": 1])).usage("prompt_tokens") ?? 0
        guard many > few, few > 0 else { throw .violation("72 words are \(many) tokens, 8 words \(few)") }
        let words = 8 + (context - 24 - few) * 64 / (many - few)
        guard words > 0 else { throw .notApplicable("the template alone fills the context") }
        let answer = try probe.answer(ask(words))
        let reason = answer.firstChoice?["finish_reason"]?.stringValue ?? "null"
        let total = answer.usage("total_tokens") ?? 0
        if reason == "stop", total < context - 1 { throw .notApplicable("the model ended by itself") }
        try require(reason == "length", "after \(total) of \(context) tokens: \(reason)")
        try require(total <= context && total >= context - 2, "\(total) tokens in a context of \(context)")
        return "length after \(total) of \(context)"
    }

    static let messages = [
        Statement(28, "A message has role, content and refusal") { probe throws(ConformanceError) in
            let message = try probe.answer(probe.unthinking()).firstChoice?["message"] ?? .null
            try require(message["role"] == "assistant", "role is \((message["role"] ?? .null).serialized())")
            try require(message["content"]?.stringValue != nil, "content is no text without tool calls")
            try require(
                message["refusal"] == .some(.null), "refusal is not null but \(message["refusal"]?.kind ?? "absent")")
            return "role, content, refusal: null"
        },
        Statement(29, "content as text, parts or null, in every role", check: contents),
        Statement(30, "developer is system and never dropped", check: developers),
        Statement(31, "Tool messages in any order, unknown ids refused", check: toolMessages),
    ]

    private static func contents(_ probe: Probe) throws(ConformanceError) -> String {
        var sizes: [Bool: Int] = [:]
        for isParts in [false, true] {
            func said(_ text: String) -> JSONValue {
                isParts ? [["type": "text", "text": .string(text)]] : .string(text)
            }
            let messages: JSONValue = [
                ["role": "system", "content": said("Be brief.")], ["role": "user", "content": said("Weather?")],
                ["role": "assistant", "content": nil, "tool_calls": [Calls.past("call_1")]],
                ["role": "tool", "tool_call_id": "call_1", "content": said("Rain.")],
                ["role": "assistant", "content": said("It rains.")], ["role": "user", "content": said("And now?")],
            ]
            let answer = try probe.answer(["messages": messages, "max_tokens": 2, "tools": [Calls.weather]])
            sizes[isParts] = answer.usage("prompt_tokens")
        }
        try require(sizes[false] == sizes[true], "as text \(sizes[false] ?? 0) tokens, as parts \(sizes[true] ?? 0)")
        return "all forms, the same \(sizes[true] ?? 0) tokens"
    }

    private static func developers(_ probe: Probe) throws(ConformanceError) -> String {
        func tokens(_ messages: [JSONValue]) throws(ConformanceError) -> Int {
            let members: JSONObject = ["messages": .array(messages), "max_tokens": 1]
            return try probe.answer(members).usage("prompt_tokens") ?? 0
        }
        let user: JSONValue = ["role": "user", "content": "Hi"]
        let longer: JSONValue = ["role": "user", "content": "Hi, how are you, and what have you done today?"]
        guard try tokens([user]) < tokens([longer]) else { throw .notApplicable("prompt_tokens is the same for all") }
        func said(_ role: String, _ text: String) -> JSONValue { ["role": .string(role), "content": .string(text)] }
        let system = try tokens([said("system", "Speak of rivers only."), user])
        let developer = try tokens([said("developer", "Speak of rivers only."), user])
        try require(system == developer, "as system \(system) tokens, as developer \(developer)")
        let text = "Never say a word about the sea, the lakes, the ponds or the rain."
        for order in [["system", "developer"], ["developer", "system"]] {
            let both = try tokens([said(order[0], "Speak of rivers only."), said(order[1], text), user])
            try require(both > system + 8, "beside each other one of both is dropped: \(both) tokens after \(system)")
        }
        return "the same prompt, and both are kept"
    }

    private static func toolMessages(_ probe: Probe) throws(ConformanceError) -> String {
        func body(_ ids: [String]) -> JSONObject {
            let call: JSONValue = [
                "role": "assistant", "content": nil, "tool_calls": [Calls.past("call_a"), Calls.past("call_b")],
            ]
            let answers = ids.map {
                JSONValue.object(["role": "tool", "tool_call_id": .string($0), "content": "Rain."])
            }
            return [
                "messages": .array([["role": "user", "content": "Weather?"], call] + answers), "max_tokens": 2,
                "tools": [Calls.weather],
            ]
        }
        for ids in [["call_a", "call_b"], ["call_b", "call_a"]] { _ = try probe.answer(body(ids)) }
        let unknown = probe.chat(body(["call_a", "call_x"]))
        try require(unknown.status == 400, "an unknown tool_call_id: \(unknown.brief)")
        return "both orders, 400 for an unknown id"
    }
}

extension String {
    /// Where `text` first occurs.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}

import HTTPClient
import JSON

/// 12–23: chunks and usage.
extension Statement {
    static let chunks = [
        Statement(12, "The object's name is right everywhere", check: objects),
        Statement(13, "id, created, model and fingerprint equal in all chunks", check: identities),
        Statement(14, "The role comes first, once", check: roles),
        Statement(15, "Deltas join to the unstreamed content", check: joins),
        Statement(16, "One finishing chunk per choice, null before", check: finishes),
        Statement(17, "Choices interleave, usage sums over them", check: several),
        Statement(18, "choices has length 1, or 0 beside usage") { probe throws(ConformanceError) in
            let stream = try probe.stream(["n": 2, "stream_options": ["include_usage": true]])
            for chunk in stream.chunks {
                let count = chunk["choices"]?.arrayValue?.count
                let isUsage = chunk["usage"]?.isNull == false && count != 1
                try require(count == (isUsage ? 0 : 1), "a chunk with \(count.map(String.init) ?? "no") choices")
            }
            return "\(stream.chunks.count) chunks"
        },
        Statement(19, "No empty chunk but the first") { probe throws(ConformanceError) in
            for stream in [try probe.stream(), try probe.stream(["n": 2, "stream_options": ["include_usage": true]])] {
                for choice in stream.choices where choice["finish_reason"]?.isNull ?? true {
                    let delta = choice["delta"]?.objectValue ?? [:]
                    let says = delta.contains { name, value in
                        name == "role" || (name != "refusal" && !value.isNull && value != "")
                    }
                    try require(says, "a delta that says nothing: \(choice.serialized().prefix(100))")
                }
            }
            return "every chunk says something"
        },
    ]

    private static func objects(_ probe: Probe) throws(ConformanceError) -> String {
        let stream = try probe.stream(["stream_options": ["include_usage": true]])
        let names = Set(stream.chunks.map { $0["object"]?.stringValue ?? "none" })
        try require(names == ["chat.completion.chunk"], "chunks say \(names.sorted())")
        let whole = try probe.answer()["object"]?.stringValue ?? "none"
        try require(whole == "chat.completion", "a whole answer says \(whole)")
        guard let pieces = try probe.legacyStream()?.chunks else { return "right in chat; there is no legacy route" }
        let legacy = try Probe.success(probe.complete(["prompt": "Rivers are"]))["object"]?.stringValue ?? "none"
        let all = Set(pieces.map { $0["object"]?.stringValue ?? "none" } + [legacy])
        try require(all == ["text_completion"], "the legacy route says \(all.sorted())")
        return "all as they should be"
    }

    private static func identities(_ probe: Probe) throws(ConformanceError) -> String {
        let stream = try probe.stream(["n": 2, "stream_options": ["include_usage": true]])
        for name in ["id", "created", "model", "system_fingerprint"] {
            let values = stream.chunks.map { $0[name]?.serialized() ?? "absent" }
            try require(Set(values).count == 1, "\(Set(values).count) values of \(name) in one stream")
            try require(values[0] != "absent" && values[0] != "null", "no \(name)")
        }
        let id = stream.chunks[0]["id"]?.stringValue ?? ""
        try require(id.hasPrefix("chatcmpl-"), "the id is “\(id.prefix(40))”")
        let random = id.dropFirst(9)
        let isHexadecimal = random.allSatisfy { $0.isHexDigit || $0 == "-" }
        let bits = random.filter { $0 != "-" }.count * (isHexadecimal ? 4 : 6) - (isHexadecimal ? 0 : 5)
        try require(bits >= 96, "an id with at most \(bits) random bits")
        try require(stream.chunks[0]["created"]?.intValue != nil, "created is no integer")
        let another = try probe.answer([:], fresh: true)["id"]?.stringValue
        let third = try probe.answer([:], fresh: true)["id"]?.stringValue
        try require(another != third, "two answers have one id")
        return id
    }

    private static func roles(_ probe: Probe) throws(ConformanceError) -> String {
        for stream in [try probe.stream(), try probe.stream(["n": 2, "stream_options": ["include_usage": true]])] {
            for index in Set(stream.choices.compactMap { $0["index"]?.intValue }) {
                let deltas = stream.choices(Int(index)).compactMap { $0["delta"] }
                try require(deltas.first?["role"] == "assistant", "the first delta of choice \(index) has no role")
                let content = deltas.first?["content"]
                try require(
                    content == "", "the first delta's content is \(content?.serialized().prefix(30) ?? "absent")")
                let later = deltas.dropFirst().filter { $0["role"] != nil }.count
                try require(later == 0, "\(later) later deltas have a role")
            }
        }
        return "first and only there"
    }

    private static func joins(_ probe: Probe) throws(ConformanceError) -> String {
        for members: JSONObject in [["temperature": 1, "max_tokens": 40], [:]] {
            let whole = try probe.answer(members).content ?? ""
            let joined = try probe.stream(members).joined("content")
            try require(joined == whole, "“\(joined.prefix(40))…” instead of “\(whole.prefix(40))…”")
        }
        return "equal, at temperature 0 and 1"
    }

    private static func finishes(_ probe: Probe) throws(ConformanceError) -> String {
        for count in [1, 2] {
            let stream = try probe.stream(["n": .int(Int64(count)), "stream_options": ["include_usage": true]])
            for index in Set(stream.choices.compactMap { $0["index"]?.intValue }).sorted() {
                let choices = stream.choices(Int(index))
                try require(choices.allSatisfy { $0["finish_reason"] != nil }, "a chunk without finish_reason")
                let ended = choices.filter { $0["finish_reason"]?.isNull == false }
                try require(ended.count == 1, "choice \(index) ends \(ended.count) times")
                try require(choices.last?["finish_reason"]?.isNull == false, "a chunk after the finishing one")
                try require(
                    ended[0]["delta"]?.objectValue?.isEmpty == true,
                    "the finishing delta is \((ended[0]["delta"] ?? .null).serialized().prefix(60))")
            }
        }
        return "one each, with delta {}"
    }

    private static func several(_ probe: Probe) throws(ConformanceError) -> String {
        let members: JSONObject = [
            "n": 2, "temperature": 1, "max_tokens": 12, "ignore_eos": true, "logprobs": true,
            "stream_options": ["include_usage": true],
        ]
        let stream = try probe.stream(members)
        let order = stream.choices.compactMap { $0["index"]?.intValue }
        try require(Set(order) == [0, 1], "the indices are \(Set(order).sorted())")
        let end = stream.choices.firstIndex { $0["index"] == 0 && $0["finish_reason"]?.isNull == false }
        let begin = stream.choices.firstIndex { $0["index"] == 1 }
        try require((begin ?? .max) < (end ?? 0), "the second choice begins only when the first has ended")
        var unstreamed = members
        unstreamed["stream_options"] = nil
        let whole = try probe.answer(unstreamed)
        let tokens = (whole["choices"]?.arrayValue ?? []).map { $0["logprobs"]?["content"]?.arrayValue?.count ?? 0 }
        try require(tokens.count == 2, "\(tokens.count) choices for n = 2")
        let isCut = (whole["choices"]?.arrayValue ?? []).allSatisfy { $0["finish_reason"] == "length" }
        let used = [stream.usage?["completion_tokens"]?.intValue, whole["usage"]?["completion_tokens"]?.intValue]
        var expected = isCut ? 24 : Int64(tokens.reduce(0, +))
        if expected == 0 {
            // Without logprobs nobody knows what each choice has: two of them have more than one.
            let one = Int64(try probe.answer(unstreamed.with(["n": 1])).usage("completion_tokens") ?? 0)
            expected = used[0] ?? 0
            try require(expected > one, "usage says \(expected) for two choices, \(one) for one")
        }
        try require(used == [expected, expected], "usage says \(used.map { $0 ?? -1 }), the choices have \(expected)")
        return "\(expected) tokens in two choices"
    }

    static let usage = [
        Statement(20, "Usage in a stream exactly where asked for", check: streamedUsage),
        Statement(21, "stream_options without a stream is an error") { probe throws(ConformanceError) in
            let answer = probe.chat(["stream_options": ["include_usage": true]])
            try require(answer.status == 400, "answered with \(answer.brief)")
            let parameter = answer.json?["error"]?["param"]?.stringValue ?? "none"
            try require(parameter.hasPrefix("stream_options"), "param is \(parameter)")
            return "400, param \(parameter)"
        },
        Statement(22, "Counts add up, streamed and not", check: sums),
        Statement(23, "Details of usage are always there", check: details),
    ]

    private static func streamedUsage(_ probe: Probe) throws(ConformanceError) -> String {
        let plain = try probe.stream()
        try require(!plain.chunks.contains { $0["usage"]?.isNull == false }, "usage that nobody asked for")
        let stream = try probe.stream(["stream_options": ["include_usage": true]])
        let counted = stream.chunks.indices.filter { stream.chunks[$0]["usage"]?.isNull == false }
        try require(counted == [stream.chunks.count - 1], "usage in \(counted.count) of \(stream.chunks.count) chunks")
        let others = stream.chunks.dropLast()
        try require(others.allSatisfy { $0["usage"]?.isNull == true }, "a chunk before it lacks usage: null")
        let isLast = others.last?["choices"]?[0]?["finish_reason"]?.isNull == false
        try require(isLast, "the usage does not follow the last finish")
        let continuous = try probe.stream([
            "stream_options": ["include_usage": true, "continuous_usage_stats": true]
        ])
        let bare = continuous.chunks.filter { $0["usage"]?.isNull ?? true }.count
        try require(bare == 0, "with continuous_usage_stats \(bare) chunks have no usage")
        return "one chunk, before [DONE]"
    }

    private static func sums(_ probe: Probe) throws(ConformanceError) -> String {
        let whole = try probe.answer()
        let streamed = try probe.stream(["stream_options": ["include_usage": true]]).usage ?? .null
        for usage in [whole["usage"] ?? .null, streamed] {
            let counts = ["prompt_tokens", "completion_tokens", "total_tokens"].map { usage[$0]?.intValue ?? -1 }
            try require(counts[0] > 0 && counts[1] > 0, "usage is \(usage.serialized().prefix(80))")
            try require(counts[0] + counts[1] == counts[2], "\(counts[0]) + \(counts[1]) ≠ \(counts[2])")
        }
        for name in ["prompt_tokens", "completion_tokens", "total_tokens"] {
            try require(whole["usage"]?[name] == streamed[name], "streamed, \(name) differs")
        }
        let call = probe.chat(Calls.required)
        if call.status == 200 {
            let tokens = call.json?.usage("completion_tokens") ?? 0
            try require(tokens > 0, "a tool call counts \(tokens) tokens")
        }
        return "\(whole.usage("prompt_tokens") ?? 0) + \(whole.usage("completion_tokens") ?? 0)"
    }

    private static func details(_ probe: Probe) throws(ConformanceError) -> String {
        let whole = try probe.answer()["usage"] ?? .null
        let streamed = try probe.stream(["stream_options": ["include_usage": true]]).usage ?? .null
        for usage in [whole, streamed] {
            let cached = usage["prompt_tokens_details"]?["cached_tokens"]?.intValue
            let thought = usage["completion_tokens_details"]?["reasoning_tokens"]?.intValue
            try require(cached != nil, "no prompt_tokens_details.cached_tokens")
            try require(thought != nil, "no completion_tokens_details.reasoning_tokens")
            let most = usage["completion_tokens"]?.intValue ?? 0
            try require((thought ?? 0) <= most, "\(thought ?? 0) reasoning tokens of \(most)")
        }
        return "cached_tokens and reasoning_tokens"
    }
}

import HTTPClient
import JSON

/// 45–48: log probabilities.
extension Statement {
    static let logprobs = [
        Statement(45, "logprobs: an object where asked for, else null") { probe throws(ConformanceError) in
            let plain = try probe.answer().firstChoice?["logprobs"]
            try require(plain == .some(.null), "not asked for, logprobs is \(plain?.kind ?? "absent")")
            let asked = try probe.answer(["logprobs": true]).firstChoice?["logprobs"]
            try require(asked?["content"]?.arrayValue?.isEmpty == false, "asked for, there is no content")
            try require(asked?["refusal"] == .some(.null), "refusal is \(asked?["refusal"]?.kind ?? "absent")")
            let off = try probe.answer(["logprobs": false]).firstChoice?["logprobs"]
            try require(off == .some(.null), "logprobs: false gives \(off?.kind ?? "absent")")
            return "null, and \(asked?["content"]?.arrayValue?.count ?? 0) entries"
        },
        Statement(46, "Entries and top_logprobs", check: entries),
        Statement(47, "Bytes join to the text, no NaN and no Infinity", check: joinedBytes),
        Statement(48, "Streamed, with n, and in the legacy form", check: everywhere),
    ]

    private static func entries(_ probe: Probe) throws(ConformanceError) -> String {
        for count in [0, 3, 20] {
            let members: JSONObject = ["logprobs": true, "top_logprobs": .int(Int64(count)), "max_tokens": 6]
            let entries = try probe.answer(members).firstChoice?["logprobs"]?["content"]?.arrayValue ?? []
            try require(!entries.isEmpty, "no entries")
            for entry in entries {
                let top = entry["top_logprobs"]?.arrayValue
                try require(top?.count == count, "\(top.map { "\($0.count)" } ?? "no") alternatives of \(count)")
                for one in [entry] + (top ?? []) { try checkEntry(one) }
            }
        }
        for members: JSONObject in [
            ["logprobs": true, "top_logprobs": 21], ["top_logprobs": 2], ["logprobs": true, "top_logprobs": -1],
        ] {
            let answer = probe.chat(members)
            try require(answer.status == 400, "\(JSONValue.object(members).serialized()): \(answer.brief)")
        }
        return "0, 3 and 20 alternatives"
    }

    private static func checkEntry(_ entry: JSONValue) throws(ConformanceError) {
        try require(entry["token"]?.stringValue != nil, "an entry without token")
        let logprob = entry["logprob"]?.doubleValue ?? 1
        try require((-9999...0.001).contains(logprob), "a logprob of \((entry["logprob"] ?? .null).serialized())")
        let bytes = entry["bytes"] ?? "absent"
        let isList = bytes.arrayValue?.allSatisfy { (0...255).contains($0.intValue ?? -1) } == true
        try require(isList || bytes.isNull, "bytes is \(bytes.serialized().prefix(40))")
    }

    /// The bytes of entries, joined.
    private static func bytes(_ logprobs: JSONValue?) -> [UInt8] {
        (logprobs?["content"]?.arrayValue ?? []).flatMap { entry in
            (entry["bytes"]?.arrayValue ?? []).compactMap { $0.intValue.flatMap { UInt8(exactly: $0) } }
        }
    }

    private static func joinedBytes(_ probe: Probe) throws(ConformanceError) -> String {
        let plain = try probe.answer(probe.unthinking().with(["logprobs": true, "top_logprobs": 20]))
        let foxes = try Foxes.answer(probe, ["logprobs": true, "top_logprobs": 20])
        for answer in [plain, foxes] {
            let text = Array((answer.content ?? "").utf8)
            let joined = bytes(answer.firstChoice?["logprobs"])
            let seen = String(decoding: joined, as: UTF8.self)
            // A character that the limit cut in two is in the bytes, and in the text as U+FFFD or not at all.
            let isCut = answer.firstChoice?["finish_reason"] == "length"
            let isEqual = joined == text || (isCut && uncut(seen).elementsEqual(uncut(answer.content ?? "")))
            try require(
                isEqual, "the bytes give “\(seen.prefix(40))”, the text is “\((answer.content ?? "").prefix(40))”")
            for entry in answer.firstChoice?["logprobs"]?["content"]?.arrayValue ?? [] {
                for one in [entry] + (entry["top_logprobs"]?.arrayValue ?? []) { try checkEntry(one) }
            }
        }
        return "\(bytes(plain.firstChoice?["logprobs"]).count) and \(bytes(foxes.firstChoice?["logprobs"]).count) bytes"
    }

    /// A text without what is left of a character at its end.
    private static func uncut(_ text: String) -> String.UnicodeScalarView {
        var scalars = text.unicodeScalars
        while scalars.last == "\u{FFFD}" { scalars.removeLast() }
        return scalars
    }

    private static func everywhere(_ probe: Probe) throws(ConformanceError) -> String {
        let members: JSONObject = ["logprobs": true, "top_logprobs": 1, "n": 2, "temperature": 1, "max_tokens": 8]
        let whole = try probe.answer(members)
        let stream = try probe.stream(members)
        for index in 0..<2 {
            let expected = whole["choices"]?[index]?["logprobs"]?["content"]?.arrayValue ?? []
            try require(!expected.isEmpty, "choice \(index) has no logprobs")
            let joined = stream.choices(index).flatMap { $0["logprobs"]?["content"]?.arrayValue ?? [] }
            let tokens = [joined, expected].map { $0.map { $0["token"]?.stringValue ?? "" } }
            try require(
                tokens[0] == tokens[1], "streamed, choice \(index) has \(joined.count) entries of \(expected.count)")
        }
        let call = try probe.answer(Calls.required.with(["logprobs": true])).firstChoice?["logprobs"]
        try require(call?["content"]?.arrayValue?.isEmpty == false, "a tool call without logprobs")
        let legacy = try Probe.success(probe.complete(["prompt": "Rivers are", "logprobs": 2]))
        let report = legacy.firstChoice?["logprobs"] ?? .null
        let counts = ["tokens", "token_logprobs", "top_logprobs", "text_offset"].map { report[$0]?.arrayValue?.count }
        try require(
            counts.allSatisfy { $0 != nil && $0 == counts[0] }, "the legacy form has \(counts.map { $0 ?? -1 })")
        let texts = (report["tokens"]?.arrayValue ?? []).compactMap(\.stringValue).joined()
        let isText = texts == legacy.firstChoice?["text"]?.stringValue || texts.contains("bytes:")
        try require(isText, "the legacy tokens do not join to the text")
        return "\(counts[0] ?? 0) legacy entries"
    }
}

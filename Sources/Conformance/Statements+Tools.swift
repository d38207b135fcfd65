import HTTPClient
import JSON

/// Requests that call tools.
enum Calls {
    /// A function with two parameters, one of them from a list.
    static let weather: JSONValue = [
        "type": "function",
        "function": [
            "name": "get_weather", "description": "The weather of a city.", "strict": true,
            "parameters": [
                "type": "object",
                "properties": [
                    "city": ["type": "string", "maxLength": 40],
                    "unit": ["type": "string", "enum": ["celsius", "fahrenheit"]],
                    "days": ["type": "integer", "minimum": 1, "maximum": 9],
                ],
                "required": ["city", "unit", "days"], "additionalProperties": false,
            ],
        ],
    ]

    /// A function without parameters.
    static let time: JSONValue = [
        "type": "function",
        "function": [
            "name": "get_time", "description": "The time now.",
            "parameters": ["type": "object", "properties": [:], "additionalProperties": false],
        ],
    ]

    /// Both tools, and room for a call.
    static let both: JSONObject = [
        "messages": Probe.say("What is the weather in Paris, in celsius?"), "tools": [weather, time], "max_tokens": 320,
    ]
    /// Some tool must be called.
    static let required = both.with(["tools": [weather], "tool_choice": "required", "parallel_tool_calls": false])
    /// This tool must be called.
    static let named = both.with(["tool_choice": choosing("get_weather")])

    /// The choice of one function.
    static func choosing(_ name: String) -> JSONValue { ["type": "function", "function": ["name": .string(name)]] }

    /// A call of an earlier turn.
    static func past(_ id: String) -> JSONValue {
        [
            "id": .string(id), "type": "function",
            "function": ["name": "get_weather", "arguments": #"{"city": "Paris", "unit": "celsius", "days": 1}"#],
        ]
    }

    /// The calls of an answer's first choice.
    static func of(_ answer: JSONValue) -> [JSONValue] {
        answer.firstChoice?["message"]?["tool_calls"]?.arrayValue ?? []
    }

    /// Refuses arguments that are not what the weather function declares.
    static func checkArguments(_ text: String?) throws(ConformanceError) {
        let text = text ?? ""
        let value = try? JSONParser.parse(text, limits: .request)
        guard let object = value?.objectValue else {
            throw .violation("arguments that are no object: “\(text.prefix(60))”")
        }
        let isKnown = object["unit"] == "celsius" || object["unit"] == "fahrenheit"
        let days = object["days"]?.intValue ?? 0
        try require(
            object.keys == ["city", "unit", "days"] && object["city"]?.stringValue != nil && isKnown
                && (1...9).contains(days), "arguments against the schema: \(text.prefix(80))")
    }
}

/// 32–36: tool calls.
extension Statement {
    static let tools = [
        Statement(32, "A call has an id, a type, a name and JSON arguments", check: wholeCalls),
        Statement(33, "Fragments of calls have an index and join", check: fragments),
        Statement(34, "tool_choice in every form, others refused", check: choosing),
        Statement(35, "One call at most without parallel calls, strict arguments", check: strictness),
        Statement(36, "No markup of a call in content", check: markup),
    ]

    private static func wholeCalls(_ probe: Probe) throws(ConformanceError) -> String {
        let calls = Calls.of(try probe.answer(Calls.named))
        try require(!calls.isEmpty, "no call under a named function")
        let none = Calls.of(try probe.answer(Calls.both.with(["tool_choice": Calls.choosing("get_time")])))
        try require(!none.isEmpty, "no call of a function without parameters")
        for call in calls + none {
            try require(
                call["id"]?.stringValue?.hasPrefix("call_") == true, "the id is \((call["id"] ?? .null).serialized())")
            try require(call["type"] == "function", "the type is \((call["type"] ?? .null).serialized())")
            try require(call["function"]?["name"]?.stringValue != nil, "no function.name")
            guard let text = call["function"]?["arguments"]?.stringValue else {
                throw .violation("arguments are no string but \(call["function"]?["arguments"]?.kind ?? "absent")")
            }
            let isObject = (try? JSONParser.parse(text, limits: .request))?.objectValue != nil
            try require(isObject, "arguments that are no JSON object: “\(text.prefix(60))”")
        }
        let ids = (calls + none).compactMap { $0["id"]?.stringValue }
        try require(Set(ids).count == ids.count, "an id occurs twice")
        let empty = none[0]["function"]?["arguments"]?.stringValue ?? ""
        try require(empty.filter { !$0.isWhitespace } == "{}", "no arguments are “\(empty.prefix(40))”")
        return (calls[0]["function"]?["arguments"]?.stringValue ?? "").prefix(60) + ""
    }

    private static func fragments(_ probe: Probe) throws(ConformanceError) -> String {
        let members = Calls.required.with(["parallel_tool_calls": true])
        let stream = try probe.stream(members)
        let pieces = stream.choices.flatMap { $0["delta"]?["tool_calls"]?.arrayValue ?? [] }
        try require(!pieces.isEmpty, "no tool call in the stream")
        var arguments: [Int64: String] = [:]
        for piece in pieces {
            guard let index = piece["index"]?.intValue else { throw .violation("a fragment without an index") }
            let isFirst = arguments[index] == nil
            try require(!isFirst || index == Int64(arguments.count), "index \(index) after \(arguments.count) calls")
            let head = [piece["id"], piece["type"], piece["function"]?["name"]]
            let count = head.count { $0?.stringValue != nil }
            try require(
                count == (isFirst ? 3 : 0), "a \(isFirst ? "first" : "later") fragment with \(count) of id, type, name")
            arguments[index, default: ""] += piece["function"]?["arguments"]?.stringValue ?? ""
        }
        let whole = Calls.of(try probe.answer(members)).map { $0["function"]?["arguments"]?.stringValue ?? "" }
        let joined = arguments.sorted { $0.key < $1.key }.map(\.value)
        try require(joined == whole, "“\(joined.joined().prefix(50))” instead of “\(whole.joined().prefix(50))”")
        let filled = pieces.count { $0["function"]?["arguments"]?.stringValue?.isEmpty == false }
        try require(filled > 1 || joined.joined().count < 20, "\(joined.joined().count) characters in one fragment")
        return "\(pieces.count) fragments, \(joined.joined().count) characters"
    }

    private static func choosing(_ probe: Probe) throws(ConformanceError) -> String {
        let none = try probe.answer(Calls.both.with(["tool_choice": "none", "max_tokens": 24]))
        try require(Calls.of(none).isEmpty, "a call under none")
        _ = try probe.answer(Calls.both.with(["tool_choice": "auto", "max_tokens": 24]))
        _ = try probe.answer(["tools": []])
        let allowed: JSONValue = [
            "type": "allowed_tools",
            "allowed_tools": ["mode": "required", "tools": [["type": "function", "function": ["name": "get_time"]]]],
        ]
        let expected: [(String, JSONObject, Set<String>)] = [
            ("required", Calls.required, ["get_weather"]),
            ("a named function", Calls.both.with(["tool_choice": Calls.choosing("get_time")]), ["get_time"]),
            ("allowed_tools", Calls.both.with(["tool_choice": allowed]), ["get_time"]),
        ]
        for (what, members, names) in expected {
            let called = Calls.of(try probe.answer(members)).map { $0["function"]?["name"]?.stringValue ?? "" }
            try require(!called.isEmpty && names.isSuperset(of: called), "\(what): called \(called)")
        }
        for choice: JSONValue in [
            Calls.choosing("no_such_function"), "banana", 3, true, [], ["type": "function"], ["type": "banana"], [:],
            ["name": "get_time"],
        ] {
            let answer = probe.chat(Calls.both.with(["tool_choice": choice, "max_tokens": 4]))
            try require(answer.status == 400, "\(choice.serialized()): \(answer.brief)")
        }
        let alone = probe.chat(["tool_choice": "auto"])
        try require(alone.status == 400, "tool_choice without tools: \(alone.brief)")
        return "five forms, nine refused"
    }

    private static func strictness(_ probe: Probe) throws(ConformanceError) -> String {
        for temperature in [0, 1, 2] {
            let members = Calls.required.with([
                "parallel_tool_calls": false, "temperature": .int(Int64(temperature)), "max_tokens": 400,
                "messages": Probe.say("What is the weather in Paris, in Rome and in Oslo?"),
            ])
            let calls = Calls.of(try probe.answer(members))
            try require(calls.count == 1, "\(calls.count) calls")
            try Calls.checkArguments(calls[0]["function"]?["arguments"]?.stringValue)
        }
        return "one call, arguments as declared"
    }

    private static func markup(_ probe: Probe) throws(ConformanceError) -> String {
        let marks = ["<tool_call", "</tool_call", "[TOOL_CALLS]", "<|python_tag|>", "<function=", ">>>get_weather"]
        for members in [Calls.required, Calls.named, Calls.both] {
            let whole = try probe.answer(members)
            let stream = try probe.stream(members)
            for text in [whole.content ?? "", stream.joined("content"), stream.joined("reasoning_content")] {
                let mark = marks.first { text.contains($0) }
                try require(mark == nil, "“\(mark ?? "")” in “\(text.prefix(60))”")
            }
            guard !Calls.of(whole).isEmpty else { continue }
            try require(stream.joined("content") == whole.content ?? "", "streamed content differs from the whole one")
        }
        return "none seen"
    }
}

import FoundationEssentials
import JSON
import OpenAI
import Service

/// Tools, and answers that call them, as the tests use them.
enum ToolSamples {
    /// The members of a request with two tools, one of them with a parameter of every type.
    static let members = """
        "tools": [{"type": "function", "function": {"name": "get_weather", "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"},
        "exact": {"type": "boolean"}, "more": {"type": ["object", "null"]}}, "required": ["city"]}}},
        {"type": "function", "function": {"name": "now", "description": "The time"}}]
        """.replacing("\n", with: " ")

    /// The same as options.
    static func options(_ more: String = "") throws -> ToolOptions {
        let body = #"{"messages": [{"role": "user", "content": "hi"}], "# + members + more + "}"
        let request = try ChatRequest(JSONParser.parse(body, limits: .request), limits: requestLimits)
        guard let tools = request.prompt.tools else { throw APIError.missing("tools") }
        return tools
    }

    /// What an answer comes to.
    struct Reading: Equatable {
        var content: String
        /// Name and arguments, in turn.
        var calls: [String]

        init(_ content: String, _ calls: [String]) {
            self.content = content
            self.calls = calls
        }

        /// What a scanner made of a text.
        init(_ text: [UInt8], _ findings: CallScanner.Findings) {
            var content: [UInt8] = []
            var start = 0
            func add(to end: Int) {
                content += zip(text[start..<end], findings.isText[start..<end]).filter(\.1).map(\.0)
                start = end
            }
            for (bytes, event) in findings.events {
                guard case .withdrawn(let text) = event else { continue }
                add(to: bytes)
                content += text
            }
            add(to: findings.isText.count)
            var numbering = CallNumbering(answer: "a", sequence: 0)
            self.content = String(decoding: content, as: UTF8.self)
            calls = numbering.calls(of: findings.events.map(\.event)).flatMap { [$0.name, $0.arguments] }
        }
    }

    /// An answer and what it comes to.
    struct Sample: CustomStringConvertible {
        let format: ToolFormat
        let text: String
        let reading: Reading

        init(_ format: ToolFormat, _ text: String, _ content: String, _ calls: [String]) {
            self.format = format
            self.text = text
            reading = Reading(content, calls)
        }

        var description: String { "\(format): \(text)" }
    }

    private static let paris = #"{"city": "Paris"}"#

    /// Answers that call tools as their models' makers intended.
    static let wellFormed: [Sample] = [
        Sample(
            .hermes, "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": \(paris)}\n</tool_call>", "",
            ["get_weather", paris]),
        Sample(
            .hermes,
            "I look.\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": \(paris)}\n</tool_call>\n<tool_call>\n"
                + "{\"name\": \"now\", \"arguments\": {}}\n</tool_call>", "I look.",
            ["get_weather", paris, "now", "{}"]),
        Sample(
            .hermes, "<tool_call>{\"arguments\": \(paris), \"id\": 7, \"name\": \"get_weather\"}</tool_call> Done.",
            " Done.", ["get_weather", paris]),
        Sample(
            .xml,
            "<tool_call>\n<function=get_weather>\n<parameter=city>\nP\n\"aris\"\n</parameter>\n<parameter=days>\n3\n"
                + "</parameter>\n</function>\n</tool_call>", "",
            ["get_weather", #"{"city": "P\n\"aris\"", "days": 3}"#]),
        Sample(.xml, "<tool_call>\n<function=now>\n</function>\n</tool_call>", "", ["now", "{}"]),
        Sample(
            .xml, "<function=get_weather>\n<parameter=exact>\nTrue\n</parameter>\n</function>", "",
            ["get_weather", #"{"exact": true}"#]),
        Sample(.llama3, "{\"name\": \"get_weather\", \"parameters\": \(paris)}", "", ["get_weather", paris]),
        Sample(
            .llama3,
            "<|python_tag|>{\"name\": \"get_weather\", \"parameters\": \(paris)}; {\"name\": \"now\", \"parameters\": {}}",
            "", ["get_weather", paris, "now", "{}"]),
        Sample(
            .llama3,
            "{\"name\": \"now\"}\n{\"type\": \"function\", \"name\": \"get_weather\", \"parameters\": \(paris)}",
            "", ["now", "{}", "get_weather", paris]),
        Sample(
            .mistral,
            "[TOOL_CALLS][{\"name\": \"get_weather\", \"arguments\": \(paris)}, {\"name\": \"now\", \"arguments\": {}}]",
            "", ["get_weather", paris, "now", "{}"]),
        Sample(
            .mistral, "Well.[TOOL_CALLS]get_weather[ARGS]\(paris)[TOOL_CALLS]now[CALL_ID]abc123def[ARGS]{}", "Well.",
            ["get_weather", paris, "now", "{}"]),
        Sample(.mistral, "[TOOL_CALLS]get_weather\(paris)", "", ["get_weather", paris]),
        Sample(
            .functionary, "<function=get_weather>\(paris)</function><function=now>{}</function>", "",
            ["get_weather", paris, "now", "{}"]),
        Sample(
            .recipient, "get_weather\n\(paris)\n>>>now\n{}", "", ["get_weather", paris, "now", "{}"]),
        Sample(.recipient, "all\nHello.\n>>>get_weather\n\(paris)", "Hello.", ["get_weather", paris]),
        Sample(.recipient, "all\nHello.", "Hello.", []),
        Sample(
            .pythonic,
            "[get_weather(city=\"Paris\", days=-3, exact=True, more={'a': [1, None], \"b\": 'x\"y'}), now()]",
            "",
            [
                "get_weather", #"{"city": "Paris", "days": -3, "exact": true, "more": {"a": [1, null], "b": "x\"y"}}"#,
                "now", "{}",
            ]),
        Sample(
            .pythonic, "I look. <|tool_call_start|>[now()]<|tool_call_end|>", "I look.", ["now", "{}"]),
        Sample(
            .nemotron,
            "<TOOLCALL>[{\"name\": \"get_weather\", \"arguments\": \(paris)}, {\"name\": \"now\", \"arguments\": {}}]"
                + "</TOOLCALL>", "", ["get_weather", paris, "now", "{}"]),
        Sample(
            .deepseek,
            "I look.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n\(paris)\n```"
                + "<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n{}\n```<｜tool▁call▁end｜>"
                + "<｜tool▁calls▁end｜>", "I look.", ["get_weather", paris, "now", "{}"]),
        Sample(
            .deepseek,
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>\(paris)<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
            "", ["get_weather", paris]),
        Sample(.llama3, "I look. <function=get_weather>\(paris)</function>", "I look.", ["get_weather", paris]),
        Sample(
            .hermes, "<tools>\n{\"name\": \"get_weather\", \"arguments\": \(paris)}\n</tools>", "",
            ["get_weather", paris]),
    ]

    /// Answers that look like calls and are none, or are less than they should be.
    static let others: [Sample] = [
        Sample(
            .hermes, "<tool_call>\n{\"name\": \"other\", \"arguments\": {}}\n</tool_call>",
            "<tool_call>\n{\"name\": \"other\", \"arguments\": {}}\n</tool_call>", []),
        Sample(.hermes, "a <tool_call> b <tool", "a <tool_call> b <tool", []),
        Sample(.hermes, "<tool_call><tool_call>{\"name\": \"now\"}</tool_call>", "", ["now", "{}"]),
        Sample(
            .hermes, "<tool_call>{\"name\": \"now\", \"arguments\": [1]}</tool_call>",
            "<tool_call>{\"name\": \"now\", \"arguments\": [1]}</tool_call>", []),
        Sample(
            .hermes, "<tool_call>{\"name\": \"now\", \"arguments\": \"{\\\"a\\\": 1}\"}</tool_call>", "",
            ["now", #"{"a": 1}"#]),
        Sample(.hermes, "<tool_call>{\"name\": \"now\", \"arguments\": null}", "", ["now", "{}"]),
        Sample(
            .hermes, "<tool_call>{\"name\": \"now\", \"arguments\": {\"a\": 1 \"b\": 2}}</tool_call>",
            "", ["now", #"{"a": 1, "b": 2}"#]),
        Sample(
            .hermes,
            "<tool_call>{\"name\": \"now\", \"arguments\": {\"a\": \"x\ty\", 'b': [1, 2,], \"c\": True,}}</tool_call>",
            "",
            ["now", #"{"a": "x\ty", "b": [1, 2], "c": true}"#]),
        Sample(
            .hermes,
            "<tool_call>{\"name\": \"now\", \"arguments\": {\"a\": \"C:\\data\\u00e9 \\ud83d x\"}}</tool_call>", "",
            ["now", #"{"a": "C:\\data\u00e9 \ufffd x"}"#]),
        Sample(
            .hermes,
            "<tool_call>[{\"function\": {\"name\": \"now\", \"arguments\": {}}, \"type\": \"function\"}]</tool_call>\n\n",
            "",
            ["now", "{}"]),
        Sample(.hermes, "\n\n Hello \n", "\n\n Hello \n", []),
        Sample(.llama3, "{\"name\": \"Ann\", \"age\": 3}", "{\"name\": \"Ann\", \"age\": 3}", []),
        Sample(
            .llama3, "See: {\"name\": \"now\", \"parameters\": {}}", "See: {\"name\": \"now\", \"parameters\": {}}", []),
        Sample(.llama3, "<|python_tag|>print(1)", "<|python_tag|>print(1)", []),
        Sample(.mistral, "[TOOL_CALLS][]", "[TOOL_CALLS][]", []),
        Sample(.mistral, "[TOOL_CALLS]other[ARGS]{}", "[TOOL_CALLS]other[ARGS]{}", []),
        Sample(
            .functionary, "<function=other>{}</function> <function=", "<function=other>{}</function> <function=", []),
        Sample(.recipient, "Hello >>> there", "Hello >>> there", []),
        Sample(.pythonic, "[1, 2, now()]", "[1, 2, now()]", []),
        Sample(.pythonic, "[now(city)]", "[now(city)]", []),
        Sample(.pythonic, "[get_weather(city=\"Paris\"", "", ["get_weather", #"{"city": "Paris"}"#]),
        Sample(
            .xml, "<tool_call><function=get_weather><parameter=city>a</b</parameter>", "",
            ["get_weather", #"{"city": "a</b"}"#]),
    ]
}

import JSON
import OpenAI
import Service

/// Answers whose calls are untidy, or written otherwise than the format says.
enum UntidyCalls {
    typealias Sample = ToolSamples.Sample

    /// Tools whose arguments are described in every way.
    static let tools = #"""
        "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties":
        {"city": {"type": "string"}, "days": {"type": "integer"}}}}}, {"type": "function", "function": {"name": "now"}},
        {"type": "function", "function": {"name": "write", "parameters": {"type": "object", "$defs": {"Text": {"type":
        "string"}, "Mode": {"enum": ["5", "on", null]}}, "properties": {"text": {"type": "string"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "mode": {"anyOf": [{"const": "edit"}, {"const": "view"}, {"type": "null"}]}, "ref": {"$ref": "#/$defs/Text"},
        "listed": {"$ref": "#/$defs/Mode"}, "one": {"oneOf": [{"type": "string"}, {"type": "boolean"}]},
        "all": {"allOf": [{"type": ["string", "integer"]}, {"type": "string"}]}, "seven": {"const": "7"},
        "path": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}, "more": {"type": "object"},
        "count": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "loop": {"$ref": "#/properties/loop"},
        "any": {}}}}}]
        """#.replacing("\n", with: " ")

    static func functions() throws -> CallableFunctions {
        let body = #"{"messages": [{"role": "user", "content": "hi"}], "# + tools + "}"
        let request = try ChatRequest(JSONParser.parse(body, limits: .request), limits: requestLimits)
        return CallableFunctions(request.prompt.tools?.callable ?? [])
    }

    private static func xml(_ inside: String) -> String {
        "<tool_call>\n<function=write>\n\(inside)</function>\n</tool_call>"
    }

    private static func parameter(_ key: String, _ text: String, _ json: String) -> Sample {
        Sample(
            .xml, xml("<parameter=\(key)>\n\(text)\n</parameter>\n"), "",
            ["write", "{\(JSONValue.string(key).serialized()): \(json)}"])
    }

    private static func text(_ value: String) -> [String] {
        ["write", "{\"text\": \(JSONValue.string(value).serialized())}"]
    }

    private static let example = xml("<parameter=text>\nq\n</parameter>\n")

    /// F1: where a value ends.
    static let ends: [Sample] = [
        Sample(
            .xml,
            "<tool_call>\n<function=get_weather>\n<parameter=city>\nOslo\n<parameter=days>\n2\n</parameter>\n</function>\n"
                + "</tool_call>", "", ["get_weather", #"{"city": "Oslo", "days": 2}"#]),
        Sample(
            .xml, xml("<parameter=text>\nif line == \"</parameter>\":\n    stop()\n</parameter>\n"), "",
            text("if line == \"</parameter>\":\n    stop()")),
        Sample(.xml, xml("<parameter=text>\na\n</parameter>\nb\n</parameter>\n"), "", text("a\n</parameter>\nb")),
        Sample(
            .xml, xml("<parameter=text>\nx</function></tool_call>y\n</parameter>\n"), "",
            text("x</function></tool_call>y")),
        Sample(
            .xml, xml("<parameter=text>\na\n</function>\n</tool_call>\nb\n</parameter>\n"), "",
            text("a\n</function>\n</tool_call>\nb")),
        Sample(
            .xml, xml("<parameter=text>\n</function>\n</tool_call>\n</parameter>\n"), "",
            text("</function>\n</tool_call>")),
        Sample(.xml, xml("<parameter=text>\nOslo\n"), "", text("Oslo")),
        Sample(.xml, xml("<parameter=text>\nOslo\n") + "\nDone.", "\nDone.", text("Oslo")),
        Sample(
            .xml, xml("<parameter=text>\nOslo\n") + "\n" + xml("<parameter=text>\nRome\n</parameter>\n"), "",
            text("Oslo") + text("Rome")),
        Sample(.xml, "<tool_call>\n<function=write>\n<parameter=text>\nOslo\n</tool_call>", "", text("Oslo")),
        Sample(.xml, "<tool_call>\n<function=write>\n<parameter=text>\nOslo", "", text("Oslo")),
        Sample(.xml, "<function=write>\n<parameter=text>\nOslo\n</function>", "", text("Oslo")),
        Sample(.xml, xml("<parameter=text>\n<parameter=other>\n</parameter>\n"), "", text("<parameter=other>")),
        Sample(
            .xml, xml("<parameter=text>\nuse <parameter=note> so\n</parameter>\n"), "", text("use <parameter=note> so")),
        Sample(.xml, xml("<parameter=text></parameter>"), "", text("")),
        Sample(.xml, xml("<parameter=text>\n\n\n</parameter>"), "", text("\n")),
        Sample(
            .xml,
            xml("<parameter=text>\na\n</parameter>\n<parameter=text>\nb\n</parameter>\n<parameter=count>1</parameter>"),
            "", ["write", #"{"text": "a", "count": 1}"#]),
        Sample(.xml, xml("<parameter=\"ü\">\n☃\n</parameter>"), "", ["write", #"{"ü": "☃"}"#]),
        // An example of a call inside a value.
        Sample(
            .xml, xml("<parameter=text>\nSo:\n\(example)\nend\n</parameter>\n<parameter=count>\n2\n</parameter>\n"), "",
            ["write", "{\"text\": \(JSONValue.string("So:\n\(example)\nend").serialized()), \"count\": 2}"]),
        Sample(
            .xml, "<tool_call>\n<function=write>\n<parameter=text>\nOslo\n" + example, "",
            text("Oslo") + text("q")),
        Sample(
            .xml, xml("<parameter=text>\na\n<parameter=text>\nb\n</parameter>\n"), "", text("a\n<parameter=text>\nb")),
        Sample(
            .xml, xml("<parameter=path>\np\n</parameter>\n<parameter=text>\na\n<parameter=path>\nb\n</parameter>\n"),
            "",
            ["write", #"{"path": "p", "text": "a\n<parameter=path>\nb"}"#]),
        Sample(.xml, xml("<parameter=text>\nx\n</parameter>\n</parameter>\n"), "", text("x")),
        Sample(
            .xml, xml("<parameter=text>\r\nOslo\r\n</parameter>\r\n<parameter=path>\r\na\r\nb\r\n</parameter>\r\n"), "",
            ["write", #"{"text": "Oslo", "path": "a\r\nb"}"#]),
        Sample(
            .xml, xml("<parameter=text>\n<![CDATA[</parameter>]]>\n</parameter>"), "", text("<![CDATA[</parameter>]]>")),
    ]

    /// F2 and F10: what a value is.
    static let types: [Sample] = [
        parameter("note", "12345", #""12345""#), parameter("note", "null", "null"), parameter("note", "[1]", #""[1]""#),
        parameter("mode", "\"edit\"", #""edit""#), parameter("mode", "view", #""view""#),
        parameter("mode", "null", "null"), parameter("ref", "5", #""5""#), parameter("ref", "true", #""true""#),
        parameter("listed", "5", #""5""#), parameter("listed", "'on'", #""on""#), parameter("one", "7", #""7""#),
        parameter("one", "true", "true"), parameter("all", "5", #""5""#), parameter("seven", "7", #""7""#),
        parameter("count", "3.0", "3.0"), parameter("count", "\"3\"", "3"), parameter("count", "three", #""three""#),
        parameter("tags", "['python', 'tutorial']", #"["python", "tutorial"]"#),
        parameter("tags", "(\"a\", 'b',)", #"["a", "b"]"#), parameter("tags", "[\"a\", \"b\"]", #"["a", "b"]"#),
        parameter("more", "{'a': True, 'b': None}", #"{"a": true, "b": null}"#),
        parameter("any", "['x']", #"["x"]"#), parameter("any", "(1)", #""(1)""#), parameter("loop", "1", "1"),
        parameter("text", "True", #""True""#), parameter("note", "None", "null"),
        Sample(
            .mistral, "[TOOL_CALLS] [{'name': 'get_weather', 'arguments': {'city': 'J'}}]", "",
            ["get_weather", #"{"city": "J"}"#]),
        Sample(
            .hermes, "<tool_call>{'name': 'get_weather', 'arguments': {'city': \"it's\"}}</tool_call>", "",
            ["get_weather", #"{"city": "it's"}"#]),
    ]

    private static let oslo = #"{"name": "get_weather", "arguments": {"city": "Oslo"}}"#
    private static let called = ["get_weather", #"{"city": "Oslo"}"#]

    /// F3: markup around a call.
    static let leftovers: [Sample] = [
        Sample(.hermes, "Sure.\n<tool_call>\n\(oslo.dropLast())\n</tool_call>", "Sure.", called),
        Sample(.hermes, "Sure.\n<tool_call>\n\(oslo)}\n</tool_call>", "Sure.", called),
        Sample(.hermes, "<tool_call>\n\(oslo)}}]\n</tool_call>\n</tool_call> Done.", " Done.", called),
        Sample(
            .hermes, "<tool_call>\n\(oslo.dropLast())\n</tool_call>\n<tool_call>\n\(oslo)}\n</tool_call>", "",
            called + called),
        Sample(
            .xml, "Sure.\n<tool_call>\n<function=get_weather>\n<parameter=city>\nOslo\n</parameter>\n</tool_call>",
            "Sure.",
            called),
        Sample(
            .xml, "<function=get_weather>\n<parameter=city>\nOslo\n</parameter>\n</function>\n</tool_call>", "", called),
        Sample(.xml, "<tool_call>\n<function=now>\n</tool_call>", "", ["now", "{}"]),
        Sample(.llama3, #"{"name": "get_weather", "parameters": {"city": "Oslo"}}}"#, "", called),
        Sample(.llama3, "<function=get_weather{\"city\": \"Oslo\"}</function>", "", called),
        Sample(.functionary, "<function=get_weather>{\"city\": \"Oslo\"}}</function>", "", called),
        Sample(.mistral, "[TOOL_CALLS][\(oslo)]]", "", called),
        Sample(.pythonic, "<|tool_call_start|>[get_weather(city='Oslo'))]<|tool_call_end|>", "", called),
        Sample(.nemotron, "<TOOLCALL>[\(oslo.dropLast())]</TOOLCALL>", "", called),
        Sample(
            .deepseek,
            "<｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n{\"city\": \"Oslo\"}\n```<｜tool▁calls▁end｜>",
            "", called),
        Sample(.recipient, "now\n{}\n>>>all\n} end", "} end", ["now", "{}"]),
        Sample(.hermes, "Sure.\n<tool_call>\n<tool_call>\n\(oslo)\n</tool_call>", "Sure.", called),
        Sample(.hermes, "Sure.\n<tool_call>\n\(oslo)\n<tool_call>", "Sure.", called),
        Sample(.hermes, "<tool_call>\n\(oslo)\n<tool_call> Done.", " Done.", called),
        Sample(.hermes, "<tool_call>\n\(oslo)\n</tool_call>\n<tool_call>\n", "", called),
        Sample(.hermes, "<tool_call>\n\(oslo)\n<tool_call>\n\(oslo)\n</tool_call>", "", called + called),
        Sample(.hermes, "Sure.\n<tool_call>\n\(oslo)\n</tool>", "Sure.", called),
        Sample(.hermes, "Sure.\n<tool_call>\n\(oslo)\n</tool_calls> Done.", "Sure. Done.", called),
        Sample(.hermes, "Sure.\n<tool_call>\n\(oslo).\n</tool_call>", "Sure.", called),
        Sample(.hermes, "Sure.\n<tool_call>\n\(oslo). Done.", "Sure.. Done.", called),
        Sample(.mistral, "[TOOL_CALLS][\(oslo)][/TOOL_CALLS]", "", called),
        Sample(.hermes, "Sure.\n<tool_call>\n```json\n\(oslo)\n```\n</tool_call>", "Sure.", called),
        Sample(.hermes, "<tool_call>\n```python\nprint(1)\n```", "<tool_call>\n```python\nprint(1)\n```", []),
        Sample(
            .xml,
            "<tool_call>\n<function=\"get_weather\">\n<parameter=city>\nOslo\n</parameter>\n</function>\n</tool_call>",
            "", called),
        Sample(.hermes, "} </tool_call> no call", "} </tool_call> no call", []),
    ]

    /// F4: quotation marks that nothing escapes.
    static let quotes: [Sample] = [
        Sample(
            .hermes, #"<tool_call>{"name": "write", "arguments": {"text":"He said "hello" to me"}}</tool_call>"#, "",
            ["write", #"{"text":"He said \"hello\" to me"}"#]),
        Sample(
            .hermes, #"<tool_call>{"name": "write", "arguments": {"text": "a "b" ", "tags": ["x" , "y"]}}</tool_call>"#,
            "",
            ["write", #"{"text": "a \"b\" ", "tags": ["x" , "y"]}"#]),
        Sample(.pythonic, #"[write(text='it's', note="x")]"#, "", ["write", #"{"text": "it's", "note": "x"}"#]),
        Sample(
            .functionary, #"<function=write>{"text": "say "hi""}</function>"#, "",
            ["write", #"{"text": "say \"hi\""}"#]),
        Sample(
            .mistral, #"[TOOL_CALLS]write[ARGS]{"text": "\"quoted\" "too"" }"#, "",
            ["write", #"{"text": "\"quoted\" \"too\"" }"#]),
        Sample(
            .llama3, "{\"name\": \"write\", \"parameters\": {\"text\": \"a \"\n b\"}}", "",
            ["write", #"{"text": "a \"\n b"}"#]),
    ]

    /// F9: calls without the format's markup.
    static let bare: [Sample] = [
        Sample(.hermes, oslo, "", called),
        Sample(.hermes, "\n```json\n\(oslo)\n```\n", "", called),
        Sample(
            .hermes, "```\n\(oslo)\n```\n```json\n{\"name\": \"now\", \"arguments\": {}}\n```", "",
            called + ["now", "{}"]),
        Sample(.hermes, "[\(oslo), {'arguments': {}, 'name': 'now'}]", "", called + ["now", "{}"]),
        Sample(.hermes, "\(oslo)}", "", called),
        Sample(.hermes, oslo + "\n\nThat calls it.", oslo + "\n\nThat calls it.", []),
        Sample(.hermes, "So: " + oslo, "So: " + oslo, []),
        Sample(.hermes, "```python\nprint(1)\n```", "```python\nprint(1)\n```", []),
        Sample(
            .hermes, #"{"name": "now", "arguments": {}, "id": 1}"#, #"{"name": "now", "arguments": {}, "id": 1}"#, []),
        Sample(.hermes, #"{"name": "now"}"#, #"{"name": "now"}"#, []),
        Sample(.hermes, #"{"name": "Ann", "arguments": {}}"#, #"{"name": "Ann", "arguments": {}}"#, []),
        Sample(.hermes, "[1, 2] `a`", "[1, 2] `a`", []),
        Sample(.hermes, "Sure.<tools>\(oslo)</tools>", "Sure.", called),
        Sample(
            .hermes, #"<tools>{"type": "function", "function": {"name": "now", "parameters": {}}}</tools>"#,
            #"<tools>{"type": "function", "function": {"name": "now", "parameters": {}}}</tools>"#, []),
        Sample(
            .deepseek, "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>other\n```json\n{}\n```",
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>other\n```json\n{}\n```", []),
        Sample(.nemotron, "<TOOLCALL>[]</TOOLCALL>", "<TOOLCALL>[]</TOOLCALL>", []),
    ]

    static let all = ends + types + leftovers + quotes + bare
}

import JSON
import OpenAI
import Service

/// Answers whose arguments are no JSON as they stand: marks that nothing escapes, brackets and commas that are missing.
enum StringEndCalls {
    typealias Sample = ToolSamples.Sample

    private static func hermes(_ arguments: String) -> String {
        "<tool_call>\n{\"name\":\"write\",\"arguments\":\(arguments)}\n</tool_call>"
    }

    private static func mended(_ arguments: String, _ json: String) -> Sample {
        Sample(.hermes, "Sure.\n" + hermes(arguments), "Sure.", ["write", json])
    }

    /// No call, but its text to the last byte.
    private static func none(_ format: ToolFormat, _ text: String) -> Sample { Sample(format, text, text, []) }

    private static let written = ["write", #"{"text":"x"}"#]

    /// Marks inside values.
    static let marks: [Sample] = [
        mended(
            #"{"text":"He said "hello", then left","path":"a"}"#, #"{"text":"He said \"hello\", then left","path":"a"}"#
        ),
        mended(
            #"{"text":"print("hi", end="")\nx = d["k"]","path":"a.py"}"#,
            #"{"text":"print(\"hi\", end=\"\")\nx = d[\"k\"]","path":"a.py"}"#),
        mended(
            #"{"text":"names = ["a", "b"]","path":"a.py"}"#, #"{"text":"names = [\"a\", \"b\"]","path":"a.py"}"#),
        mended(#"{"text":"{"a": 1}","path":"i.json"}"#, #"{"text":"{\"a\": 1}","path":"i.json"}"#),
        mended(
            #"{"text":"{"a": "x", "b": 2}","path":"i.json"}"#, #"{"text":"{\"a\": \"x\", \"b\": 2}","path":"i.json"}"#),
        mended(
            #"{"text":"{"a": {"b": "c"}}","path":"i.json"}"#, #"{"text":"{\"a\": {\"b\": \"c\"}}","path":"i.json"}"#),
        mended(#"{"text":"say "hi"","path":"say "ho" now"}"#, #"{"text":"say \"hi\"","path":"say \"ho\" now"}"#),
        mended(#"{"text":"use "</tool_call>" so"}"#, #"{"text":"use \"</tool_call>\" so"}"#),
        // What is JSON comes out as it is, whatever the schema lists.
        mended(#"{"text":"x","unit":"C","tags":["a", "b"]}"#, #"{"text":"x","unit":"C","tags":["a", "b"]}"#),
        mended(#"{"tags": ["say "hi" to", "b", null]}"#, #"{"tags": ["say \"hi\" to", "b", null]}"#),
        Sample(
            .pythonic, #"[write(text="print("hi", end="")", path="a"), write(text='y')]"#, "",
            ["write", #"{"text": "print(\"hi\", end=\"\")", "path": "a"}"#, "write", #"{"text": "y"}"#]),
        Sample(
            .mistral, #"[TOOL_CALLS]write[ARGS]{"text": "d = {"a": "b"} ok", "path": "p"}"#, "",
            ["write", #"{"text": "d = {\"a\": \"b\"} ok", "path": "p"}"#]),
        Sample(
            .hermes, #"{"name": "write", "arguments": {"text": "a "b" c"}}"#, "", ["write", #"{"text": "a \"b\" c"}"#]),
        Sample(.mistral, #"[TOOL_CALLS]write[ARGS]{"text":"x"} Done."#, " Done.", written),
    ]

    /// Brackets and commas that are missing.
    static let missing: [Sample] = [
        Sample(
            .llama3, "<function=get_weather>{\"city\": \"Oslo\"</function>", "", ["get_weather", #"{"city": "Oslo"}"#]),
        Sample(
            .functionary,
            "<function=get_weather>{\"city\": \"Oslo\"</function><function=write>{\"text\":\"x\"}</function>",
            "",
            ["get_weather", #"{"city": "Oslo"}"#] + written),
        Sample(
            .hermes,
            "<tool_call>\n{\"name\":\"write\",\"arguments\":{\"text\":\"x\"\n</tool_call>\n"
                + "<tool_call>\n{\"name\":\"write\",\"arguments\":{\"text\":\"y\"}}\n</tool_call>", "",
            written + ["write", #"{"text":"y"}"#]),
        Sample(.hermes, "<tool_call>\n{\"name\":\"write\",\"arguments\":{\"text\":\"x\"", "", written),
        Sample(.hermes, "<tool_call>\n{\"name\":\"write\",\"arguments\":{\"text\":\"x\"\n</tool_calls>", "", written),
        mended(#"{"text":"x" "path":"a.py"}"#, #"{"text":"x", "path":"a.py"}"#),
        mended(#"{"count": 1 "text":"x"}"#, #"{"count": 1, "text":"x"}"#),
        Sample(
            .deepseek,
            "<｜tool▁call▁begin｜>function<｜tool▁sep｜>write\n```json\n{\"text\":\"x\"\n```<｜tool▁call▁end｜>", "", written),
    ]

    /// Texts that give no JSON: no call is made of a part.
    static let broken: [Sample] = [
        none(.hermes, hermes(#"{"text": x}"#)), none(.hermes, hermes(#"{"text" "x"}"#)),
        none(.hermes, "Sure.\n<tool_call>\n{\"name\":\"write\",\"arguments\":{\"text\":\"half of i"),
        none(.hermes, "<tool_call>{\"name\":\"write\",\"arguments\":{\"text\""),
        none(.hermes, "<tool_call>{\"name\":\"write\",\"arguments\":{\"text\":"),
        none(.pythonic, #"[write(text=x)]"#), none(.mistral, #"[TOOL_CALLS]write[ARGS]{"text": "a b"#),
        Sample(
            .hermes, hermes(#"{"text": x}"#) + "\n" + hermes(#"{"text":"x"}"#),
            hermes(#"{"text": x}"#), written),
    ]

    static let all = marks + missing + broken
}

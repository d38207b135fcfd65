import HTTPClient
import JSON

/// Requests that make a model think.
enum Thinking {
    /// Thinking that is cut short, so that an answer follows.
    static let short: JSONObject = [
        "messages": Probe.say("How many rivers are longer than the Rhine?"), "max_tokens": 60, "max_thinking_tokens": 8,
        "reasoning_effort": "high",
    ]

    /// An answer that begins inside an open block, whatever the template does.
    static let opened = short.with([
        "messages": [["role": "user", "content": "How many rivers?"], ["role": "assistant", "content": "<think>"]],
        "continue_final_message": true, "add_generation_prompt": false,
    ])

    /// The reasoning of a message, under either name.
    static func text(_ message: JSONValue?) -> String {
        message?["reasoning_content"]?.stringValue ?? message?["reasoning"]?.stringValue ?? ""
    }

    /// Members that make this model think.
    /// - Throws: ``NotApplicable`` when nothing does.
    static func members(_ probe: Probe) throws(ConformanceError) -> JSONObject {
        for members in [short, opened] {
            let answer = probe.chat(members)
            guard answer.status == 200 else { continue }
            let message = answer.json?.firstChoice?["message"]
            if !text(message).isEmpty { return members }
            let content = message?["content"]?.stringValue ?? ""
            // Where the client itself has opened the block, some servers only repeat what it said.
            let isAsked = members["continue_final_message"] == nil
            if isAsked, content.contains("<think>") || content.contains("</think>") { return members }
        }
        throw .notApplicable("this model does not think, and an open <think> in the prompt is not continued")
    }
}

/// 37–41: reasoning.
extension Statement {
    static let reasoning = [
        Statement(37, "Thinking is told from content, under both names", check: separation),
        Statement(38, "Reasoning comes first; cut, it leaves content empty", check: order),
        Statement(39, "A block that the prompt opens is reasoning") { probe throws(ConformanceError) in
            let answer = probe.chat(Thinking.opened)
            let message = answer.json?.firstChoice?["message"]
            let reasoning = Thinking.text(message)
            guard answer.status == 200, probe.isOurs || !reasoning.isEmpty else {
                throw .notApplicable("a message with an open <think> is not continued here")
            }
            try require(
                !reasoning.isEmpty, "no reasoning, but “\((message?["content"]?.stringValue ?? "").prefix(40))”")
            try require(!reasoning.contains("think>"), "a tag in the reasoning")
            return "“\(reasoning.prefix(30))”"
        },
        Statement(40, "A schema constrains only what follows the thinking", check: constrained),
        Statement(41, "Effort, template variables and a budget", check: control),
    ]

    private static func separation(_ probe: Probe) throws(ConformanceError) -> String {
        let members = try Thinking.members(probe)
        let message = try probe.answer(members).firstChoice?["message"] ?? .null
        let reasoning = Thinking.text(message)
        let content = message["content"]?.stringValue ?? ""
        try require(!reasoning.isEmpty, "no reasoning, but “\(content.prefix(40))”")
        for text in [reasoning, content] {
            try require(!text.contains("<think>") && !text.contains("</think>"), "a tag in “\(text.prefix(40))”")
        }
        try require(message["reasoning_content"] == message["reasoning"], "not under both names")
        let stream = try probe.stream(members)
        try require(stream.joined("content") == content, "streamed, the content is another")
        for name in ["reasoning_content", "reasoning"] {
            try require(stream.joined(name) == reasoning, "streamed, \(name) is another")
        }
        for name in ["reasoning_content", "reasoning"] {
            let past: JSONValue = ["role": "assistant", "content": "Two.", .init(name): "I count."]
            let user: JSONValue = ["role": "user", "content": "How many?"]
            _ = try probe.answer(["messages": [user, past, user], "max_tokens": 2])
        }
        return "“\(reasoning.prefix(30))”"
    }

    private static func order(_ probe: Probe) throws(ConformanceError) -> String {
        let members = try Thinking.members(probe)
        let deltas = try probe.stream(members).choices(0).compactMap { $0["delta"] }
        let lastReasoning = deltas.lastIndex { !Thinking.text($0).isEmpty } ?? -1
        let firstContent = deltas.firstIndex { $0["content"]?.stringValue?.isEmpty == false } ?? .max
        try require(lastReasoning < firstContent, "content comes before reasoning has ended")
        let cut = try probe.answer(members.with(["max_tokens": 4, "max_thinking_tokens": nil]))
        let choice = cut.firstChoice ?? .null
        try require(
            choice["message"]?["content"] == "",
            "cut while thinking: content is \((choice["message"]?["content"] ?? .null).serialized().prefix(40))")
        try require(
            choice["finish_reason"] == "length",
            "cut while thinking: \((choice["finish_reason"] ?? .null).serialized())")
        return "reasoning first; cut: content \"\", length"
    }

    private static func constrained(_ probe: Probe) throws(ConformanceError) -> String {
        let members = try Thinking.members(probe)
        let answer = try probe.answer(members.with(["response_format": Schemas.format, "max_tokens": 300]))
        let message = answer.firstChoice?["message"]
        let reasoning = Thinking.text(message)
        try require(!reasoning.isEmpty, "with a schema nothing is thought")
        try require(reasoning.first != "{", "the schema holds for the reasoning: “\(reasoning.prefix(40))”")
        try Schemas.check(message?["content"]?.stringValue)
        return "thinking free, content as the schema"
    }

    private static func control(_ probe: Probe) throws(ConformanceError) -> String {
        for effort in ["none", "minimal", "low", "medium", "high"] {
            _ = try probe.answer(["reasoning_effort": .string(effort), "max_tokens": 2])
        }
        let wrong = probe.chat(["reasoning_effort": "banana", "max_tokens": 2])
        try require(wrong.status == 400, "reasoning_effort “banana”: \(wrong.brief)")
        _ = try probe.answer(["chat_template_kwargs": ["enable_thinking": false], "max_tokens": 2])
        let members = try Thinking.members(probe)
        let answer = try probe.answer(members)
        let thought = answer["usage"]?["completion_tokens_details"]?["reasoning_tokens"]?.intValue ?? -1
        try require((1...16).contains(thought), "\(thought) reasoning tokens with a budget of 8")
        let content = answer.content ?? ""
        let used = answer.usage("completion_tokens") ?? 0
        try require(!content.isEmpty || used > Int(thought), "the answer does not go on when the budget is spent")
        return "\(thought) reasoning tokens with a budget of 8"
    }
}

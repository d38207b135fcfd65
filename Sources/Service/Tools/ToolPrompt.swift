import JSON
import OpenAI

/// Brings a conversation with tools into the shape that a chat template shows in full.
///
/// Where the template knows tools, calls and results, it gets them as it knows them. What it does not know stands in
/// the text of messages, so that nothing of the conversation is dropped.
struct ToolPrompt: Sendable {
    /// What the template gets as `tools`; nil: nothing.
    let tools: JSONValue?
    private let form: ToolCallStyle
    private let format: ToolFormat
    /// The tools that the template does not show.
    private let described: [ToolDefinition]

    /// The prompt of a request with these tools, if any. Where the answer must not call any, none are shown.
    init(_ form: ToolCallStyle, _ options: ToolOptions?) {
        self.form = form
        format = form.format ?? .hermes
        let shown = options.map { $0.choice == .none ? [] : $0.tools } ?? []
        let isForTemplate = form.showsTools && !shown.isEmpty
        tools = isForTemplate ? .array(shown.map(\.templateValue)) : nil
        described = isForTemplate ? [] : shown
    }

    /// The messages as the template is to see them.
    func messages(_ messages: [JSONValue]) -> [JSONValue] {
        guard messages.contains(where: { $0.isCall || $0.isResult }) else { return describing(messages) }
        var shaped: [JSONValue] = []
        var rest = messages[...]
        while let message = rest.popFirst() {
            guard message.isCall else {
                shaped.append(message.isResult ? renamed(message) : message)
                continue
            }
            let results = Array(rest.prefix { $0.isResult })
            rest = rest.dropFirst(results.count)
            shaped += turn(message, results)
        }
        if !form.showsResults { shaped = Self.toldResults(shaped) }
        return describing(shaped)
    }
}

extension ToolPrompt {
    /// Calls and their results, these in the order of those.
    private func turn(_ message: JSONValue, _ results: [JSONValue]) -> [JSONValue] {
        let calls = message["tool_calls"]?.arrayValue ?? []
        let order = calls.map { $0["id"]?.stringValue ?? "" }
        let places = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        func place(_ result: JSONValue) -> Int { places[result.callID ?? ""] ?? order.count }
        let sorted = results.enumerated().sorted { (place($0.element), $0.offset) < (place($1.element), $1.offset) }
            .map { renamed($0.element) }
        guard let style = form.showsCalls else { return [told(message)] + sorted }
        let shown = calls.map { self.shown($0, style) }
        guard !form.takesSeveral, shown.count > 1 else { return [message.with("tool_calls", .array(shown))] + sorted }
        let answered = Set(shown.compactMap { $0["id"]?.stringValue })
        let strays = sorted.filter { !answered.contains($0.callID ?? "") }
        return shown.enumerated().flatMap { index, call -> [JSONValue] in
            let alone = message.with("tool_calls", [call]).with("content", index == 0 ? message["content"] ?? "" : "")
            return [alone] + sorted.filter { $0.callID == call["id"]?.stringValue }
        } + strays
    }

    /// A call as the template reads it.
    private func shown(_ call: JSONValue, _ style: ToolCallStyle.Arguments) -> JSONValue {
        var call = call
        if let id = call["id"]?.stringValue { call = call.with("id", .string(fitting(id))) }
        guard style == .texts, let function = call["function"], let arguments = function["arguments"] else {
            return call
        }
        let text = arguments.stringValue ?? arguments.spaced
        return call.with("function", function.with("arguments", .string(text)))
    }

    private func renamed(_ result: JSONValue) -> JSONValue {
        result.callID.map { result.with("tool_call_id", .string(fitting($0))) } ?? result
    }

    /// The id, or one of the length that the template insists on: the same for the same.
    private func fitting(_ id: String) -> String {
        let isPlain = id.utf8.count == ToolCallStyle.shortID && id.utf8.allSatisfy(ToolDefinition.isNameByte)
        guard !form.takesLongIDs, !isPlain else { return id }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 36)
        return String((digits + String(repeating: "0", count: ToolCallStyle.shortID)).prefix(ToolCallStyle.shortID))
    }

    /// A message whose calls stand in its text.
    private func told(_ message: JSONValue) -> JSONValue {
        let text = format.text(of: EarlierCall.all(in: message))
        let content = message["content"]?.stringValue ?? ""
        return message.with("tool_calls", nil).with("content", .string(content.isEmpty ? text : content + "\n" + text))
    }

    /// Results as what the user says, those that follow one another together.
    private static func toldResults(_ messages: [JSONValue]) -> [JSONValue] {
        var told: [JSONValue] = []
        var isAfterResult = false
        for message in messages {
            defer { isAfterResult = message.isResult }
            var text = message["content"]?.stringValue ?? ""
            if message.isResult { text = "<tool_response>\n\(text)\n</tool_response>" }
            guard message.isResult || isAfterResult && message["role"] == "user" else {
                told.append(message)
                continue
            }
            if isAfterResult, let last = told.popLast() { text = (last["content"]?.stringValue ?? "") + "\n" + text }
            told.append(["role": "user", "content": .string(text)])
        }
        return told
    }

    /// The conversation with a text that describes the tools.
    private func describing(_ messages: [JSONValue]) -> [JSONValue] {
        guard !described.isEmpty else { return messages }
        let text = description
        let target = messages.firstIndex { $0["role"] == (form.takesSystem ? "system" : "user") }
        guard let target, target == 0 || !form.takesSystem else {
            return [["role": form.takesSystem ? "system" : "user", "content": .string(text)]] + messages
        }
        var messages = messages
        let content = messages[target]["content"]?.stringValue ?? ""
        let joined = form.takesSystem ? content + "\n\n" + text : text + "\n\n" + content
        messages[target] = messages[target].with("content", .string(joined))
        return messages
    }

    private var description: String {
        let list = described.map { $0.templateValue.spaced }.joined(separator: "\n")
        return """
            # Tools

            You can call functions. Each line between these tags describes one of them:
            <tools>
            \(list)
            </tools>

            To call a function, answer with its name and its arguments in exactly this form:
            \(format.example)
            To call several, write one behind the other. Their results come back between <tool_response> tags.
            """
    }
}

extension JSONValue {
    fileprivate var isCall: Bool { self["tool_calls"]?.arrayValue?.isEmpty == false }
    fileprivate var isResult: Bool { self["role"] == "tool" }
    fileprivate var callID: String? { self["tool_call_id"]?.stringValue }

    /// The object with another value of one member; nil takes it away.
    fileprivate func with(_ key: String, _ value: JSONValue?) -> JSONValue {
        guard var object = objectValue else { return self }
        object[key] = value
        return .object(object)
    }
}

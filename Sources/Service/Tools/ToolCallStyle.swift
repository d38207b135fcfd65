import JSON
import Templating
import Tokenization

/// Which format of calls is looked for.
package enum ToolFormatChoice: Sendable, Equatable {
    /// The one that the chat template shows.
    case auto
    /// This one, whatever the template shows.
    case fixed(ToolFormat)
    /// None: requests with tools are refused.
    case none

    /// The choice of this name: `auto`, `none` or a format's name.
    package init?(name: String) {
        switch name {
        case "auto": self = .auto
        case "none": self = .none
        default:
            guard let format = ToolFormat(rawValue: name) else { return nil }
            self = .fixed(format)
        }
    }
}

/// How a model calls tools, and what its chat template knows of them, as trial renderings show.
struct ToolCallStyle: Sendable {
    /// How a template wants the arguments of earlier calls.
    enum Arguments: Sendable {
        /// As objects.
        case objects
        /// As JSON in a text.
        case texts
    }

    /// How calls are written; nil: nobody calls anything.
    let format: ToolFormat?
    /// Whether the template shows the tools of a request.
    let showsTools: Bool
    /// How it shows earlier calls; nil: not at all.
    let showsCalls: Arguments?
    /// Whether it shows the results of calls.
    let showsResults: Bool
    /// Whether it takes several calls of one message.
    let takesSeveral: Bool
    /// Whether it takes ids of any length.
    let takesLongIDs: Bool
    /// Whether it takes a system message.
    let takesSystem: Bool
    /// Whether it writes the name of a call in front of its arguments, as newer Mistral models do.
    let namesCalls: Bool
    /// The marks of the format that are tokens without text.
    let marks: [String: Int32]

    /// The length of ids that templates insist on which insist on one.
    static let shortID = 9

    /// What is known of a template.
    init(_ template: ChatTemplate?, _ choice: ToolFormatChoice, _ tokenizer: Tokenizer, usableVocabulary: Int) {
        let trial = TemplateTrial(template)
        switch choice {
        case .auto: format = template.flatMap { ToolFormat(in: $0) } ?? .hermes
        case .fixed(let fixed): format = fixed
        case .none: format = nil
        }
        showsTools = trial.tools
        showsCalls = trial.calls
        showsResults = trial.results
        takesSeveral = trial.several
        takesLongIDs = trial.longIDs
        takesSystem = trial.system
        namesCalls = template?.mentions(NamedCallReader.argumentsMark) ?? false
        let tokens = (format?.marks ?? []).compactMap { mark -> (String, Int32)? in
            guard let token = tokenizer.id(ofPiece: mark), tokenizer.isSpecial(token), Int(token) < usableVocabulary
            else { return nil }
            return (mark, token)
        }
        marks = Dictionary(tokens, uniquingKeysWith: { first, _ in first })
    }
}

/// Renders small conversations to see what a template makes of them.
private struct TemplateTrial {
    let template: ChatTemplate?

    init(_ template: ChatTemplate?) { self.template = template }

    private static let name = "trial_tool"
    private static let result = "0result0"
    private static let tool: JSONValue = [
        "type": "function",
        "function": [
            "name": .string(name), "description": "0described0",
            "parameters": [
                "type": "object", "properties": ["trial_key": ["type": "string", "description": "0key0"]],
                "required": ["trial_key"],
            ],
        ],
    ]
    private static let user: JSONValue = ["role": "user", "content": "0asked0"]

    private func render(_ messages: [JSONValue]) -> String? {
        let input = ChatTemplateInput(
            messages: messages, tools: [Self.tool], addGenerationPrompt: false, bosToken: "", eosToken: "", extra: [:],
            now: TemplateDate(unixSeconds: 0))
        return template.flatMap { try? $0.render(input) }
    }

    private func history(ids: [String], _ arguments: ToolCallStyle.Arguments) -> String? {
        let calls = ids.map { id -> JSONValue in
            let object: JSONValue = ["trial_key": .string("0given\(id)0")]
            let given = arguments == .objects ? object : .string(object.serialized())
            return [
                "id": .string(id), "type": "function", "function": ["name": .string(Self.name), "arguments": given],
            ]
        }
        let results = ids.map { id -> JSONValue in
            ["role": "tool", "tool_call_id": .string(id), "name": .string(Self.name), "content": .string(Self.result)]
        }
        return render([Self.user, ["role": "assistant", "content": "", "tool_calls": .array(calls)]] + results)
    }

    private func shows(_ text: String?, ids: [String]) -> Bool {
        guard let text else { return false }
        return ids.allSatisfy { text.contains("0given\($0)0") } && !text.contains("{'trial_key'")
    }

    private static let ids = (1...2).map { "trial000\($0)" }

    var tools: Bool { render([Self.user])?.contains(Self.name) ?? false }

    var calls: ToolCallStyle.Arguments? {
        let one = Array(Self.ids.prefix(1))
        if shows(history(ids: one, .objects), ids: one) { return .objects }
        return shows(history(ids: one, .texts), ids: one) ? .texts : nil
    }

    var results: Bool {
        history(ids: Array(Self.ids.prefix(1)), calls ?? .objects)?.contains(Self.result) ?? false
    }

    var several: Bool { calls.map { shows(history(ids: Self.ids, $0), ids: Self.ids) } ?? true }

    var longIDs: Bool {
        let long = ["call_0123456789abcdefghijklmn"]
        return calls.map { shows(history(ids: long, $0), ids: long) } ?? true
    }

    var system: Bool {
        render([["role": "system", "content": "0told0"], Self.user])?.contains("0told0") ?? false
    }
}

import Templating

/// How a model writes calls of tools.
package enum ToolFormat: String, Sendable, CaseIterable {
    /// `<tool_call>{"name": …, "arguments": {…}}</tool_call>`: Hermes, Qwen, MiMo.
    case hermes
    /// `<tool_call><function=name><parameter=key>…</parameter></function></tool_call>`: newer Qwen coders.
    case xml
    /// `{"name": …, "parameters": {…}}`, behind `<|python_tag|>` or as the whole answer: Llama 3.
    case llama3
    /// `[TOOL_CALLS][{"name": …, "arguments": {…}}]` or `[TOOL_CALLS]name[ARGS]{…}`: Mistral.
    case mistral
    /// `<function=name>{…}</function>`: Functionary 3.1.
    case functionary
    /// `>>>name`, a new line and `{…}`: Functionary 3.
    case recipient
    /// `[name(key="value")]`, the whole answer or between `<|tool_call_start|>` and `<|tool_call_end|>`.
    case pythonic
    /// `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>name`, a new line and the arguments in a block of code:
    /// DeepSeek R1 and its distills.
    case deepseek
    /// `<TOOLCALL>[{"name": …, "arguments": {…}}]</TOOLCALL>`: Nemotron.
    case nemotron

    /// The format that a chat template shows; nil where it shows none.
    init?(in template: ChatTemplate) {
        func says(_ text: String) -> Bool { template.mentions(text) }
        if says("<TOOLCALL>") {
            self = .nemotron
        } else if says(DeepSeekCallReader.callsBegin) {
            self = .deepseek
        } else if says("[TOOL_CALLS]") {
            self = .mistral
        } else if says(">>>all") {
            self = .recipient
        } else if says("<tool_call>") {
            self = says("<parameter=") ? .xml : .hermes
        } else if says("<function=") || says("`<function`") {
            self = .functionary
        } else if says("<|tool_call_start|>") || says("<|tool_list_start|>") || says("[func_name1(") {
            self = .pythonic
        } else if says("<|python_tag|>") || says("\"parameters\": dictionary") {
            self = .llama3
        } else {
            return nil
        }
    }

    /// The texts that begin calls wherever they stand.
    var openings: [String] {
        switch self {
        case .hermes: ["<tool_call>", "<tools>"]
        case .xml, .functionary: ["<tool_call>", Self.functionTag]
        case .llama3: ["<|python_tag|>", Self.functionTag]
        case .mistral: ["[TOOL_CALLS]"]
        case .recipient: [">>>"]
        case .pythonic: ["<|tool_call_start|>"]
        case .deepseek: [DeepSeekCallReader.callsBegin, DeepSeekCallReader.callBegin]
        case .nemotron: ["<TOOLCALL>"]
        }
    }

    /// The texts that end what an opening has begun; they may be missing.
    var closings: [String] {
        switch self {
        case .hermes: ["</tool_call>", "</tools>"]
        case .xml, .functionary: ["</tool_call>"]
        case .pythonic: ["<|tool_call_end|>"]
        case .deepseek: [DeepSeekCallReader.callsEnd]
        case .nemotron: ["</TOOLCALL>"]
        case .llama3, .mistral, .recipient: []
        }
    }

    /// The texts that are markup right behind a call, although they close nothing that is open.
    var strays: [String] {
        switch self {
        case .hermes, .xml, .functionary:
            ["</tool_call>", "</tool_calls>", "</tool>", "</tools>", "</function>", "</parameter>"]
        case .llama3: ["</function>"]
        case .deepseek: closings + [DeepSeekCallReader.callEnd, Self.fence]
        case .mistral: ["[/TOOL_CALLS]"]
        case .recipient, .pythonic, .nemotron: closings
        }
    }

    /// Every text that is markup, as it may be a token that leaves no trace elsewhere.
    var marks: [String] {
        let others =
            switch self {
            case .mistral: [NamedCallReader.argumentsMark, NamedCallReader.idMark]
            case .deepseek: [DeepSeekCallReader.separator, DeepSeekCallReader.callEnd]
            case .hermes, .xml, .llama3, .functionary, .recipient, .pythonic, .nemotron: [String]()
            }
        return openings + others + closings
    }

    /// Whether an answer that begins like a call is one without any opening.
    var isBare: Bool {
        switch self {
        case .llama3, .pythonic, .recipient: true
        case .hermes, .xml, .functionary, .mistral, .deepseek, .nemotron: false
        }
    }

    /// Whether calls may be written as `<function=name>`.
    var takesFunctionTags: Bool {
        switch self {
        case .hermes, .xml, .functionary, .llama3: true
        case .mistral, .recipient, .pythonic, .deepseek, .nemotron: false
        }
    }

    static let functionTag = "<function="
    /// What begins and ends a block of code.
    static let fence = "```"
}

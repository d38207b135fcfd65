import Grammar
import JSON
import OpenAI
import Sampling

/// The form of answers that call tools: the markup of a format around arguments that meet the tools' schemas.
struct ToolGrammar {
    /// What an answer may be.
    enum Answer: Sendable {
        /// Calls and nothing else.
        case calls
        /// Calls, or a text of this form.
        case callsOr(GrammarDefinition)
        /// Any text, in which what begins like a call is one.
        case textWithCalls
    }

    /// How a call is written: texts and marks in turn.
    private struct Markup {
        /// In front of the first call.
        var opening: [String] = []
        /// In front of the arguments.
        let before: (String) -> [String]
        /// Behind the arguments.
        var after: [String] = []
        /// Between two calls.
        var separator: [String] = []
        /// Behind the last call.
        var closing: [String] = []
    }

    private let form: ToolCallStyle
    private let format: ToolFormat
    private var schemas: SchemaOptions
    private var anyObject: GrammarNode?
    private var definition = GrammarDefinition(rules: [], root: .sequence([]))

    /// Most calls that an answer is made to consist of.
    static let mostCalls = 8

    /// The grammar of a model's calls.
    init(_ form: ToolCallStyle, _ format: ToolFormat, _ schemas: SchemaOptions) {
        self.form = form
        self.format = format
        self.schemas = schemas
        // A schema that lists properties means these: models that are free to invent others do not stop.
        self.schemas.additionalPropertiesByDefault = false
    }

    /// The form of an answer to a request with these tools.
    /// - Parameter keepsSchemas: whether arguments meet the schemas of tools that are not strict.
    /// - Throws: where a schema cannot be used, with its field as the place.
    mutating func definition(
        of answer: Answer, _ tools: ToolOptions, keepsSchemas: Bool
    ) throws(GrammarError) -> GrammarDefinition {
        let callable = Set(tools.callable.map(\.name))
        let markup = markup
        var calls: [GrammarNode] = []
        // Together the tools have as much work free of the clock as one schema.
        schemas.limits.stepsBeforeTime /= max(1, callable.count)
        for (index, tool) in tools.tools.enumerated() where callable.contains(tool.name) {
            let arguments = try arguments(of: tool, at: index, keepsSchemas: keepsSchemas)
            calls.append(.sequence([node(markup.before(tool.name)), arguments, node(markup.after)]))
        }
        definition.rules.append(.init(name: "call", node: .choice(calls)))
        let call = GrammarNode.rule(definition.rules.count - 1)
        let most = tools.allowsSeveral && !tools.isNamed ? Self.mostCalls : 1
        let more = GrammarNode.sequence([node(markup.separator), call])
        let all = GrammarNode.sequence([
            node(markup.opening), call, .several(more, atLeast: 0, atMost: most - 1), node(markup.closing),
        ])
        switch answer {
        case .calls: definition.root = all
        case .callsOr(let text): definition.root = .choice([all, definition.embed(text)])
        case .textWithCalls: definition.root = text(with: all)
        }
        return definition
    }
}

extension ToolGrammar {
    private var markup: Markup {
        func object(_ arguments: String) -> (String) -> [String] {
            { ["{\"name\": \"\($0)\", \"\(arguments)\": "] }
        }
        switch format {
        case .hermes:
            return Markup(
                before: { ["<tool_call>", "\n"] + object("arguments")($0) }, after: ["}\n", "</tool_call>"],
                separator: ["\n"])
        case .xml:
            return Markup(
                before: { ["<tool_call>", "\n<function=\($0)>\n"] }, after: ["\n</function>\n", "</tool_call>"],
                separator: ["\n"])
        case .llama3: return Markup(before: object("parameters"), after: ["}"], separator: ["; "])
        case .mistral where form.namesCalls:
            return Markup(before: { ["[TOOL_CALLS]", $0, "[ARGS]"] })
        case .mistral:
            return Markup(
                opening: ["[TOOL_CALLS]", "["], before: object("arguments"), after: ["}"], separator: [", "],
                closing: ["]"])
        case .functionary: return Markup(before: { ["<function=\($0)>"] }, after: ["</function>"])
        case .recipient: return Markup(before: { ["\($0)\n"] }, separator: ["\n>>>"])
        case .pythonic:
            let isMarked = form.marks["<|tool_call_start|>"] != nil
            return Markup(
                opening: (isMarked ? ["<|tool_call_start|>"] : []) + ["["], before: object("arguments"), after: ["}"],
                separator: [", "], closing: ["]"] + (isMarked ? ["<|tool_call_end|>"] : []))
        case .deepseek:
            return Markup(
                opening: [DeepSeekCallReader.callsBegin],
                before: {
                    [DeepSeekCallReader.callBegin, "function", DeepSeekCallReader.separator, "\($0)\n```json\n"]
                }, after: ["\n```", DeepSeekCallReader.callEnd], separator: ["\n"],
                closing: [DeepSeekCallReader.callsEnd])
        case .nemotron:
            return Markup(
                opening: ["<TOOLCALL>", "["], before: object("arguments"), after: ["}"], separator: [", "],
                closing: ["]", "</TOOLCALL>"])
        }
    }

    /// Texts one behind the other; those that are marks of the vocabulary as the marks.
    private func node(_ texts: [String]) -> GrammarNode {
        .sequence(texts.map { text in form.marks[text].map { .token($0) } ?? .bytes(Array(text.utf8)) })
    }

    private mutating func arguments(
        of tool: ToolDefinition, at index: Int, keepsSchemas: Bool
    ) throws(GrammarError) -> GrammarNode {
        guard keepsSchemas || tool.isStrict else { return try object() }
        let field = "tools[\(index)].function.parameters"
        do throws(GrammarError) {
            return definition.embed(try GrammarDefinition(schema: try Self.object(tool.parameters), options: schemas))
        } catch {
            // What has no time left gets more, or is compiled without any schema; the others keep theirs meanwhile.
            guard tool.isStrict || error.isExhaustion else { return try object() }
            throw GrammarError(place: field + error.place.dropFirst(), reason: error.reason, cause: error.cause)
        }
    }

    /// Any object; the rules are there once.
    private mutating func object() throws(GrammarError) -> GrammarNode {
        if let anyObject { return anyObject }
        let node = definition.embed(try .jsonObject(options: schemas))
        anyObject = node
        return node
    }

    /// The schema of arguments, which are an object; one that lists its properties, even none, means these.
    private static func object(_ schema: JSONObject) throws(GrammarError) -> JSONValue {
        let type = schema["type"] ?? "object"
        guard type == "object" || type.arrayValue?.contains("object") == true else {
            throw GrammarError(place: "$.type", reason: "arguments are an object.")
        }
        var typed = schema
        typed["type"] = "object"
        // A schema that names no argument, in whatever words, is that of a tool without arguments.
        let naming = [
            "additionalProperties", "patternProperties", "propertyNames", "required", "minProperties", "$ref", "allOf",
            "anyOf", "oneOf", "if", "not", "enum", "const", "dependentRequired", "dependentSchemas", "dependencies",
            "unevaluatedProperties", "$dynamicRef", "$recursiveRef",
        ]
        if schema["properties"]?.objectValue?.isEmpty ?? true, naming.allSatisfy({ schema[$0] == nil }) {
            typed["additionalProperties"] = false
        }
        return .object(typed)
    }

    /// Any text without the beginning of a call, and calls in it.
    private func text(with calls: GrammarNode) -> GrammarNode {
        let free = GrammarNode.automaton(FreeText.without(format.openings.map { Array($0.utf8) }))
        func begins(notWith byte: UInt8) -> GrammarNode {
            .byte(ByteSet((UInt8.min...UInt8.max).filter { $0 != byte && !ArgumentText.isBlank($0) }))
        }
        let nothing = GrammarNode.sequence([])
        switch format {
        case .hermes, .xml, .functionary, .mistral, .deepseek, .nemotron:
            return .sequence([free, .choice([nothing, .sequence([calls, free])])])
        case .llama3:
            let opening = GrammarNode.choice([nothing, node(["<|python_tag|>"])])
            return .choice([
                .sequence([opening, calls]), nothing, .sequence([begins(notWith: UInt8(ascii: "{")), free]),
            ])
        case .pythonic:
            return .choice([calls, nothing, .sequence([begins(notWith: UInt8(ascii: "[")), free])])
        case .recipient:
            let others = GrammarNode.sequence([.bytes(Array("\n>>>".utf8)), calls])
            return .choice([
                calls, .sequence([.bytes(Array("all\n".utf8)), free, .choice([nothing, others])]),
            ])
        }
    }
}

extension APIError {
    /// 400: the schema of a tool that cannot be used.
    static func tools(_ error: GrammarError) -> APIError {
        let parameter = error.place.hasPrefix("tools") ? error.place : "tools"
        return .invalid(parameter, "'\(parameter)' cannot be used: \(error.reason)")
    }
}

import JSON
import Templating

/// The cases that Python's jinja2 has answered, and the variables that they share.
enum TemplateFixtures {
    struct Case: Sendable {
        let group: String
        let source: String
        /// What Python prints; nil where it refuses.
        let text: String?
    }

    static let now = TemplateDate(year: 2026, month: 3, day: 9, hour: 14, minute: 5, second: 7)
    static let document = load()
    static let variables = document["variables"]?.objectValue ?? [:]
    static let cases = (document["cases"]?.arrayValue ?? []).map {
        Case(
            group: $0["group"]?.stringValue ?? "", source: $0["source"]?.stringValue ?? "",
            text: $0["text"]?.stringValue)
    }

    private static func load() -> JSONValue {
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(
            separator: "/")
        guard let bytes = contents(of: folder + "/Fixtures/templates/goldens.json"),
            let document = try? JSONParser.parse(bytes, limits: .file)
        else { return .null }
        return document
    }

    /// The conversation of the goldens, over their variables.
    static func input(extra: JSONObject = variables) -> ChatTemplateInput {
        ChatTemplateInput(
            messages: [["role": "user", "content": "hi"]], tools: nil, addGenerationPrompt: true, bosToken: "<|bos|>",
            eosToken: "<|eos|>", extra: extra, now: now)
    }

    /// A template over some variables, as text or as the reason for its refusal.
    static func render(
        _ source: String, extra: JSONObject = [:], limits: TemplateLimits = .serving
    ) throws(TemplateError) -> String {
        try ChatTemplate(source: source, limits: limits).render(input(extra: extra))
    }

    /// The error that compiling or rendering ends with.
    static func failure(
        _ source: String, extra: JSONObject = [:], limits: TemplateLimits = .serving
    ) -> TemplateError? {
        do throws(TemplateError) {
            _ = try render(source, extra: extra, limits: limits)
            return nil
        } catch {
            return error
        }
    }
}

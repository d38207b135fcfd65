import OpenAI

/// The handling of the tools of one request.
struct ToolPlan: Sendable {
    /// How calls are told from the text; nil: they are not.
    let scanning: CallScanner.Rules?

    /// Most calls of one answer.
    static let mostCalls = 128

    /// Nothing is called.
    static let none = ToolPlan(scanning: nil)

    private init(scanning: CallScanner.Rules?) { self.scanning = scanning }

    /// The plan for a request's tools.
    /// - Parameter bindsText: whether a text of the answer has to have a form.
    /// - Throws: 400 where the server calls none.
    init(_ options: ToolOptions?, form: ToolCallStyle, bindsText: Bool) throws(APIError) {
        guard let options else {
            self = .none
            return
        }
        guard let format = form.format else {
            throw .unsupported("tools", "This server does not call tools: tools.format is 'none'.")
        }
        guard options.choice != .none else {
            self = .none
            return
        }
        scanning = CallScanner.Rules(
            format: format, functions: CallableFunctions(options.callable),
            mostCalls: options.allowsSeveral && !options.isNamed ? Self.mostCalls : 1, isForced: options.isForced,
            isNamed: options.isNamed, isBound: bindsText || options.callable.contains(where: \.isStrict))
    }
}

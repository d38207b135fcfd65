/// A filter by kind; the name alone decides.
enum Filter: Sendable {
    case text(TextFilter)
    case sequence(SequenceFilter)
    case selection(SelectionFilter)
    case number(NumberFilter)
    /// Part of Jinja, of no use in a chat template.
    case unsupported(String)

    private static let unsupportedNames: Set = [
        "filesizeformat", "pprint", "random", "striptags", "urlize", "wordwrap", "xmlattr",
    ]

    /// Nil for a name that Jinja does not know.
    init?(name: String) {
        if let filter = TextFilter(rawValue: name) {
            self = .text(filter)
        } else if let filter = SequenceFilter(rawValue: name) {
            self = .sequence(filter)
        } else if let filter = SelectionFilter(rawValue: name) {
            self = .selection(filter)
        } else if let filter = NumberFilter(rawValue: name) {
            self = .number(filter)
        } else if Self.unsupportedNames.contains(name) {
            self = .unsupported(name)
        } else {
            return nil
        }
    }
}

extension Renderer {
    func apply(_ filter: Filter, to value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        switch filter {
        case .text(let filter): settled(try apply(filter, to: value, arguments), from: value, arguments)
        case .sequence(let filter): try apply(filter, to: value, arguments)
        case .selection(let filter): try apply(filter, to: value, arguments)
        case .number(let filter): try apply(filter, to: value, arguments)
        case .unsupported(let name): throw TemplateError("filter '\(name)' is not supported")
        }
    }

    /// Refuses arguments where there are none to give.
    func expectNone(_ arguments: Arguments, for name: String) throws(TemplateError) {
        guard arguments.isEmpty else { throw TemplateError("\(name) takes no arguments") }
    }

    /// A whole number among bound arguments.
    func integer(_ value: Value?, or preset: Int) throws(TemplateError) -> Int {
        guard let value else { return preset }
        guard let number = value.integer else {
            throw TemplateError("expected an integer, found \(value.typeName)")
        }
        return number
    }

    /// Text among bound arguments.
    func string(_ value: Value?, or preset: String) throws(TemplateError) -> String {
        guard let value else { return preset }
        guard case .string(let text) = value else { throw TemplateError("expected a string, found \(value.typeName)") }
        return text.string
    }
}

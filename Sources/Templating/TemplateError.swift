/// Why a template cannot be compiled or a conversation cannot be rendered.
package struct TemplateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Line of the template, from 1; 0 while not yet known.
    package internal(set) var line: Int
    /// What went wrong, or what the template said when it raised.
    package let reason: String
    /// Whether the template itself refused the conversation with `raise_exception`.
    package let isRaised: Bool

    /// An error of the language.
    package init(line: Int, reason: String) {
        self.init(line: line, reason: reason, isRaised: false)
    }

    /// An error of the language, or a refusal by the template.
    package init(line: Int, reason: String, isRaised: Bool) {
        self.line = line
        self.reason = reason
        self.isRaised = isRaised
    }

    /// An error whose line the statement around it will fill in.
    init(_ reason: String) {
        self.init(line: 0, reason: reason, isRaised: false)
    }

    /// One line for an error message.
    package var description: String { "template line \(line): \(reason)" }
}

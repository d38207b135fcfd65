import Platform

/// An answer as it is shown: what the model thinks dimmed and only on a screen, what it says plain.
package struct AnswerPrinter {
    private let showsThinking: Bool
    private let dims: Bool
    private var isThinking = false

    private static let dim = "\u{1b}[2m"
    private static let plain = "\u{1b}[22m"

    /// A printer for a screen, or for a pipe that wants the answer alone; `dims` tells whether the screen may be told so.
    package init(showsThinking: Bool, dims: Bool) {
        self.showsThinking = showsThinking
        self.dims = dims
    }

    /// What is to be written.
    package mutating func text(for addition: AnswerStream.Addition) -> String {
        var written = ""
        if showsThinking, !addition.reasoning.isEmpty {
            if !isThinking, dims { written += Self.dim }
            isThinking = true
            written += Terminal.harmless(addition.reasoning)
        }
        guard !addition.text.isEmpty else { return written }
        if isThinking { written += end() + "\n\n" }
        return written + Terminal.harmless(addition.text)
    }

    /// What makes the screen plain again.
    package mutating func end() -> String {
        defer { isThinking = false }
        return isThinking && dims ? Self.plain : ""
    }
}

import Platform

/// An answer as it is shown: what the model thinks dimmed and only on a screen, what it says plain.
struct AnswerPrinter {
    private let showsThinking: Bool
    private let dims: Bool
    private var isThinking = false

    private static let dim = "\u{1b}[2m"
    private static let plain = "\u{1b}[22m"

    /// A printer for a screen, or for a pipe that wants the answer alone.
    init(showsThinking: Bool) {
        self.showsThinking = showsThinking
        dims = (ProcessEnvironment.value("NO_COLOR") ?? "").isEmpty
    }

    /// What is to be written.
    mutating func text(for addition: AnswerStream.Addition) -> String {
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
    mutating func end() -> String {
        defer { isThinking = false }
        return isThinking && dims ? Self.plain : ""
    }
}

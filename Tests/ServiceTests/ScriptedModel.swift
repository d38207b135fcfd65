import Engine
import Models

/// A model whose next token is a function of position and token: what a test wants said is what it says.
final class ScriptedModel: StepModel {
    /// The token that follows `token` at `position`.
    typealias Script = @Sendable (_ position: Int, _ token: Int32) -> Int32

    let vocabulary = ByteVocabulary.count
    private let script: Script
    private var rows: [[Float]] = []

    init(_ script: @escaping Script) { self.script = script }

    func copy(page: Int32, to target: Int32, tokens: Int) {}

    func forward(_ batch: [BatchRow]) {
        rows = []
        for row in batch {
            for index in row.tokens.count - row.outputCount..<row.tokens.count {
                let next = Int(script(row.position + index, row.tokens[index]))
                rows.append((0..<vocabulary).map { $0 == next ? 8 : 0 })
            }
        }
    }

    func withLogits<Result>(row: Int, _ body: (Span<Float>) -> Result) -> Result {
        let values = rows[row]
        return body(values.span)
    }
}

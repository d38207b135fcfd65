import Dispatch
import Engine
import Kernels
import Models

/// A model whose next token is a function of position and token: what a test wants said is what it says.
final class ScriptedModel: StepModel {
    /// The token that follows `token` at `position`; below zero makes the numbers unusable.
    typealias Script = @Sendable (_ position: Int, _ token: Int32) -> Int32

    let vocabulary = ByteVocabulary.count
    let threads = 1
    let instructionSet = InstructionSet.scalar
    private let script: Script
    private var rows: [[Float]] = []

    init(_ script: @escaping Script) { self.script = script }

    func copy(page: Int32, to target: Int32, tokens: Int) {}

    func forward(_ batch: Batch, progress: () -> Void) {
        rows = []
        for row in batch.rows {
            for index in row.tokens.count - row.outputCount..<row.tokens.count {
                let next = Int(script(row.position + index, batch.tokens[row.tokens.lowerBound + index]))
                rows.append((0..<vocabulary).map { next < 0 ? .nan : $0 == next ? 8 : 0 })
            }
        }
    }

    func visitLogits(of outputs: [Int], by visitor: any RowVisitor) {
        for (index, output) in outputs.enumerated() {
            let values = rows[output]
            visitor.visit(index, values.span)
        }
    }

    func withLogits<Result>(row: Int, _ body: (Span<Float>) -> Result) -> Result {
        let values = rows[row]
        return body(values.span)
    }
}

/// Holds the engine at a position until a test has seen what it wanted to see.
final class Gate: Sendable {
    private let opened = DispatchSemaphore(value: 0)
    private let reached = DispatchSemaphore(value: 0)

    /// Called by the model: reports that it is here, and waits.
    func pass() {
        reached.signal()
        opened.wait()
        opened.signal()
    }

    /// Waits until the model is at the gate.
    func waitUntilReached() { reached.wait() }

    /// Lets it through, now and from now on.
    func open() { opened.signal() }
}

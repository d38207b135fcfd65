import Dispatch
import Engine
import Kernels
import Models

/// A real model that computes nothing while it is closed, so that requests are all there before the first step, however
/// busy the machine is.
final class GatedModel: StepModel {
    /// Holds the engine thread.
    final class Gate: Sendable {
        private let closings = DispatchGroup()
        func close() { closings.enter() }
        func open() { closings.leave() }
        func pass() { closings.wait() }
    }

    private let inner: TransformerModel
    private let gate: Gate

    init(_ inner: TransformerModel, gate: Gate) {
        self.inner = inner
        self.gate = gate
    }

    var vocabulary: Int { inner.vocabulary }
    var threads: Int { inner.threads }
    var instructionSet: InstructionSet { inner.instructionSet }
    var media: MediaSupport { inner.media }
    var canDraft: Bool { inner.canDraft }

    func copy(page: Int32, to target: Int32, tokens: Int) { inner.copy(page: page, to: target, tokens: tokens) }

    func forward(_ batch: Batch, progress: () -> Void) {
        gate.pass()
        inner.forward(batch, progress: progress)
    }

    func finiteTokens(row: Int) -> Int { inner.finiteTokens(row: row) }
    func beginDrafts(_ batch: DraftBatch, into drafts: inout [Int32]) { inner.beginDrafts(batch, into: &drafts) }
    func continueDrafts(into drafts: inout [Int32]) { inner.continueDrafts(into: &drafts) }
    func visitLogits(of outputs: [Int], by visitor: any RowVisitor) { inner.visitLogits(of: outputs, by: visitor) }

    func withLogits<Result>(row: Int, _ body: (Span<Float>) -> Result) -> Result {
        inner.withLogits(row: row, body)
    }
}

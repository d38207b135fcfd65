package import Kernels

/// A decoder-only transformer: tokens in, logits out, keys and values kept in pages. Blocks as in
/// LLaMA (arXiv:2302.13971), with grouped queries (arXiv:2305.13245).
///
/// The numbers of a sequence depend on that sequence alone: every kernel treats rows independently, so neither the
/// other sequences of a step, nor where a prompt was cut, nor which pages it lies in can change a bit of them.
package final class Transformer: Sendable {
    /// Extents of the model.
    package let shape: ModelShape
    let tensors: TransformerTensors<Matrix, Vector>
    private let rotation: Rotation
    let compute: Compute
    /// SHA-256 over every byte of the weights.
    package let weightDigest: [UInt8]

    init(
        shape: ModelShape, rotation: Rotation, tensors: TransformerTensors<Matrix, Vector>, compute: Compute,
        weightDigest: [UInt8]
    ) {
        self.weightDigest = weightDigest
        self.shape = shape
        self.tensors = tensors
        self.rotation = rotation
        self.compute = compute
    }

    /// Bytes of all repacked weights.
    package var weightBytes: Int { tensors.weightBytes }

    /// Bytes of the weights that a plain step with logits reads: no draft layer, and no embedding that is not the head.
    package var stepWeightBytes: Int {
        weightBytes - tensors.draftBytes - (tensors.head == nil ? 0 : tensors.embedding.byteCount)
    }

    /// Most positions of a sequence.
    package var context: Int { rotation.maximumPositions }

    /// Threads that share the work of a step.
    package var threads: Int { compute.threads }
    /// Threads that share a step at present.
    package var activeThreads: Int { compute.activeThreads }
    /// The instruction set of the kernels.
    package var instructionSet: InstructionSet { compute.instructionSet }

    /// Shows rows of a step's numbers to `visitor`, several at the same time.
    package func visit(_ rows: [Int], of tensor: Tensor, by visitor: any RowVisitor) {
        compute.visit(rows, of: tensor, by: visitor)
    }

    /// Computes one step: the batch's tokens enter the cache, and the rows that ask for it get logits.
    ///
    /// Row k of `workspace.logits` belongs to the k-th output in batch order. Each sequence appears once in a batch.
    /// `progress` is called behind each layer, on this thread.
    package func forward(_ batch: Batch, cache: KVCache, workspace: Workspace, progress: () -> Void = {}) {
        workspace.probe?.begin()
        workspace.layout.arrange(batch, shape: shape)
        let step = workspace.layout
        precondition(step.rows <= workspace.maximumRows, "a step larger than its workspace")
        precondition(step.outputRows.count <= workspace.maximumOutputs, "more outputs than the workspace holds")
        workspace.plan.begin(cache: cache, heads: shape.heads)
        for row in batch.rows {
            let pages = batch.pages.span.extracting(row.pages)
            workspace.plan.append(rows: row.tokens.count, firstPosition: row.position, pages: pages)
        }
        workspace.probe?.mark(.layout)
        compute.embed(step.tokens, from: tensors.embedding, into: workspace.stream)
        for place in batch.media {
            workspace.stream.withMutableRow(place.token) { place.rows.copy(row: place.row, to: &$0) }
        }
        workspace.probe?.mark(.embedding)
        for (layer, block) in tensors.blocks.enumerated() {
            attention(block, layer, step.rows, workspace)
            feedForward(block, step.rows, workspace)
            progress()
        }
        check(batch, workspace)
        logits(step.outputRows, workspace)
    }

    /// Notes how far each row of the batch came out of the blocks as numbers.
    private func check(_ batch: Batch, _ scratch: Workspace) {
        scratch.finiteTokens.removeAll(keepingCapacity: true)
        var first = 0
        for row in batch.rows {
            let end = first + row.tokens.count
            let isWhole = compute.isFinite(scratch.stream, rows: first..<end)
            let bad = isWhole ? nil : (first..<end).first { !compute.isFinite(scratch.stream, rows: $0..<$0 + 1) }
            scratch.finiteTokens.append((bad ?? end) - first)
            first = end
        }
    }

    /// Computes one step of rows that were written out by hand.
    package func forward(_ rows: [BatchRow], cache: KVCache, workspace: Workspace) {
        forward(Batch(rows), cache: cache, workspace: workspace)
    }

    /// stream += output(attention(norm(stream)))
    func attention(
        _ block: DecoderBlock<Matrix, Vector>, _ layer: Int, _ rows: Int, _ scratch: Workspace
    ) {
        normed(scratch.stream, block.attentionNorm, into: scratch.normed, rows, for: block.query)
        scratch.probe?.mark(.norm)
        compute.multiply(
            scratch.normed, block.query.into(scratch.queries), block.key.into(scratch.keys),
            block.value.into(scratch.values), rows: rows)
        scratch.probe?.mark(.qkv)
        compute.poison(
            scratch.stream, unlessFinite: scratch.queries, scratch.keys, scratch.values, rows: rows)
        normHeads(scratch.queries, block.queryNorm, rows)
        normHeads(scratch.keys, block.keyNorm, rows)
        compute.rotateAndStore(
            queries: scratch.queries, keys: scratch.keys, values: scratch.values, plan: scratch.plan,
            rotation: rotation, layer: layer)
        scratch.probe?.mark(.storeKV)
        compute.attend(
            scratch.queries, plan: scratch.plan, scale: 1 / Float(shape.headDimension).squareRoot(), layer: layer,
            into: scratch.attended)
        scratch.probe?.mark(.attention)
        addResidual(block.attentionOutput, scratch.attended, to: scratch.stream, rows)
        scratch.probe?.mark(.attentionOutput)
    }

    /// stream += down(silu(gate(norm(stream))) · up(norm(stream)))
    func feedForward(_ block: DecoderBlock<Matrix, Vector>, _ rows: Int, _ scratch: Workspace) {
        normed(scratch.stream, block.feedForwardNorm, into: scratch.normed, rows, for: block.gate)
        scratch.probe?.mark(.norm)
        compute.multiply(scratch.normed, block.gate.into(scratch.gate), block.up.into(scratch.up), nil, rows: rows)
        scratch.probe?.mark(.gateUp)
        compute.siluMultiply(
            gate: scratch.gate, up: scratch.up, into: scratch.gate, rows: rows, codes: block.down.weight.activationCodes
        )
        scratch.probe?.mark(.silu)
        addResidual(block.down, scratch.gate, to: scratch.stream, rows)
        scratch.probe?.mark(.down)
    }

    /// logits = head(norm(stream)), for the rows that need them only.
    private func logits(_ rows: [Int32], _ scratch: Workspace) {
        guard !rows.isEmpty else { return }
        compute.gatherRows(scratch.stream, rows: rows, into: scratch.outputs)
        let head = tensors.head ?? Projection(weight: tensors.embedding, bias: nil)
        normed(scratch.outputs, tensors.outputNorm, into: scratch.normedOutputs, rows.count, for: head)
        scratch.probe?.mark(.norm)
        apply(head, scratch.normedOutputs, into: scratch.logits, rows.count)
        scratch.probe?.mark(.head)
    }

    /// y = norm(x), in the codes that the product behind it takes.
    private func normed(
        _ x: Tensor, _ weight: Vector, into y: Tensor, _ rows: Int, for next: Projection<Matrix, Vector>
    ) {
        compute.rmsNorm(
            x, weight: weight, epsilon: shape.normEpsilon, into: y, rows: rows, codes: next.weight.activationCodes)
    }

    private func normHeads(_ x: Tensor, _ weight: Vector?, _ rows: Int) {
        guard let weight else { return }
        compute.normHeads(x, weight: weight, epsilon: shape.normEpsilon, rows: rows)
    }

    private func apply(_ projection: Projection<Matrix, Vector>, _ x: Tensor, into y: Tensor, _ rows: Int) {
        compute.multiply(projection.weight, x, bias: projection.bias, into: y, rows: rows, accumulate: false)
    }

    private func addResidual(_ projection: Projection<Matrix, Vector>, _ x: Tensor, to y: Tensor, _ rows: Int) {
        compute.multiply(projection.weight, x, bias: projection.bias, into: y, rows: rows, accumulate: true)
    }
}

extension Projection<Matrix, Vector> {
    /// The product of this projection.
    fileprivate func into(_ y: Tensor) -> Compute.Product { Compute.Product(weight, bias: bias, into: y) }
}

extension TransformerTensors<Matrix, Vector> {
    /// Bytes of everything that stays in memory.
    var weightBytes: Int {
        let head = self.head?.weight.byteCount ?? 0
        return blocks.reduce(embedding.byteCount + head + draftBytes) { $0 + $1.weightBytes }
    }

    /// Bytes of the drafting layer, which plain steps do not read.
    var draftBytes: Int {
        guard let draft else { return 0 }
        return draft.inputProjection.weight.byteCount + draft.block.weightBytes
    }
}

extension DecoderBlock<Matrix, Vector> {
    /// Bytes of the block's matrices.
    fileprivate var weightBytes: Int { projections.reduce(0) { $0 + $1.weight.byteCount } }
}

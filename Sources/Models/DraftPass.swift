package import Kernels

/// A model's drafting layer at work (multi-token prediction): the memory of its passes, owned by the engine thread.
///
/// MiMo, arXiv:2505.07608, after DeepSeek-V3, arXiv:2412.19437.
///
/// The first pass computes every position behind which a token became known, with the hidden states that the step left
/// in the workspace. Further passes go on from the layer's own output, one position each; what they write into the
/// cache is written again by the first pass of the next round. Its keys and values are the layer behind the trunk's.
package final class DraftPass {
    private let transformer: Transformer
    private let layer: DraftLayer<Matrix, Vector>
    private let options: DraftOptions
    private let head: Matrix
    /// Hidden states and embeddings of a pass, and the two side by side.
    private let hidden, embedded, joined: Tensor
    /// The layer's output for every sequence that drafts, [sequences, hidden].
    private let outputs, nextOutputs: Tensor
    /// Logits of the last pass, a row for each sequence that drafts.
    package let logits: Tensor
    private var tokens: [Int32] = []
    private var sources: [Int32] = []
    private var lastRows: [Int32] = []
    private var pages: [Int32] = []
    private var sequences: [DraftingSequence] = []

    /// A sequence for which the next pass makes a draft.
    private struct DraftingSequence {
        /// Position that the next pass computes.
        var position: Int
        /// Where its pages stand.
        let pages: Range<Int>
        /// Its row of `outputs`; nil when it has no more room.
        var output: Int?
    }

    /// Memory for steps of up to `maximumRows` tokens and `maximumSequences` sequences; nil for a model that cannot draft.
    package init?(_ transformer: Transformer, options: DraftOptions, maximumRows: Int, maximumSequences: Int) {
        guard let layer = transformer.tensors.draft else { return nil }
        let shape = transformer.shape
        precondition(options.vocabulary <= shape.usableVocabulary, "only what may be sampled is drafted")
        self.transformer = transformer
        self.layer = layer
        self.options = options
        head = Matrix(first: options.vocabulary, of: transformer.tensors.head?.weight ?? transformer.tensors.embedding)
        hidden = Tensor(rows: maximumRows, columns: shape.hidden)
        embedded = Tensor(rows: maximumRows, columns: shape.hidden)
        joined = Tensor(rows: maximumRows, columns: 2 * shape.hidden)
        outputs = Tensor(rows: maximumSequences, columns: shape.hidden)
        nextOutputs = Tensor(rows: maximumSequences, columns: shape.hidden)
        logits = Tensor(rows: maximumSequences, columns: head.outputs)
        tokens.reserveCapacity(maximumRows)
        sources.reserveCapacity(maximumRows)
        lastRows.reserveCapacity(maximumSequences)
        sequences.reserveCapacity(maximumSequences)
    }

    /// Bytes of that memory; nil where they cannot be counted.
    package static func byteCount(
        shape: ModelShape, options: DraftOptions, maximumRows: Int, maximumSequences: Int
    ) -> Int? {
        let parts = [
            Tensor.byteCount(rows: 2 * maximumRows, columns: shape.hidden),
            Tensor.byteCount(rows: maximumRows, columns: 2 * shape.hidden),
            Tensor.byteCount(rows: 2 * maximumSequences, columns: shape.hidden),
            Tensor.byteCount(rows: maximumSequences, columns: options.vocabulary),
        ]
        return parts.reduce(0) { sum, part in
            guard let sum, let part else { return nil }
            let (next, overflow) = sum.addingReportingOverflow(part)
            return overflow ? nil : next
        }
    }

    // MARK: The first pass

    /// Computes the batch behind the step that `workspace` holds; appends a draft for each row that wants drafts.
    package func begin(_ batch: DraftBatch, cache: KVCache, workspace: Workspace, into drafts: inout [Int32]) {
        tokens.removeAll(keepingCapacity: true)
        sources.removeAll(keepingCapacity: true)
        lastRows.removeAll(keepingCapacity: true)
        pages.removeAll(keepingCapacity: true)
        sequences.removeAll(keepingCapacity: true)
        pages.append(contentsOf: batch.pages)
        workspace.plan.begin(cache: cache, heads: transformer.shape.heads)
        for row in batch.rows {
            tokens.append(contentsOf: batch.tokens[row.tokens])
            for offset in row.tokens.indices { sources.append(Int32(row.firstHidden + offset - row.tokens.lowerBound)) }
            workspace.plan.append(
                rows: row.tokens.count, firstPosition: row.position, pages: pages.span.extracting(row.pages))
            guard row.wantsDrafts else { continue }
            sequences.append(
                DraftingSequence(
                    position: row.position + row.tokens.count, pages: row.pages, output: lastRows.count))
            lastRows.append(Int32(tokens.count - 1))
        }
        let compute = transformer.compute
        compute.gatherRows(workspace.stream, rows: sources, into: hidden)
        if options.hiddenState == .postNorm { norm(hidden, transformer.tensors.outputNorm, into: hidden) }
        let first = batch.rows.filter { $0.position == 0 }.map { $0.tokens.lowerBound }
        computeRows(zeroing: options.zeroesFirstToken ? first : [], workspace)
        draft(workspace, into: &drafts)
    }

    // MARK: Further passes

    /// Goes on from the drafts that were appended last; appends one more for each sequence, -1 where it has no more room.
    package func proceed(cache: KVCache, workspace: Workspace, into drafts: inout [Int32]) {
        let previous = drafts.count - sequences.count
        tokens.removeAll(keepingCapacity: true)
        sources.removeAll(keepingCapacity: true)
        lastRows.removeAll(keepingCapacity: true)
        workspace.plan.begin(cache: cache, heads: transformer.shape.heads)
        for place in sequences.indices {
            let sequence = sequences[place]
            let room = min(sequence.pages.count * cache.geometry.pageTokens, transformer.context)
            guard let output = sequence.output, sequence.position < room else {
                sequences[place].output = nil
                continue
            }
            tokens.append(drafts[previous + place])
            sources.append(Int32(output))
            workspace.plan.append(
                rows: 1, firstPosition: sequence.position, pages: pages.span.extracting(sequence.pages))
            sequences[place].output = lastRows.count
            sequences[place].position += 1
            lastRows.append(Int32(lastRows.count))
        }
        if !tokens.isEmpty {
            transformer.compute.gatherRows(outputs, rows: sources, into: hidden)
            computeRows(zeroing: [], workspace)
        }
        draft(workspace, into: &drafts)
    }

    // MARK: A pass

    /// From hidden states and tokens to the residual stream behind the layer's block.
    private func computeRows(zeroing zeroed: [Int], _ workspace: Workspace) {
        let (compute, rows) = (transformer.compute, tokens.count)
        compute.embed(tokens, from: transformer.tensors.embedding, into: embedded)
        for row in zeroed {
            embedded.withMutableRow(row) { values in for index in values.indices { values[index] = 0 } }
        }
        norm(hidden, layer.hiddenNorm, into: hidden)
        norm(embedded, layer.tokenNorm, into: embedded)
        let isHiddenFirst = layer.inputOrder == .hiddenFirst
        compute.joinRows(isHiddenFirst ? hidden : embedded, isHiddenFirst ? embedded : hidden, rows: rows, into: joined)
        compute.multiply(
            layer.inputProjection.weight, joined, bias: layer.inputProjection.bias, into: workspace.stream, rows: rows,
            accumulate: false)
        transformer.attention(layer.block, transformer.shape.layers, rows, workspace)
        transformer.feedForward(layer.block, rows, workspace)
    }

    /// One draft for each sequence: the likeliest of the tokens that can be drafted.
    private func draft(_ workspace: Workspace, into drafts: inout [Int32]) {
        guard !lastRows.isEmpty else {
            for _ in sequences { drafts.append(-1) }
            return
        }
        let (compute, count) = (transformer.compute, lastRows.count)
        compute.gatherRows(workspace.stream, rows: lastRows, into: nextOutputs)
        compute.rmsNorm(
            nextOutputs, weight: layer.finalNorm, epsilon: transformer.shape.normEpsilon, into: outputs, rows: count,
            codes: head.activationCodes)
        compute.multiply(head, outputs, bias: nil, into: logits, rows: count, accumulate: false)
        let logits = logits
        for sequence in sequences {
            guard let output = sequence.output else {
                drafts.append(-1)
                continue
            }
            drafts.append(Self.best(logits.row(output), count: options.vocabulary))
        }
    }

    private func norm(_ x: Tensor, _ weight: Vector, into y: Tensor) {
        transformer.compute.rmsNorm(
            x, weight: weight, epsilon: transformer.shape.normEpsilon, into: y, rows: tokens.count)
    }

    /// The first index of the largest value; 0 where nothing can be compared.
    private static func best(_ values: Span<Float>, count: Int) -> Int32 {
        var (best, value) = (0, -Float.infinity)
        for index in 0..<count where values[index] > value { (best, value) = (index, values[index]) }
        return Int32(best)
    }
}

package import Kernels

/// The scratch memory of one step, made once and used again; owned by the thread that runs the model.
package final class Workspace {
    /// Most tokens of a step.
    package let maximumRows: Int
    /// Most rows of logits of a step.
    package let maximumOutputs: Int
    /// [maximumOutputs, vocabulary]: row k belongs to the k-th output of the batch.
    package let logits: Tensor
    /// Where forward passes report what their time goes to; nil when nobody asks.
    package var probe: StepProbe?
    /// For each row of the last batch, how many of its tokens came out as numbers before the first that did not.
    package internal(set) var finiteTokens: [Int] = []
    /// The rows of the step under way.
    var layout = StepLayout()

    /// What attention has to do in the step.
    let plan = AttentionPlan()
    /// The residual stream, [maximumRows, hidden].
    let stream: Tensor
    /// The normed stream, [maximumRows, hidden].
    let normed: Tensor
    let queries: Tensor
    let keys: Tensor
    let values: Tensor
    /// What attention gathered, [maximumRows, queryWidth].
    let attended: Tensor
    let gate: Tensor
    let up: Tensor
    /// Rows that need logits, [maximumOutputs, hidden].
    let outputs: Tensor
    let normedOutputs: Tensor

    /// Scratch for steps of up to `maximumRows` tokens, of which up to `maximumOutputs` get logits.
    package init(shape: ModelShape, maximumRows: Int, maximumOutputs: Int) {
        precondition(maximumRows > 0 && maximumOutputs > 0, "a workspace without rows")
        self.maximumRows = maximumRows
        self.maximumOutputs = maximumOutputs
        stream = Tensor(rows: maximumRows, columns: shape.hidden)
        normed = Tensor(rows: maximumRows, columns: shape.hidden)
        queries = Tensor(rows: maximumRows, columns: shape.queryWidth)
        keys = Tensor(rows: maximumRows, columns: shape.kvWidth)
        values = Tensor(rows: maximumRows, columns: shape.kvWidth)
        attended = Tensor(rows: maximumRows, columns: shape.queryWidth)
        gate = Tensor(rows: maximumRows, columns: shape.feedForward)
        up = Tensor(rows: maximumRows, columns: shape.feedForward)
        outputs = Tensor(rows: maximumOutputs, columns: shape.hidden)
        normedOutputs = Tensor(rows: maximumOutputs, columns: shape.hidden)
        logits = Tensor(rows: maximumOutputs, columns: shape.vocabulary)
    }

    /// Takes the memory that attention needs for sequences of up to `context` tokens, so that no step takes any.
    package func reserveAttention(shape: ModelShape, context: Int, pageTokens: Int, threads: Int) {
        plan.reserve(
            AttentionExtent(
                rows: maximumRows, sequences: min(maximumRows, maximumOutputs), context: context,
                pageTokens: pageTokens, threads: threads),
            heads: shape.heads, kvHeads: shape.kvHeads, headDimension: shape.headDimension)
    }

    /// Bytes that such a workspace takes, or nil where they cannot be counted.
    package static func byteCount(shape: ModelShape, maximumRows: Int, maximumOutputs: Int) -> Int? {
        let rowColumns = [
            shape.hidden, shape.hidden, shape.queryWidth, shape.queryWidth, shape.kvWidth, shape.kvWidth,
            shape.feedForward, shape.feedForward,
        ]
        let outputColumns = [shape.hidden, shape.hidden, shape.vocabulary]
        let tensors = rowColumns.map { (maximumRows, $0) } + outputColumns.map { (maximumOutputs, $0) }
        var sum = 0
        for (rows, columns) in tensors {
            guard let bytes = Tensor.byteCount(rows: rows, columns: columns) else { return nil }
            let (next, overflow) = sum.addingReportingOverflow(bytes)
            guard !overflow else { return nil }
            sum = next
        }
        return sum
    }
}

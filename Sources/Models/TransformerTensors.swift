/// A projection: a matrix and perhaps a bias.
struct Projection<Weights, Values> {
    let weight: Weights
    let bias: Values?
}

/// The tensors of one block.
struct DecoderBlock<Weights, Values> {
    let attentionNorm: Values
    let query: Projection<Weights, Values>
    let key: Projection<Weights, Values>
    let value: Projection<Weights, Values>
    /// One weight for each element of a head, where heads are normed before they are rotated.
    let queryNorm, keyNorm: Values?
    let attentionOutput: Projection<Weights, Values>
    let feedForwardNorm: Values
    let gate: Projection<Weights, Values>
    let up: Projection<Weights, Values>
    let down: Projection<Weights, Values>
}

/// In which order a drafting layer's projection takes its two inputs.
package enum DraftInputOrder: Sendable {
    /// MiMo's: the normed hidden state, then the normed embedding of the token.
    case hiddenFirst
    /// NextN's, as in GGUF files: the normed embedding of the token, then the normed hidden state.
    case tokenFirst
}

/// A layer that proposes the token after the next one (multi-token prediction); it shares embedding and head.
///
/// With h the trunk's hidden state at a position and e the embedding of the token that follows it:
/// draft logits = head · finalNorm(block(inputProjection · [hiddenNorm(h), tokenNorm(e)])), the parts in `inputOrder`.
struct DraftLayer<Weights, Values> {
    /// Norm of the token's embedding, of the hidden state, and in front of the head.
    let tokenNorm, hiddenNorm, finalNorm: Values
    /// From twice the width of the stream to once.
    let inputProjection: Projection<Weights, Values>
    /// Which of the two inputs stands first in the rows of `inputProjection`.
    let inputOrder: DraftInputOrder
    /// The layer proper, with keys and values of its own.
    let block: DecoderBlock<Weights, Values>
}

/// All tensors of a model: first where they stand in the file, later as matrices and vectors in memory.
struct TransformerTensors<Weights, Values> {
    let embedding: Weights
    let blocks: [DecoderBlock<Weights, Values>]
    let outputNorm: Values
    /// Nil where the embedding serves as head.
    let head: Projection<Weights, Values>?
    /// Nil in models that do not draft.
    let draft: DraftLayer<Weights, Values>?
    /// One divisor per rotated pair, in files with LLaMA 3's scaling.
    let rotaryDivisors: Values?
}

extension Projection: Sendable where Weights: Sendable, Values: Sendable {}
extension DecoderBlock: Sendable where Weights: Sendable, Values: Sendable {}
extension DraftLayer: Sendable where Weights: Sendable, Values: Sendable {}
extension TransformerTensors: Sendable where Weights: Sendable, Values: Sendable {}

extension DecoderBlock {
    /// All projections in the order in which they are used.
    var projections: [Projection<Weights, Values>] { [query, key, value, attentionOutput, gate, up, down] }

    /// Norms of all kinds.
    var norms: [Values] { [attentionNorm, queryNorm, keyNorm, feedForwardNorm].compactMap { $0 } }
}

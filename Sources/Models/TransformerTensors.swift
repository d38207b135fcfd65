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
    let attentionOutput: Projection<Weights, Values>
    let feedForwardNorm: Values
    let gate: Projection<Weights, Values>
    let up: Projection<Weights, Values>
    let down: Projection<Weights, Values>
}

/// All tensors of a model: first where they stand in the file, later as matrices and vectors in memory.
struct TransformerTensors<Weights, Values> {
    let embedding: Weights
    let blocks: [DecoderBlock<Weights, Values>]
    let outputNorm: Values
    /// Nil where the embedding serves as head.
    let head: Projection<Weights, Values>?
    /// One divisor per rotated pair, in files with LLaMA 3's scaling.
    let rotaryDivisors: Values?
}

extension Projection: Sendable where Weights: Sendable, Values: Sendable {}
extension DecoderBlock: Sendable where Weights: Sendable, Values: Sendable {}
extension TransformerTensors: Sendable where Weights: Sendable, Values: Sendable {}

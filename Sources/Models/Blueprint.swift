import Kernels
import Weights

/// A model that has been found whole in its file: every tensor is there, in the right shape and a known format.
///
/// Nothing is loaded yet, so the memory that the model needs can be worked out from it.
struct Blueprint: Sendable {
    let file: any TensorFile
    let spec: ArchitectureSpec
    let parameters: HyperParameters
    let shape: ModelShape
    let tensors: TransformerTensors<StoredTensor, StoredTensor>

    init(_ file: any TensorFile, _ quantisation: Quantisation) throws(WeightsError) {
        let spec = try Architectures.spec(of: file)
        let parameters = try HyperParameters(file.metadata, spec)
        let finder = TensorFinder(file: file, spec: spec)
        let embedding = try finder.embedding(hidden: parameters.hidden)
        let vocabulary = embedding.info.dimensions[1]
        try Self.checkVocabulary(file, spec, rows: vocabulary)
        let place = finder.draftPlace(blocks: parameters.layers, announced: parameters.draftLayers)
        let shape = ModelShape(
            architecture: spec.name, vocabulary: vocabulary,
            usableVocabulary: try Self.usableVocabulary(file.metadata, rows: vocabulary),
            trainedContext: parameters.trainedContext, layers: place.trunkLayers,
            draftLayers: place.prefix == nil ? 0 : 1, hidden: parameters.hidden,
            feedForward: parameters.feedForward, heads: parameters.heads, kvHeads: parameters.kvHeads,
            headDimension: parameters.headDimension, normEpsilon: parameters.normEpsilon,
            hasRotaryAxes: parameters.hasRotaryAxes)
        self.file = file
        self.spec = spec
        self.parameters = parameters
        self.shape = shape
        self.tensors = try finder.tensors(shape, embedding: embedding, draftPrefix: place.prefix)
            .quantised(quantisation)
        try finder.refuseUnknown(layers: shape.layers, known: Set(stored.map(\.info.name)))
    }

    /// Every tensor that will be kept in memory, in the order of loading.
    var stored: [StoredTensor] {
        let blocks = tensors.blocks.flatMap(\.stored)
        let head = [tensors.head?.weight, tensors.head?.bias, tensors.rotaryDivisors].compactMap { $0 }
        return [tensors.embedding] + blocks + [tensors.outputNorm] + head + (tensors.draft?.stored ?? [])
    }

    /// Those of them that become matrices.
    var matrices: [StoredTensor] { stored.filter { $0.extents.count == 2 } }

    /// A checkpoint states how many rows its embedding has.
    private static func checkVocabulary(
        _ file: any TensorFile, _ spec: ArchitectureSpec, rows: Int
    ) throws(WeightsError) {
        let key = spec.key("vocab_size")
        guard spec.layout == .checkpoint, let stated = try file.metadata.int(key), stated != rows else { return }
        throw file.metadata.fail(key, "\(stated) tokens are stated, but the embedding has \(rows) rows")
    }

    /// The number of tokens that may be sampled: unused entries at the end of the vocabulary are padding.
    private static func usableVocabulary(_ metadata: ModelMetadata, rows: Int) throws(WeightsError) -> Int {
        let key = "tokenizer.ggml.tokens"
        guard let tokens = try metadata.strings(key) else { return rows }
        guard tokens.count > 0, tokens.count <= rows else {
            throw metadata.fail(key, "\(tokens.count) tokens for a model with \(rows) rows")
        }
        let typesKey = "tokenizer.ggml.token_type"
        guard let types = try metadata.ints(typesKey) else { return tokens.count }
        guard types.count == tokens.count else {
            throw metadata.fail(typesKey, "\(types.count) types for \(tokens.count) tokens")
        }
        let unused: Int32 = 5
        guard let last = types.lastIndex(where: { $0 != unused }) else {
            throw metadata.fail(typesKey, "no token is in use")
        }
        return last + 1
    }
}

extension DecoderBlock<StoredTensor, StoredTensor> {
    /// Every tensor of the block.
    fileprivate var stored: [StoredTensor] {
        norms + projections.flatMap { [$0.weight] + [$0.bias].compactMap { $0 } }
    }
}

extension DraftLayer<StoredTensor, StoredTensor> {
    /// Every tensor of the layer.
    var stored: [StoredTensor] {
        [tokenNorm, hiddenNorm, finalNorm, inputProjection.weight] + [inputProjection.bias].compactMap { $0 }
            + block.stored
    }
}

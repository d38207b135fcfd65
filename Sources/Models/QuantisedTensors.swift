import Kernels

extension TransformerTensors<StoredTensor, StoredTensor> {
    /// The same tensors, each matrix with the format that it is to have in memory.
    func quantised(_ quantisation: Quantisation) -> TransformerTensors {
        guard quantisation != .none else { return self }
        let layers = blocks.count
        return TransformerTensors(
            embedding: embedding.quantised(quantisation, .ends),
            blocks: blocks.enumerated().map { $1.quantised(quantisation, .sensitive(layer: $0, layers: layers)) },
            outputNorm: outputNorm, head: head?.quantised(quantisation, .ends),
            // It only proposes, so what it gets wrong costs time and not quality.
            draft: draft?.quantised(quantisation), rotaryDivisors: rotaryDivisors)
    }
}

extension DraftLayer<StoredTensor, StoredTensor> {
    fileprivate func quantised(_ quantisation: Quantisation) -> DraftLayer {
        DraftLayer(
            tokenNorm: tokenNorm, hiddenNorm: hiddenNorm, finalNorm: finalNorm,
            inputProjection: inputProjection.quantised(quantisation, .inner), inputOrder: inputOrder,
            block: block.quantised(quantisation, .inner))
    }
}

extension DecoderBlock<StoredTensor, StoredTensor> {
    /// The same block, `sensitive` the place of its values and its way down.
    fileprivate func quantised(_ quantisation: Quantisation, _ sensitive: Quantisation.Place) -> DecoderBlock {
        DecoderBlock(
            attentionNorm: attentionNorm, query: query.quantised(quantisation, .inner),
            key: key.quantised(quantisation, .inner), value: value.quantised(quantisation, sensitive),
            queryNorm: queryNorm, keyNorm: keyNorm,
            attentionOutput: attentionOutput.quantised(quantisation, .inner), feedForwardNorm: feedForwardNorm,
            gate: gate.quantised(quantisation, .inner), up: up.quantised(quantisation, .inner),
            down: down.quantised(quantisation, sensitive))
    }
}

extension Projection<StoredTensor, StoredTensor> {
    fileprivate func quantised(_ quantisation: Quantisation, _ place: Quantisation.Place) -> Projection {
        Projection(weight: weight.quantised(quantisation, place), bias: bias)
    }
}

extension StoredTensor {
    fileprivate func quantised(_ quantisation: Quantisation, _ place: Quantisation.Place) -> StoredTensor {
        loaded(as: quantisation.format(at: place, stored: format, inputs: extents[0]))
    }
}

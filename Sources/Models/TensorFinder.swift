import Kernels
import Weights

/// Finds the tensors of a model by name and checks their shapes against the metadata.
struct TensorFinder {
    let file: any TensorFile

    /// The embedding, whose second extent is the vocabulary.
    func embedding(_ names: TensorNames, hidden: Int) throws(WeightsError) -> StoredTensor {
        let name = names.embedding + ".weight"
        guard let info = file.tensor(name) else { throw missing(name) }
        guard info.dimensions.count == 2, info.dimensions[0] == hidden else {
            throw fail(name, "has shape \(info.shapeText); [\(hidden), vocabulary] is expected")
        }
        guard ModelLimits.vocabulary.contains(info.dimensions[1]) else {
            throw fail(name, "has \(info.dimensions[1]) rows, outside the accepted \(ModelLimits.vocabulary)")
        }
        return try computable(info, info.dimensions)
    }

    /// All tensors of the model.
    func tensors(
        _ spec: ArchitectureSpec, _ shape: ModelShape, embedding: StoredTensor
    ) throws(WeightsError) -> TransformerTensors<StoredTensor, StoredTensor> {
        let names = spec.names
        var blocks: [DecoderBlock<StoredTensor, StoredTensor>] = []
        for layer in 0..<shape.layers {
            blocks.append(try block(layer, spec, shape))
        }
        let head =
            file.tensor(names.head + ".weight") == nil
            ? nil : try projection(names.head, [shape.hidden, shape.vocabulary], bias: .optional)
        let divisors = names.rotaryFactors + ".weight"
        return TransformerTensors(
            embedding: embedding, blocks: blocks, outputNorm: try values(names.outputNorm + ".weight", shape.hidden),
            head: head,
            rotaryDivisors: file.tensor(divisors) == nil ? nil : try values(divisors, shape.headDimension / 2))
    }

    private func block(
        _ layer: Int, _ spec: ArchitectureSpec, _ shape: ModelShape
    ) throws(WeightsError) -> DecoderBlock<StoredTensor, StoredTensor> {
        let names = spec.names
        func at(_ part: String) -> String { names.block(layer, part) }
        let hidden = shape.hidden, wide = shape.feedForward
        let other = spec.otherBias
        let norm = try values(at(names.attentionNorm) + ".weight", hidden)
        let attention = try attentionInputs(layer, spec, shape)
        return DecoderBlock(
            attentionNorm: norm, query: attention[0], key: attention[1], value: attention[2],
            attentionOutput: try projection(at(names.attentionOutput), [shape.queryWidth, hidden], bias: other),
            feedForwardNorm: try values(at(names.feedForwardNorm) + ".weight", hidden),
            gate: try projection(at(names.gate), [hidden, wide], bias: other),
            up: try projection(at(names.up), [hidden, wide], bias: other),
            down: try projection(at(names.down), [wide, hidden], bias: other))
    }

    /// Query, key and value projections, stored one by one or one below the other in a single tensor.
    private func attentionInputs(
        _ layer: Int, _ spec: ArchitectureSpec, _ shape: ModelShape
    ) throws(WeightsError) -> [Projection<StoredTensor, StoredTensor>] {
        let names = spec.names
        let parts = [(names.query, shape.queryWidth), (names.key, shape.kvWidth), (names.value, shape.kvWidth)]
        let fused = names.block(layer, names.queryKeyValue)
        guard file.tensor(fused + ".weight") != nil else {
            var result: [Projection<StoredTensor, StoredTensor>] = []
            for (part, width) in parts {
                result.append(
                    try projection(names.block(layer, part), [shape.hidden, width], bias: spec.attentionBias))
            }
            return result
        }
        let rows = parts.reduce(0) { $0 + $1.1 }
        let whole = try projection(fused, [shape.hidden, rows], bias: spec.attentionBias)
        if let bias = whole.bias, bias.format.blockElements > 1 {
            throw fail(bias.info.name, "has type \(bias.info.type.name), which cannot be cut into its three parts")
        }
        var result: [Projection<StoredTensor, StoredTensor>] = []
        var firstRow = 0
        for (_, width) in parts {
            result.append(
                Projection(
                    weight: whole.weight.part(firstRow: firstRow, rows: width),
                    bias: whole.bias?.part(firstRow: firstRow, rows: width)))
            firstRow += width
        }
        return result
    }

    /// A projection with extents [inputs, outputs].
    private func projection(
        _ name: String, _ extents: [Int], bias: BiasRule
    ) throws(WeightsError) -> Projection<StoredTensor, StoredTensor> {
        let weight = try stored(name + ".weight", extents)
        let present = file.tensor(name + ".bias") != nil
        return Projection(
            weight: weight, bias: present || bias == .required ? try values(name + ".bias", extents[1]) : nil)
    }

    private func values(_ name: String, _ count: Int) throws(WeightsError) -> StoredTensor {
        try stored(name, [count])
    }

    private func stored(_ name: String, _ extents: [Int]) throws(WeightsError) -> StoredTensor {
        guard let info = file.tensor(name) else { throw missing(name) }
        // Trailing extents of one say nothing.
        var dimensions = info.dimensions
        while dimensions.count > extents.count, dimensions.last == 1 { dimensions.removeLast() }
        guard dimensions == extents else {
            throw fail(name, "has shape \(info.shapeText); \(extents) is expected from the metadata")
        }
        return try computable(info, extents)
    }

    private func computable(_ info: TensorInfo, _ extents: [Int]) throws(WeightsError) -> StoredTensor {
        guard let format = ElementFormat.allCases.first(where: { $0.name == info.type.name }) else {
            let supported = ElementFormat.allCases.map(\.name).joined(separator: ", ")
            throw fail(info.name, "has type \(info.type.name), which is not supported; supported are \(supported)")
        }
        return StoredTensor(info: info, format: format, extents: extents, firstRow: 0)
    }

    /// A tensor inside a block that nobody would read means that the model computes something else.
    func refuseUnknown(_ spec: ArchitectureSpec, layers: Int, known: Set<String>) throws(WeightsError) {
        for info in file.tensors where !known.contains(info.name) {
            guard let layer = spec.names.blockIndex(info.name), layer < layers,
                info.name != spec.names.block(layer, "attn_rot_embd.weight")
            else { continue }
            throw fail(info.name, "is not part of architecture '\(spec.name)' as it is known here")
        }
    }

    private func missing(_ name: String) -> WeightsError { fail(name, "is missing") }

    private func fail(_ name: String, _ reason: String) -> WeightsError {
        WeightsError(file: file.path, reason: "tensor \(Quotation.quoted(name)) \(reason)")
    }
}

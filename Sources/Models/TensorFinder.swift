import Kernels
import Weights

/// Finds the tensors of a model by name and checks their shapes against the metadata.
struct TensorFinder {
    private let file: any TensorFile
    private let spec: ArchitectureSpec
    private let names: TensorNames

    init(file: any TensorFile, spec: ArchitectureSpec) {
        self.file = file
        self.spec = spec
        names = spec.names(in: file)
    }

    /// The embedding, whose second extent is the vocabulary.
    func embedding(hidden: Int) throws(WeightsError) -> StoredTensor {
        let name = names.embedding + ".weight"
        guard let info = file.tensor(name) else { throw missing(name) }
        guard info.dimensions.count == 2, info.dimensions[0] == hidden else {
            throw fail(name, "has shape \(shapeText(info.dimensions)); a width of \(hidden) is expected")
        }
        guard ModelLimits.vocabulary.contains(info.dimensions[1]) else {
            throw fail(name, "has \(info.dimensions[1]) rows, outside the accepted \(ModelLimits.vocabulary)")
        }
        return try computable(info, info.dimensions)
    }

    /// Where the drafting layer stands, and how many blocks are the trunk's.
    ///
    /// GGUF files count drafting layers among the blocks or behind them; a folder may announce one that was dropped.
    func draftPlace(blocks: Int, announced: Int) -> (prefix: String?, trunkLayers: Int) {
        func isThere(_ prefix: String) -> Bool { file.tensor(prefix + names.draft.inputProjection + ".weight") != nil }
        guard announced > 0 else { return (nil, blocks) }
        // A layer of which anything is left has to be whole.
        if let prefix = names.draft.prefix {
            return (file.tensors.contains { $0.name.hasPrefix(prefix) } ? prefix : nil, blocks)
        }
        for trunk in [blocks - announced, blocks] where trunk > 0 {
            let prefix = names.block(trunk, "")
            if isThere(prefix) { return (prefix, trunk) }
        }
        return (nil, blocks)
    }

    /// All tensors of the model.
    func tensors(
        _ shape: ModelShape, embedding: StoredTensor, draftPrefix: String?
    ) throws(WeightsError) -> TransformerTensors<StoredTensor, StoredTensor> {
        var blocks: [DecoderBlock<StoredTensor, StoredTensor>] = []
        for layer in 0..<shape.layers {
            blocks.append(try block(names.block(layer, ""), shape))
        }
        var draft: DraftLayer<StoredTensor, StoredTensor>?
        if let draftPrefix { draft = try self.draft(draftPrefix, shape) }
        let divisors = names.rotaryFactors + ".weight"
        return TransformerTensors(
            embedding: embedding, blocks: blocks, outputNorm: try values(names.outputNorm + ".weight", shape.hidden),
            head: try head(shape), draft: draft,
            rotaryDivisors: file.tensor(divisors) == nil ? nil : try values(divisors, shape.headDimension / 2))
    }

    /// The head; nil where the embedding serves as such, because the file says so or has no other.
    private func head(_ shape: ModelShape) throws(WeightsError) -> Projection<StoredTensor, StoredTensor>? {
        let isTied = try file.metadata.bool(spec.key("tied_embeddings"))
        guard isTied != true, isTied == false || file.tensor(names.head + ".weight") != nil else { return nil }
        return try projection(names.head, [shape.hidden, shape.vocabulary], bias: .optional)
    }

    private func draft(
        _ prefix: String, _ shape: ModelShape
    ) throws(WeightsError) -> DraftLayer<StoredTensor, StoredTensor> {
        let parts = names.draft
        func norm(_ part: String) throws(WeightsError) -> StoredTensor {
            try values(prefix + part + ".weight", shape.hidden)
        }
        return DraftLayer(
            tokenNorm: try norm(parts.tokenNorm), hiddenNorm: try norm(parts.hiddenNorm),
            finalNorm: try norm(parts.finalNorm),
            inputProjection: try projection(
                prefix + parts.inputProjection, [2 * shape.hidden, shape.hidden], bias: .optional),
            inputOrder: parts.inputOrder, block: try block(prefix, shape))
    }

    /// The block whose tensors' names begin with `prefix`.
    private func block(
        _ prefix: String, _ shape: ModelShape
    ) throws(WeightsError) -> DecoderBlock<StoredTensor, StoredTensor> {
        let hidden = shape.hidden, wide = shape.feedForward
        let other = spec.otherBias
        func headNorm(_ part: String) throws(WeightsError) -> StoredTensor? {
            spec.normsHeads ? try values(prefix + part + ".weight", shape.headDimension) : nil
        }
        let norm = try values(prefix + names.attentionNorm + ".weight", hidden)
        let attention = try attentionInputs(prefix, shape)
        return DecoderBlock(
            attentionNorm: norm,
            query: attention[0], key: attention[1], value: attention[2],
            queryNorm: try headNorm(names.queryNorm), keyNorm: try headNorm(names.keyNorm),
            attentionOutput: try projection(prefix + names.attentionOutput, [shape.queryWidth, hidden], bias: other),
            feedForwardNorm: try values(prefix + names.feedForwardNorm + ".weight", hidden),
            gate: try projection(prefix + names.gate, [hidden, wide], bias: other),
            up: try projection(prefix + names.up, [hidden, wide], bias: other),
            down: try projection(prefix + names.down, [wide, hidden], bias: other))
    }

    /// Query, key and value projections, stored one by one or one below the other in a single tensor.
    private func attentionInputs(
        _ prefix: String, _ shape: ModelShape
    ) throws(WeightsError) -> [Projection<StoredTensor, StoredTensor>] {
        let parts = [(names.query, shape.queryWidth), (names.key, shape.kvWidth), (names.value, shape.kvWidth)]
        let fused = prefix + names.queryKeyValue
        guard file.tensor(fused + ".weight") != nil else {
            var result: [Projection<StoredTensor, StoredTensor>] = []
            for (part, width) in parts {
                result.append(try projection(prefix + part, [shape.hidden, width], bias: spec.attentionBias))
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
            throw fail(
                name, "has shape \(shapeText(info.dimensions)); \(shapeText(extents)) is expected from the metadata")
        }
        return try computable(info, extents)
    }

    private func computable(_ info: TensorInfo, _ extents: [Int]) throws(WeightsError) -> StoredTensor {
        guard let format = ElementFormat.allCases.first(where: { $0.name == info.type.name }) else {
            let supported = ElementFormat.allCases.filter(\.isInFiles).map(\.name).joined(separator: ", ")
            throw fail(info.name, "has type \(info.type.name), which is not supported; supported are \(supported)")
        }
        return StoredTensor(info: info, format: format, extents: extents, firstRow: 0)
    }

    /// A tensor that nobody would read means that the model computes something else.
    func refuseUnknown(layers: Int, known: Set<String>) throws(WeightsError) {
        for info in file.tensors where !known.contains(info.name) && !names.ignored.contains(info.name) {
            let layer = names.blockIndex(info.name)
            if names.ignored.ignoresOutside, layer.map({ $0 >= layers }) ?? true { continue }
            // Files may keep the copy of a tied embedding.
            if info.name == names.head + ".weight" { continue }
            throw fail(info.name, "is not part of architecture '\(spec.name)' as it is known here")
        }
    }

    /// The extents in the order in which the file's own tools print them.
    private func shapeText(_ dimensions: [Int]) -> String {
        "\(spec.layout == .checkpoint ? dimensions.reversed() : dimensions)"
    }

    private func missing(_ name: String) -> WeightsError { fail(name, "is missing") }

    private func fail(_ name: String, _ reason: String) -> WeightsError {
        WeightsError(file: file.path, reason: "tensor \(Quotation.quoted(name)) \(reason)")
    }
}

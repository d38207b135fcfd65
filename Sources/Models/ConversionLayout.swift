import Kernels
import Weights

/// A tensor of the file to be written, and where its values come from.
struct ConvertedTensor {
    enum Content {
        /// Rows, those of `heads` heads brought into the order of neighbouring pairs, columns moved by `rotation`.
        case matrix(StoredTensor, heads: Int, rotation: Int)
        /// Single values, always exact.
        case vector(StoredTensor, heads: Int)
        /// Values that are stored nowhere.
        case numbers([Float])
    }

    let announced: GGUFTensor
    let content: Content

    /// Bytes that are read for it.
    var sourceBytes: Int {
        switch content {
        case .matrix(let tensor, _, _), .vector(let tensor, _): tensor.byteRange.count
        case .numbers(let numbers): numbers.count * MemoryLayout<Float>.size
        }
    }
}

/// Which tensors a GGUF file of a model has, under which names.
struct ConversionLayout {
    private let blueprint: Blueprint
    private let names = TensorNames.gguf
    /// Whether rows of queries and keys change places; the family wants pairs as neighbours.
    private let permutes: Bool

    init(_ blueprint: Blueprint, permutesRows: Bool) {
        self.blueprint = blueprint
        permutes = permutesRows && blueprint.spec.pairing == .halves
    }

    /// All tensors in the order in which they are written.
    func tensors(includesDraft: Bool) -> [ConvertedTensor] {
        let model = blueprint.tensors
        var result = [matrix(names.embedding, model.embedding)]
        for (layer, block) in model.blocks.enumerated() { result += self.block(names.block(layer, ""), block) }
        result.append(vector(names.outputNorm, model.outputNorm))
        if let head = model.head { result += projection(names.head, head) }
        result += divisors()
        guard includesDraft, let draft = model.draft else { return result.compactMap { $0 } }
        let prefix = names.block(model.blocks.count, "")
        result += block(prefix, draft.block)
        result += [
            matrix(
                prefix + names.draft.inputProjection, draft.inputProjection.weight,
                // The two halves change places between the two orders.
                rotation: draft.inputOrder == names.draft.inputOrder ? 0 : blueprint.shape.hidden),
            vector(prefix + names.draft.tokenNorm, draft.tokenNorm),
            vector(prefix + names.draft.hiddenNorm, draft.hiddenNorm),
            vector(prefix + names.draft.finalNorm, draft.finalNorm),
        ]
        return result.compactMap { $0 }
    }

    private func block(
        _ prefix: String, _ block: DecoderBlock<StoredTensor, StoredTensor>
    ) -> [ConvertedTensor?] {
        let shape = blueprint.shape
        let queryHeads = permutes ? shape.heads : 0, keyHeads = permutes ? shape.kvHeads : 0
        return [vector(prefix + names.attentionNorm, block.attentionNorm)]
            + projection(prefix + names.query, block.query, heads: queryHeads)
            + projection(prefix + names.key, block.key, heads: keyHeads) + projection(prefix + names.value, block.value)
            + [
                block.queryNorm.flatMap { vector(prefix + names.queryNorm, $0) },
                block.keyNorm.flatMap { vector(prefix + names.keyNorm, $0) },
            ]
            + projection(prefix + names.attentionOutput, block.attentionOutput)
            + [vector(prefix + names.feedForwardNorm, block.feedForwardNorm)]
            + projection(prefix + names.gate, block.gate) + projection(prefix + names.up, block.up)
            + projection(prefix + names.down, block.down)
    }

    private func projection(
        _ name: String, _ projection: Projection<StoredTensor, StoredTensor>, heads: Int = 0
    ) -> [ConvertedTensor?] {
        [matrix(name, projection.weight, heads: heads), projection.bias.flatMap { vector(name, $0, heads, "bias") }]
    }

    private func matrix(
        _ name: String, _ tensor: StoredTensor, heads: Int = 0, rotation: Int = 0
    ) -> ConvertedTensor? {
        guard let type = (tensor.quantised ?? tensor.format).tensorType,
            let announced = GGUFTensor(name: name + ".weight", dimensions: tensor.extents, type: type)
        else { return nil }
        return ConvertedTensor(announced: announced, content: .matrix(tensor, heads: heads, rotation: rotation))
    }

    private func vector(
        _ name: String, _ tensor: StoredTensor, _ heads: Int = 0, _ kind: String = "weight"
    ) -> ConvertedTensor? {
        guard let type = ElementFormat.f32.tensorType,
            let announced = GGUFTensor(name: "\(name).\(kind)", dimensions: tensor.extents, type: type)
        else { return nil }
        return ConvertedTensor(announced: announced, content: .vector(tensor, heads: heads))
    }

    /// LLaMA 3's divisors: as stored, or worked out from the numbers of a folder.
    private func divisors() -> [ConvertedTensor?] {
        if let stored = blueprint.tensors.rotaryDivisors { return [vector(names.rotaryFactors, stored)] }
        guard case .llama3(let scaling) = blueprint.parameters.rotaryScaling else { return [] }
        let dimension = blueprint.shape.headDimension
        let numbers = scaling.divisors(base: blueprint.parameters.rotaryBase, dimension: dimension)
        guard let type = ElementFormat.f32.tensorType,
            let announced = GGUFTensor(
                name: names.rotaryFactors + ".weight", dimensions: [dimension / 2], type: type)
        else { return [] }
        return [ConvertedTensor(announced: announced, content: .numbers(numbers))]
    }

    /// The values of `heads` heads with their pairs, stored half a head apart, as neighbours.
    static func neighbours(_ values: [Float], heads: Int) -> [Float] {
        guard heads > 0 else { return values }
        let width = values.count / heads
        return values.indices.map { index in
            let place = index % width
            return values[index - place + place % 2 * (width / 2) + place / 2]
        }
    }
}

extension ElementFormat {
    /// The format as files know it.
    var tensorType: TensorType? { TensorType.known(name: name) }
}

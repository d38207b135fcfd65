package import Kernels
package import Weights

/// A model on its way into a GGUF file that other programs read too.
package struct ModelConversion {
    private let blueprint: Blueprint
    private let parts: [ConvertedTensor]
    /// Whether the file holds the drafting layer.
    package let includesDraft: Bool
    /// The family's name in GGUF files.
    package let architecture: String
    private let quantisation: Quantisation

    /// Rows that are encoded together come to about so many bytes.
    private static let chunkBytes = 8 << 20

    /// Finds everything in `file`; nothing is read of the weights yet.
    ///
    /// The drafting layer goes under the names of NextN, as the block behind the last one.
    /// - Throws: `WeightsError` that names the key or tensor that does not fit.
    package init(
        _ file: any TensorFile, _ quantisation: Quantisation, includesDraft: Bool
    ) throws(WeightsError) {
        if let format = quantisation.usualFormat, !format.isInFiles {
            throw WeightsError(
                file: file.path,
                reason:
                    "\(format.name) is a format of this program's memory, and no GGUF file holds it; weights are brought "
                    + "into it while they are loaded: --quantize \(quantisation.rawValue) of michat serve")
        }
        blueprint = try Blueprint(file, quantisation)
        self.quantisation = quantisation
        self.includesDraft = includesDraft && blueprint.tensors.draft != nil
        architecture = blueprint.spec.familyName
        let layout = ConversionLayout(blueprint, permutesRows: architecture == "llama")
        parts = layout.tensors(includesDraft: self.includesDraft)
    }

    /// Whether there is a drafting layer that could be written.
    package var canDraft: Bool { blueprint.tensors.draft != nil }
    /// Rows of the embedding; the vocabulary is filled up to them.
    package var vocabulary: Int { blueprint.shape.vocabulary }
    /// Bytes of all weights as they will be stored.
    package var byteCount: Int { parts.reduce(0) { $0 + $1.announced.byteCount } }

    /// The handling of each matrix, in the order of the file.
    package var outcomes: [ConversionOutcome] {
        parts.compactMap { part in
            guard case .matrix(let tensor, _, _) = part.content else { return nil }
            let format = tensor.quantised ?? tensor.format
            let isWanted = quantisation.takes(tensor.format)
            return ConversionOutcome(
                name: part.announced.name, inputs: tensor.extents[0], format: format,
                wasInBlocks: !tensor.format.isPlain, fellBack: isWanted && quantisation.fallsBack(to: format))
        }
    }

    /// The keys about the model itself.
    /// - Throws: `WeightsError` that names the key that does not fit.
    package func values() throws(WeightsError) -> [(String, GGUFValue)] {
        let shape = blueprint.shape, parameters = blueprint.parameters
        var values: [(String, GGUFValue)] = [
            ("general.architecture", .text(architecture)), ("general.file_type", .unsigned(fileType)),
            ("general.quantization_version", .unsigned(2)),
        ]
        func add(_ suffix: String, _ value: GGUFValue) { values.append(("\(architecture).\(suffix)", value)) }
        let numbers: [(String, Int)] = [
            ("block_count", shape.layers + (includesDraft ? 1 : 0)), ("context_length", shape.trainedContext),
            ("embedding_length", shape.hidden), ("feed_forward_length", shape.feedForward),
            ("attention.head_count", shape.heads), ("attention.head_count_kv", shape.kvHeads),
            ("attention.key_length", shape.headDimension), ("attention.value_length", shape.headDimension),
            ("rope.dimension_count", shape.headDimension), ("vocab_size", shape.vocabulary),
        ]
        for (suffix, number) in numbers { add(suffix, .unsigned(UInt32(clamping: number))) }
        if includesDraft { add("nextn_predict_layers", .unsigned(1)) }
        add("attention.layer_norm_rms_epsilon", .real(shape.normEpsilon))
        add("rope.freq_base", .real(Float(parameters.rotaryBase)))
        for (suffix, value) in parameters.rotaryScaling.values { add("rope.scaling." + suffix, value) }
        if parameters.rotaryAttentionFactor != 1 {
            add("rope.scaling.attn_factor", .real(Float(parameters.rotaryAttentionFactor)))
        }
        return values
    }

    /// Writes all tensors; `progress` hears of every one.
    /// - Throws: `WeightsError` where a tensor cannot be encoded or the file cannot be written.
    package func write(
        to file: GGUFWriterFactory, compute: Compute, progress: (LoadProgress) -> Void
    ) throws(WeightsError) {
        var writer = try file(parts.map(\.announced))
        let total = parts.reduce(0) { $0 + $1.sourceBytes }
        var done = 0
        for part in parts {
            try write(part, to: &writer, compute)
            done += part.sourceBytes
            progress(LoadProgress(loadedBytes: done, totalBytes: total))
        }
        try writer.commit()
    }

    /// Starts the file once it is known which tensors it will have.
    package typealias GGUFWriterFactory = ([GGUFTensor]) throws(WeightsError) -> GGUFWriter

    private func write(
        _ part: ConvertedTensor, to writer: inout GGUFWriter, _ compute: Compute
    ) throws(WeightsError) {
        switch part.content {
        case .numbers(let numbers): try writer.append(floats: numbers)
        case .vector(let tensor, let heads):
            let values = Decoding.decode(
                blueprint.file.bytes(of: tensor.info).extracting(tensor.byteRange), format: tensor.format,
                count: tensor.elements)
            try writer.append(floats: ConversionLayout.neighbours(values, heads: heads))
        case .matrix(let tensor, let heads, let rotation):
            try write(tensor, heads: heads, rotation: rotation, to: &writer, compute)
            blueprint.file.release(tensor.info)
        }
    }

    /// A matrix, some rows at a time; where rows change places, whole heads.
    private func write(
        _ tensor: StoredTensor, heads: Int, rotation: Int, to writer: inout GGUFWriter, _ compute: Compute
    ) throws(WeightsError) {
        let (inputs, outputs) = (tensor.extents[0], tensor.extents[1])
        let unit = heads == 0 ? 16 : outputs / heads
        let rowBytes = inputs / tensor.format.blockElements * tensor.format.blockBytes
        let step = max(unit, Self.chunkBytes / rowBytes / unit * unit)
        for first in stride(from: 0, to: outputs, by: step) {
            let rows = tensor.part(firstRow: tensor.firstRow + first, rows: min(step, outputs - first))
            let form = MatrixLayout(
                outputs: rows.extents[1], inputs: inputs, stored: tensor.format,
                wanted: tensor.quantised ?? tensor.format, rotation: rotation)
            do {
                let bytes = try Encoding.rows(
                    blueprint.file.bytes(of: tensor.info).extracting(rows.byteRange), form: form,
                    heads: heads == 0 ? 0 : rows.extents[1] / unit, using: compute)
                try writer.append(bytes: bytes)
            } catch let error as MatrixError {
                throw WeightsError(
                    file: blueprint.file.path, reason: "tensor \(Quotation.quoted(tensor.info.name)) \(error)")
            } catch let error as WeightsError {
                throw error
            } catch {
                throw WeightsError(file: blueprint.file.path, reason: "\(error)")
            }
        }
    }

    /// What tools show as the file's format: the mixed one that was asked for, or else that of most weights.
    private var fileType: UInt32 {
        if let usual = quantisation.usualFormat, usual.isMixed {
            return TensorType.known(name: usual.name)?.fileType ?? 0
        }
        var elements: [String: Int] = [:]
        for part in parts where part.announced.dimensions.count == 2 {
            elements[part.announced.type.name, default: 0] += part.announced.dimensions.reduce(1, *)
        }
        let name = elements.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
        return TensorType.known(name: name)?.fileType ?? 0
    }
}

extension RotaryScaling {
    /// The keys below `rope.scaling`. LLaMA 3's has none: its divisors are a tensor.
    fileprivate var values: [(String, GGUFValue)] {
        switch self {
        case .none, .llama3: []
        case .linear(let factor): [("type", .text("linear")), ("factor", .real(Float(factor)))]
        case .yarn(let yarn):
            [
                ("type", .text("yarn")), ("factor", .real(Float(yarn.factor))),
                ("original_context_length", .unsigned(UInt32(yarn.originalContext))),
                ("yarn_beta_fast", .real(Float(yarn.betaFast))), ("yarn_beta_slow", .real(Float(yarn.betaSlow))),
            ]
        }
    }
}

extension ArchitectureSpec {
    /// What GGUF files call the family.
    fileprivate var familyName: String {
        if layout == .gguf { return name }
        if normsHeads { return "qwen3" }
        return attentionBias == .required ? "qwen2" : "llama"
    }
}

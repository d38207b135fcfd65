import Weights

/// The numbers of a model, read from its metadata; each is checked by itself, its tensors come later.
struct HyperParameters: Sendable {
    let trainedContext: Int
    let layers: Int
    /// Drafting layers that the file announces; it need not hold them.
    let draftLayers: Int
    let hidden: Int
    let feedForward: Int
    let heads: Int
    let kvHeads: Int
    let headDimension: Int
    let normEpsilon: Float
    let rotaryBase: Double
    let rotaryScaling: RotaryScaling
    let rotaryAttentionFactor: Double
    /// Whether rows of pictures are turned by three positions.
    let hasRotaryAxes: Bool

    init(_ metadata: ModelMetadata, _ spec: ArchitectureSpec) throws(WeightsError) {
        let reader = HyperParameterReader(metadata: metadata, spec: spec)
        try reader.refuseExperts()
        let statedContext = try reader.required("context_length", in: ModelLimits.context)
        draftLayers = try reader.integer("nextn_predict_layers", in: ModelLimits.draftLayers) ?? 0
        layers = try reader.required("block_count", in: ModelLimits.layers)
        hidden = try reader.required("embedding_length", in: ModelLimits.hidden)
        feedForward = try reader.uniform("feed_forward_length", in: ModelLimits.feedForward)
        heads = try reader.uniform("attention.head_count", in: ModelLimits.heads)
        kvHeads = try reader.uniform("attention.head_count_kv", in: ModelLimits.heads, otherwise: heads)
        guard heads.isMultiple(of: kvHeads) else {
            throw reader.fail("attention.head_count_kv", "\(heads) heads cannot share \(kvHeads) key and value heads")
        }
        headDimension = try reader.headDimension(hidden: hidden, heads: heads)
        normEpsilon = Float(try reader.number("attention.layer_norm_rms_epsilon", in: 1e-12...1))
        rotaryBase = try reader.number("rope.freq_base", in: 1.5...1e15, otherwise: 10_000)
        rotaryScaling = try reader.rotaryScaling(trainedContext: statedContext)
        rotaryAttentionFactor = try reader.attentionFactor(rotaryScaling)
        trainedContext = try reader.stretchedContext(statedContext, rotaryScaling)
        hasRotaryAxes = try metadata.bool(spec.key("rope.axes")) ?? false
    }
}

/// Reads single numbers of one family and names the key where one is missing or absurd.
private struct HyperParameterReader {
    let metadata: ModelMetadata
    let spec: ArchitectureSpec

    func fail(_ suffix: String, _ reason: String) -> WeightsError { metadata.fail(spec.key(suffix), reason) }

    func required(_ suffix: String, in range: ClosedRange<Int>) throws(WeightsError) -> Int {
        guard let value = try integer(suffix, in: range) else { throw fail(suffix, "is missing") }
        return value
    }

    func integer(_ suffix: String, in range: ClosedRange<Int>) throws(WeightsError) -> Int? {
        guard let value = try metadata.int(spec.key(suffix)) else { return nil }
        return try checked(value, suffix, range)
    }

    /// A number that some files state once per block; all blocks have to agree.
    func uniform(_ suffix: String, in range: ClosedRange<Int>, otherwise: Int? = nil) throws(WeightsError) -> Int {
        guard let values = try metadata.ints(spec.key(suffix)) else {
            guard let otherwise else { throw fail(suffix, "is missing") }
            return otherwise
        }
        guard let first = values.first, values.allSatisfy({ $0 == first }) else {
            throw fail(suffix, "differs between blocks, which is not supported")
        }
        return try checked(Int(first), suffix, range)
    }

    func number(
        _ suffix: String, in range: ClosedRange<Double>, otherwise: Double? = nil
    ) throws(WeightsError) -> Double {
        guard let value = try metadata.double(spec.key(suffix)) ?? otherwise else { throw fail(suffix, "is missing") }
        guard range.contains(value) else {
            throw fail(suffix, "\(value) is outside \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func headDimension(hidden: Int, heads: Int) throws(WeightsError) -> Int {
        let stated = try metadata.int(spec.key("attention.key_length"))
        if stated == nil, !hidden.isMultiple(of: heads) {
            throw fail("attention.head_count", "a width of \(hidden) cannot be shared by \(heads) heads")
        }
        let dimension = try checked(stated ?? hidden / heads, "attention.key_length", ModelLimits.headDimension)
        guard dimension.isMultiple(of: 2) else { throw fail("attention.key_length", "\(dimension) is not even") }
        for suffix in ["attention.value_length", "rope.dimension_count"] {
            guard let other = try metadata.int(spec.key(suffix)), other != dimension else { continue }
            throw fail(suffix, "\(other) differs from the \(dimension) of a head, which is not supported")
        }
        return dimension
    }

    func rotaryScaling(trainedContext: Int) throws(WeightsError) -> RotaryScaling {
        let kind = try metadata.string(spec.key("rope.scaling.type")) ?? "linear"
        let older = try number("rope.scale_linear", in: 1e-3...1e6, otherwise: 1)
        let factor = try number("rope.scaling.factor", in: 1e-3...1e6, otherwise: older)
        switch kind {
        case "none": return .none
        case "linear": return factor == 1 ? .none : .linear(factor: factor)
        case "yarn": return .yarn(try yarn(factor: factor, trainedContext: trainedContext))
        case "llama3" where spec.layout == .checkpoint: return .llama3(try longWave(factor: factor))
        default:
            let known = spec.layout == .checkpoint ? "default, linear, yarn, llama3" : "none, linear, yarn"
            throw fail("rope.scaling.type", "\(Quotation.quoted(kind)) is not supported; supported are \(known)")
        }
    }

    private func longWave(factor: Double) throws(WeightsError) -> LongWaveScaling {
        guard factor >= 1 else { throw fail("rope.scaling.factor", "\(factor) is below 1") }
        let low = try number("rope.scaling.low_freq_factor", in: 1e-3...1e6)
        let high = try number("rope.scaling.high_freq_factor", in: 1e-3...1e6)
        guard low < high else {
            throw fail("rope.scaling.high_freq_factor", "\(high) is not above the low one, \(low)")
        }
        return LongWaveScaling(
            factor: factor,
            originalContext: try number("rope.scaling.original_context_length", in: Self.contexts), lowTurns: low,
            highTurns: high)
    }

    private static let contexts = 1...Double(ModelLimits.context.upperBound)

    /// What queries and keys are multiplied by, beyond what the scaling itself says.
    ///
    /// GGUF files state a further factor; checkpoints state the whole one, in place of the scaling's own.
    func attentionFactor(_ scaling: RotaryScaling) throws(WeightsError) -> Double {
        let range = 1e-3...1e3
        guard spec.layout == .checkpoint else { return try number("rope.scaling.attn_factor", in: range, otherwise: 1) }
        guard case .yarn(let yarn) = scaling else { return 1 }
        return try number("rope.scaling.attention_factor", in: range, otherwise: yarn.magnitude) / yarn.magnitude
    }

    /// The positions that the model was made for: one that is to be stretched often states those before.
    ///
    /// A GGUF file that does not tell them apart states those after.
    func stretchedContext(_ stated: Int, _ scaling: RotaryScaling) throws(WeightsError) -> Int {
        guard case .yarn(let yarn) = scaling else { return stated }
        let original = try metadata.double(spec.key("rope.scaling.original_context_length"))
        guard spec.layout == .checkpoint || original != nil else { return stated }
        let stretched = min(yarn.factor * yarn.originalContext, Double(ModelLimits.context.upperBound))
        return max(stated, Int(stretched))
    }

    private func yarn(factor: Double, trainedContext: Int) throws(WeightsError) -> YarnScaling {
        guard factor >= 1 else { throw fail("rope.scaling.factor", "\(factor) is below 1") }
        let suffix = "rope.scaling.yarn_ext_factor"
        if let share = try metadata.double(spec.key(suffix)), share >= 0, share != 1 {
            throw fail(suffix, "\(share) is not supported; only 1 is")
        }
        let logMultiplier = "rope.scaling.yarn_log_multiplier"
        if let multiplier = try metadata.double(spec.key(logMultiplier)), multiplier != 0 {
            throw fail(logMultiplier, "\(multiplier) is not supported; only 0 is")
        }
        for suffix in ["rope.scaling.mscale", "rope.scaling.mscale_all_dim"]
        where try metadata.double(spec.key(suffix)) != nil {
            throw fail(suffix, "is not supported")
        }
        let original = try number(
            "rope.scaling.original_context_length", in: Self.contexts, otherwise: Double(trainedContext))
        return YarnScaling(
            factor: factor, originalContext: original,
            betaFast: try number("rope.scaling.yarn_beta_fast", in: 1e-3...1e6, otherwise: 32),
            betaSlow: try number("rope.scaling.yarn_beta_slow", in: 1e-3...1e6, otherwise: 1))
    }

    func refuseExperts() throws(WeightsError) {
        guard let experts = try metadata.int(spec.key("expert_count")), experts != 0 else { return }
        throw fail("expert_count", "mixtures of \(experts) experts are not supported")
    }

    private func checked(_ value: Int, _ suffix: String, _ range: ClosedRange<Int>) throws(WeightsError) -> Int {
        guard range.contains(value) else {
            throw fail(suffix, "\(value) is outside \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}

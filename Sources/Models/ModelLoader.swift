package import Kernels
package import Weights

/// How far loading has come.
package struct LoadProgress: Sendable, Equatable {
    /// Bytes of the file that have been repacked.
    package let loadedBytes: Int
    /// Bytes of the file that will be.
    package let totalBytes: Int

    /// From 0 to 1.
    package var fraction: Double { totalBytes == 0 ? 1 : Double(loadedBytes) / Double(totalBytes) }
}

/// How a model is to be loaded.
package struct LoadOptions {
    /// Positions of the longest sequence.
    package let context: Int
    /// The handling of weights that are stored as plain numbers.
    package let quantisation: Quantisation
    /// Where quantised weights are kept for the next time; nil: nowhere.
    package let store: (any WeightStore)?

    /// Options of these values; loading checks the context.
    package init(context: Int, quantisation: Quantisation, store: (any WeightStore)?) {
        self.context = context
        self.quantisation = quantisation
        self.store = store
    }
}

/// From a file of tensors to a model that can compute.
package enum ModelLoader {
    /// The extents of the model in `file`; the error names the key or tensor that does not fit.
    /// - Throws: `WeightsError` that names the key or tensor that does not fit.
    package static func shape(of file: any TensorFile) throws(WeightsError) -> ModelShape {
        try Blueprint(file, .none).shape
    }

    /// The memory that serving the model of `file` takes; nothing is loaded.
    /// - Throws: `WeightsError` that names the key or tensor that does not fit.
    package static func memoryPlan(
        _ file: any TensorFile, _ quantisation: Quantisation, _ extent: ServingExtent
    ) throws(WeightsError) -> MemoryPlan {
        try MemoryPlan(Blueprint(file, quantisation), extent)
    }

    /// The memory that the weights of `file` take.
    /// - Throws: `WeightsError` that names the key or tensor that does not fit.
    package static func weightBytes(
        of file: any TensorFile, _ quantisation: Quantisation
    ) throws(WeightsError) -> Int {
        let bytes = try Blueprint(file, quantisation).stored.packedBytes
        guard let bytes else { throw WeightsError(file: file.path, reason: "the weights cannot be counted") }
        return bytes
    }

    /// Whether `quantisation` changes the format of any matrix of `file`.
    /// - Throws: `WeightsError` that names the key or tensor that does not fit.
    package static func isTaken(
        _ file: any TensorFile, _ quantisation: Quantisation
    ) throws(WeightsError) -> Bool {
        try Blueprint(file, quantisation).matrices.contains { $0.quantised != nil }
    }

    /// How many parameters the drafting layer of `file` has.
    /// - Throws: `WeightsError` that names the key or tensor that does not fit.
    package static func draftParameters(of file: any TensorFile) throws(WeightsError) -> Int {
        try Blueprint(file, .none).tensors.draft?.stored.reduce(0) { $0 + $1.elements } ?? 0
    }

    /// Repacks the weights of `file` for sequences of up to `context` tokens.
    ///
    /// `progress` is called after every tensor. The file's own pages are given back as they are read.
    /// - Throws: `WeightsError` that names the key or tensor that does not fit, or for which there is no memory.
    package static func load(
        _ file: any TensorFile, compute: Compute, context: Int, progress: (LoadProgress) -> Void
    ) throws(WeightsError) -> Transformer {
        let options = LoadOptions(context: context, quantisation: .none, store: nil)
        return try load(file, options, compute: compute, progress: progress)
    }

    /// The same with weights in the format that the options ask for.
    /// - Throws: `WeightsError` that names the key or tensor that does not fit, or for which there is no memory.
    package static func load(
        _ file: any TensorFile, _ options: LoadOptions, compute: Compute, progress: (LoadProgress) -> Void
    ) throws(WeightsError) -> Transformer {
        let context = options.context
        let blueprint = try Blueprint(file, options.quantisation)
        try check(context, blueprint)
        var packer = TensorPacker(blueprint, options.store, compute: compute)
        let tensors = try packer.pack(progress)
        let divisors = try packer.rotaryDivisors(progress)
        let parameters = blueprint.parameters
        let frequencies = RotaryFrequencies(
            base: parameters.rotaryBase, dimension: parameters.headDimension, scaling: parameters.rotaryScaling,
            divisors: divisors, attentionFactor: parameters.rotaryAttentionFactor)
        let table = RotaryTable(
            inverseFrequencies: frequencies.inverseFrequencies, maximumPositions: context,
            magnitude: frequencies.magnitude)
        return Transformer(
            shape: blueprint.shape, rotation: Rotation(table: table, pairing: blueprint.spec.pairing), tensors: tensors,
            compute: compute, weightDigest: packer.digest)
    }

    private static func check(_ context: Int, _ blueprint: Blueprint) throws(WeightsError) {
        let trained = blueprint.shape.trainedContext
        guard context >= 1, context <= trained else {
            throw blueprint.file.metadata.fail(
                blueprint.spec.key("context_length"),
                "a context of \(context) tokens was asked for; this model was made for 1 to \(trained)")
        }
    }
}

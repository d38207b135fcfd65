import Kernels
import Weights

/// Turns stored tensors into matrices and vectors, one after the other, and tells how far it is.
struct TensorPacker {
    private let blueprint: Blueprint
    private let compute: Compute
    private let totalBytes: Int
    private var loadedBytes = 0
    private var cache: WeightCache
    /// Where all matrices go that are not read from the cache.
    private var arena: MatrixArena?
    /// The checksums of all tensors, one behind the other.
    private var checksums: [UInt8] = []

    init(_ blueprint: Blueprint, _ store: (any WeightStore)?, compute: Compute) {
        cache = WeightCache(blueprint, store, compute: compute)
        self.blueprint = blueprint
        self.compute = compute
        self.totalBytes = blueprint.stored.reduce(0) { $0 + $1.byteRange.count }
    }

    /// SHA-256 over the checksums of what was loaded so far: every byte of every tensor, as the kernels read it.
    var digest: [UInt8] { compute.digest(of: checksums) }

    /// All tensors, ready for the kernels.
    mutating func pack(
        _ progress: (LoadProgress) -> Void
    ) throws(WeightsError) -> TransformerTensors<Matrix, Vector> {
        let stored = blueprint.tensors
        let embedding = try matrix(stored.embedding, progress)
        var blocks: [DecoderBlock<Matrix, Vector>] = []
        for block in stored.blocks {
            blocks.append(try self.block(block, progress))
        }
        var head: Projection<Matrix, Vector>?
        let norm = try vector(stored.outputNorm, progress)
        if let stored = stored.head { head = try projection(stored, progress) }
        var draft: DraftLayer<Matrix, Vector>?
        if let stored = stored.draft { draft = try self.draft(stored, progress) }
        cache.finish()
        return TransformerTensors(
            embedding: embedding, blocks: blocks, outputNorm: norm, head: head, draft: draft, rotaryDivisors: nil)
    }

    private mutating func draft(
        _ stored: DraftLayer<StoredTensor, StoredTensor>, _ progress: (LoadProgress) -> Void
    ) throws(WeightsError) -> DraftLayer<Matrix, Vector> {
        DraftLayer(
            tokenNorm: try vector(stored.tokenNorm, progress), hiddenNorm: try vector(stored.hiddenNorm, progress),
            finalNorm: try vector(stored.finalNorm, progress),
            inputProjection: try projection(stored.inputProjection, progress), inputOrder: stored.inputOrder,
            block: try block(stored.block, progress))
    }

    /// LLaMA 3's divisors, all of them usable.
    mutating func rotaryDivisors(_ progress: (LoadProgress) -> Void) throws(WeightsError) -> [Float]? {
        guard let tensor = blueprint.tensors.rotaryDivisors else { return nil }
        let values = decoded(tensor)
        checksums += checksum(of: tensor)
        let range: ClosedRange<Float> = 1e-6...1e6
        guard values.allSatisfy({ range.contains($0) }) else {
            throw fail(tensor, "holds a divisor outside \(range.lowerBound) to \(range.upperBound)")
        }
        finished(tensor, progress)
        return values
    }

    private mutating func block(
        _ block: DecoderBlock<StoredTensor, StoredTensor>, _ progress: (LoadProgress) -> Void
    ) throws(WeightsError) -> DecoderBlock<Matrix, Vector> {
        DecoderBlock(
            attentionNorm: try vector(block.attentionNorm, progress),
            query: try projection(block.query, progress), key: try projection(block.key, progress),
            value: try projection(block.value, progress),
            queryNorm: try optionalVector(block.queryNorm, progress),
            keyNorm: try optionalVector(block.keyNorm, progress),
            attentionOutput: try projection(block.attentionOutput, progress),
            feedForwardNorm: try vector(block.feedForwardNorm, progress),
            gate: try projection(block.gate, progress), up: try projection(block.up, progress),
            down: try projection(block.down, progress))
    }

    private mutating func projection(
        _ stored: Projection<StoredTensor, StoredTensor>, _ progress: (LoadProgress) -> Void
    ) throws(WeightsError) -> Projection<Matrix, Vector> {
        let weight = try matrix(stored.weight, progress)
        guard let bias = stored.bias else { return Projection(weight: weight, bias: nil) }
        return Projection(weight: weight, bias: try vector(bias, progress))
    }

    private mutating func matrix(
        _ tensor: StoredTensor, _ progress: (LoadProgress) -> Void
    ) throws(WeightsError) -> Matrix {
        if let (matrix, checksum) = cache.next(tensor) {
            checksums += checksum
            finished(tensor, progress)
            return matrix
        }
        let matrix: Matrix
        do {
            matrix = try packed(tensor)
            let checksum = compute.checksum(matrix.packedBytes)
            checksums += checksum
            cache.keep(matrix, checksum: checksum, of: tensor)
        } catch .encoding(let reason) {
            throw fail(tensor, reason)
        } catch {
            throw fail(tensor, "cannot be repacked: \(error)")
        }
        finished(tensor, progress)
        return matrix
    }

    private mutating func packed(_ tensor: StoredTensor) throws(MatrixError) -> Matrix {
        if arena == nil { arena = try MatrixArena(byteCount: blueprint.matrices.packedBytes) }
        guard let arena else { throw .memory(bytes: nil) }
        let bytes = blueprint.file.bytes(of: tensor.info).extracting(tensor.byteRange)
        return try Matrix(packing: bytes, form: tensor.form, into: arena, using: compute)
    }

    private mutating func vector(
        _ tensor: StoredTensor, _ progress: (LoadProgress) -> Void
    ) throws(WeightsError) -> Vector {
        let vector = Vector(decoded(tensor))
        checksums += checksum(of: tensor)
        finished(tensor, progress)
        return vector
    }

    private mutating func optionalVector(
        _ tensor: StoredTensor?, _ progress: (LoadProgress) -> Void
    ) throws(WeightsError) -> Vector? {
        guard let tensor else { return nil }
        return try vector(tensor, progress)
    }

    private func checksum(of tensor: StoredTensor) -> [UInt8] {
        compute.checksum(blueprint.file.bytes(of: tensor.info).extracting(tensor.byteRange))
    }

    private func decoded(_ tensor: StoredTensor) -> [Float] {
        Decoding.decode(
            blueprint.file.bytes(of: tensor.info).extracting(tensor.byteRange), format: tensor.format,
            count: tensor.elements)
    }

    private mutating func finished(_ tensor: StoredTensor, _ progress: (LoadProgress) -> Void) {
        blueprint.file.release(tensor.info)
        loadedBytes += tensor.byteRange.count
        progress(LoadProgress(loadedBytes: loadedBytes, totalBytes: totalBytes))
    }

    private func fail(_ tensor: StoredTensor, _ reason: String) -> WeightsError {
        WeightsError(file: blueprint.file.path, reason: "tensor \(Quotation.quoted(tensor.info.name)) \(reason)")
    }
}

package import Kernels
import Weights

/// What a model is to be served with, as far as memory is concerned.
package struct ServingExtent: Sendable, Equatable {
    /// Positions of the longest sequence.
    package let context: Int
    /// Storage of keys and values.
    package let kvFormat: KVFormat
    /// Pages of the cache.
    package let pages: Int
    /// Tokens of a page.
    package let pageTokens: Int
    /// Most tokens of a step.
    package let maximumRows: Int
    /// Most rows of logits of a step.
    package let maximumOutputs: Int
    /// Threads that share a step's work.
    package let threads: Int
    /// How the drafting layer is used; nil where it is not used, or there is none.
    package let drafting: DraftOptions?

    /// An extent of these numbers; the plan checks them.
    package init(
        context: Int, kvFormat: KVFormat, pages: Int, pageTokens: Int, maximumRows: Int, maximumOutputs: Int,
        threads: Int, drafting: DraftOptions?
    ) {
        self.threads = threads
        self.drafting = drafting
        self.context = context
        self.kvFormat = kvFormat
        self.pages = pages
        self.pageTokens = pageTokens
        self.maximumRows = maximumRows
        self.maximumOutputs = maximumOutputs
    }
}

/// Where the memory of a served model goes, in bytes, worked out before any of it is taken.
package struct MemoryPlan: Sendable, Equatable {
    /// The file as mapped; its pages can be given back at any time.
    package let mappedFileBytes: Int
    /// Weights in the order of the kernels.
    package let weightBytes: Int
    /// Keys and values of one token.
    package let kvBytesPerToken: Int
    /// Keys and values of all pages.
    package let cacheBytes: Int
    /// Scratch of a step, logits included.
    package let workspaceBytes: Int
    /// Cosines and sines of all positions.
    package let rotaryBytes: Int

    /// Everything that has to stay in memory.
    package let totalBytes: Int

    /// Bytes that the cache of `extent` takes in `format`; nil where that cannot be counted.
    package static func cacheBytes(_ shape: ModelShape, _ extent: ServingExtent, _ format: KVFormat) -> Int? {
        KVCache.byteCount(
            pages: extent.pages, pageTokens: extent.pageTokens,
            layers: shape.cacheLayers(isDrafting: extent.drafting != nil), kvHeads: shape.kvHeads,
            headDimension: shape.headDimension, format: format)
    }

    /// The plan for serving the model of `blueprint`.
    init(_ blueprint: Blueprint, _ extent: ServingExtent) throws(WeightsError) {
        let shape = blueprint.shape
        let file = blueprint.file
        func counted(_ bytes: Int?, _ what: String) throws(WeightsError) -> Int {
            guard let bytes else {
                throw WeightsError(file: file.path, reason: "the memory for \(what) is more than can be counted")
            }
            return bytes
        }
        mappedFileBytes = file.fileBytes
        weightBytes = try counted(blueprint.stored.packedBytes, "the weights")
        let cacheLayers = shape.cacheLayers(isDrafting: extent.drafting != nil)
        kvBytesPerToken = shape.kvBytesPerToken(extent.kvFormat, layers: cacheLayers)
        cacheBytes = try counted(Self.cacheBytes(shape, extent, extent.kvFormat), "the key and value cache")
        workspaceBytes = try counted(Self.workspaceBytes(shape, extent), "the workspace")
        rotaryBytes = try counted(
            Self.product(extent.context, shape.headDimension * MemoryLayout<Float>.size), "the rotary table")
        totalBytes = try counted(Self.sum([weightBytes, cacheBytes, workspaceBytes, rotaryBytes]), "the model")
    }

    private static func workspaceBytes(_ shape: ModelShape, _ extent: ServingExtent) -> Int? {
        let tensors = Workspace.byteCount(
            shape: shape, maximumRows: extent.maximumRows, maximumOutputs: extent.maximumOutputs)
        let attention = AttentionPlan.byteCount(
            AttentionExtent(
                rows: extent.maximumRows, sequences: min(extent.maximumRows, extent.maximumOutputs),
                context: extent.context, pageTokens: extent.pageTokens, threads: extent.threads),
            heads: shape.heads, kvHeads: shape.kvHeads, headDimension: shape.headDimension)
        // What a row is sampled from, and a copy of it: one of each for every thread.
        let row = RowSelection.byteCount(vocabulary: shape.vocabulary) + shape.vocabulary * MemoryLayout<Float>.size
        guard let tensors, let attention, let rows = product(row, extent.threads) else { return nil }
        let step = sum([tensors, attention, rows])
        guard let step, let drafting = extent.drafting else { return step }
        let passes = DraftPass.byteCount(
            shape: shape, options: drafting, maximumRows: extent.maximumRows, maximumSequences: extent.maximumOutputs)
        return passes.flatMap { sum([step, $0]) }
    }

    private static func product(_ left: Int, _ right: Int) -> Int? {
        let (result, overflow) = left.multipliedReportingOverflow(by: right)
        return overflow ? nil : result
    }

    private static func sum(_ parts: [Int]) -> Int? {
        var total = 0
        for part in parts {
            let (next, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = next
        }
        return total
    }
}

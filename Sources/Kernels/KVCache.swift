internal import CKernels
internal import Platform

/// How keys and values are kept.
package enum KVFormat: String, CaseIterable, Sendable {
    /// As they are.
    case f32
    /// Rounded to bfloat; attention rounds queries and weights to it too.
    case bf16
    /// Codes of one byte, and a scale for each key and each value of a head.
    case int8
    /// Keys as in int8; values as codes of four bits, with a factor and an offset for every 32 numbers and a scale for each value.
    case k8v4

    /// Bytes of a key and its value in one head.
    package func bytes(headDimension: Int) -> Int {
        switch self {
        case .f32: 8 * headDimension
        case .bf16: 4 * headDimension
        case .int8: 2 * (headDimension + 4)
        case .k8v4: headDimension + 4 + (headDimension + 31) / 32 * 18 + 4
        }
    }

    var code: CInt {
        switch self {
        case .f32: 0
        case .bf16: 1
        case .int8: 2
        case .k8v4: 3
        }
    }
}

/// Shape of the KV pages of a model.
package struct PageGeometry: Sendable, Equatable {
    /// Number of pages, tokens in each, layers, KV heads, and values per head.
    package let pages, pageTokens, layers, kvHeads, headDimension: Int
    /// How values are kept.
    package let format: KVFormat

    /// Names the numbers; `KVCache` checks them.
    package init(pages: Int, pageTokens: Int, layers: Int, kvHeads: Int, headDimension: Int, format: KVFormat) {
        self.pages = pages
        self.pageTokens = pageTokens
        self.layers = layers
        self.kvHeads = kvHeads
        self.headDimension = headDimension
        self.format = format
    }

    /// Bytes of all pages; nil when a number is out of range or the size does not fit.
    package var byteCount: Int? {
        guard problem == nil else { return nil }
        let head = kernel_cache_head_bytes(pageTokens, headDimension, format.code)
        return [pages, layers, kvHeads].reduce(head as Int?) { bytes, factor in
            guard let bytes else { return nil }
            let (product, overflow) = bytes.multipliedReportingOverflow(by: factor)
            return overflow ? nil : product
        }
    }

    /// What is wrong with the numbers, if anything.
    var problem: String? {
        if pages < 1 || pages > Int(Int32.max) { return "the cache needs between 1 and 2^31 - 1 pages, not \(pages)" }
        if pageTokens < 2 || pageTokens > 512 || pageTokens & (pageTokens - 1) != 0 {
            return "a page holds a power of two of tokens from 2 to 512, not \(pageTokens)"
        }
        if headDimension < 1 || headDimension > 512 {
            return "a head has between 1 and 512 values, not \(headDimension)"
        }
        if layers < 1 || kvHeads < 1 { return "the cache needs layers and heads" }
        return nil
    }
}

/// The KV pages of all layers in one region (paged attention: arXiv:2309.06180). One owner: the engine thread.
@safe package final class KVCache {
    /// Shape of the pages.
    package let geometry: PageGeometry
    /// Bytes of the region; resident only once touched.
    package let byteCount: Int
    private let region: MemoryRegion

    /// Reserves the pages, all zero.
    /// - Throws: `MatrixError` where the geometry is out of range, or memory is short.
    package init(_ geometry: PageGeometry) throws(MatrixError) {
        if let problem = geometry.problem { throw .pages(problem) }
        guard let bytes = geometry.byteCount else { throw .memory(bytes: nil) }
        guard let region = MemoryRegion(byteCount: bytes) else { throw .memory(bytes: bytes) }
        self.geometry = geometry
        self.region = region
        byteCount = bytes
    }

    /// Reserves pages of the given shape, all zero.
    /// - Throws: `MatrixError` where the geometry is out of range, or memory is short.
    package convenience init(
        pages: Int, pageTokens: Int, layers: Int, kvHeads: Int, headDimension: Int, format: KVFormat
    ) throws(MatrixError) {
        try self.init(
            PageGeometry(
                pages: pages, pageTokens: pageTokens, layers: layers, kvHeads: kvHeads, headDimension: headDimension,
                format: format))
    }

    /// Bytes that pages of the given shape take; nil when it is impossible.
    package static func byteCount(
        pages: Int, pageTokens: Int, layers: Int, kvHeads: Int, headDimension: Int, format: KVFormat
    ) -> Int? {
        PageGeometry(
            pages: pages, pageTokens: pageTokens, layers: layers, kvHeads: kvHeads, headDimension: headDimension,
            format: format
        ).byteCount
    }

    /// Copies the first `tokens` slots of a page to another, in every layer: copy on write of a shared page.
    package func copy(page: Int32, to target: Int32, tokens: Int) {
        precondition(contains(page) && contains(target), "page outside the cache")
        precondition(tokens >= 0 && tokens <= geometry.pageTokens, "more tokens than a page holds")
        var view = unsafe self.view
        unsafe kernel_cache_copy(&view, Int(page), Int(target), tokens)
    }

    func contains(_ page: Int32) -> Bool { page >= 0 && page < geometry.pages }

    /// The cache as the C kernels see it; valid while `self` lives.
    var view: kernel_cache {
        unsafe kernel_cache(
            base: region.address.assumingMemoryBound(to: UInt8.self), pages: geometry.pages,
            page_tokens: geometry.pageTokens, layers: geometry.layers, heads: geometry.kvHeads,
            head_dimension: geometry.headDimension, format: geometry.format.code)
    }
}

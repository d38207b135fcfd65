package import Kernels

/// The extents of a model, read from its metadata and checked against its tensors.
package struct ModelShape: Sendable, Equatable {
    /// Name of the family, such as `llama`.
    package let architecture: String
    /// Rows of the embedding and of the head, padding included.
    package let vocabulary: Int
    /// Tokens that may be sampled: ids below this; the rows from here on are padding.
    package let usableVocabulary: Int
    /// Most positions of a sequence that the model was made for.
    package let trainedContext: Int
    /// Number of blocks.
    package let layers: Int
    /// Layers that draft tokens, each with keys and values of its own besides those of the blocks: 0 or 1.
    package let draftLayers: Int
    /// Width of the residual stream.
    package let hidden: Int
    /// Width inside the feed-forward part.
    package let feedForward: Int
    /// Query heads.
    package let heads: Int
    /// Key and value heads; `heads` is a multiple of them.
    package let kvHeads: Int
    /// Width of one head.
    package let headDimension: Int
    /// Added to the mean square in every norm.
    package let normEpsilon: Float
    /// Whether rows of pictures are turned by three positions (M-RoPE); text is turned by one all the same.
    package let hasRotaryAxes: Bool

    /// Width of all query heads.
    package var queryWidth: Int { heads * headDimension }
    /// Width of all key heads, and of all value heads.
    package var kvWidth: Int { kvHeads * headDimension }

    /// Layers with keys and values of a model that drafts, or does not although it might.
    package func cacheLayers(isDrafting: Bool) -> Int { layers + (isDrafting ? draftLayers : 0) }

    /// Bytes of keys and values that one token takes in a cache of so many layers.
    package func kvBytesPerToken(_ format: KVFormat, layers: Int) -> Int {
        layers * kvHeads * format.bytes(headDimension: headDimension)
    }
}

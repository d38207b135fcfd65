/// Bounds on the extents that a model file may state: far above any model, low enough that no product overflows.
package enum ModelLimits {
    /// Number of blocks.
    package static let layers = 1...1_024
    /// Drafting layers that a file may announce.
    package static let draftLayers = 0...64
    /// Width of the residual stream.
    package static let hidden = 1...(1 << 18)
    /// Width inside the feed-forward part.
    package static let feedForward = 1...(1 << 20)
    /// Query heads, and key and value heads.
    package static let heads = 1...4_096
    /// Width of a head.
    package static let headDimension = 2...512
    /// Rows of the embedding.
    package static let vocabulary = 1...(1 << 22)
    /// Positions of a sequence.
    package static let context = 1...(1 << 24)
}

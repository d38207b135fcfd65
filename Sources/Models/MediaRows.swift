/// Rows that stand in a prompt in the place of embeddings: what an encoder has made of a picture or a clip.
package final class MediaRows: Sendable {
    /// Values in a row: the width of the model's residual stream.
    package let width: Int
    /// How many rows there are.
    package let count: Int
    /// Row after row.
    private let values: [Float]

    /// Rows of `width` values, one after the other; nil if these are no whole rows.
    package init?(width: Int, values: [Float]) {
        guard width > 0, !values.isEmpty, values.count.isMultiple(of: width) else { return nil }
        self.width = width
        self.values = values
        count = values.count / width
    }

    /// One value.
    package subscript(row: Int, column: Int) -> Float { values[row * width + column] }

    /// Writes a row over `target`, which has at least its width.
    func copy(row: Int, to target: inout MutableSpan<Float>) {
        let first = row * width
        for column in 0..<width { target[column] = values[first + column] }
    }
}

/// Whether prompts may hold media.
package enum MediaSupport: Sendable, Equatable {
    /// As rows of this width.
    case rows(width: Int)
    /// Not, with the reason for the client.
    case refused(reason: String)
}

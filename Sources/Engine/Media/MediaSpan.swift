package import Models

/// A run of a prompt that is no text: rows of media in the place of tokens.
package struct MediaSpan: Sendable {
    /// Where it stands in the prompt; the tokens there are placeholders and say nothing.
    package let range: Range<Int>
    /// SHA-256 of everything that its rows are made of: equal keys have equal rows.
    package let key: [UInt8]
    /// A row for each place.
    package let rows: MediaRows

    /// The bytes of a key.
    package static let keyBytes = 32

    /// A run of a prompt.
    package init(range: Range<Int>, key: [UInt8], rows: MediaRows) {
        self.range = range
        self.key = key
        self.rows = rows
    }

    /// Why these runs cannot stand in a prompt of `count` tokens; nil if they can.
    static func refusal(of spans: [MediaSpan], in count: Int, _ support: MediaSupport) -> String? {
        guard !spans.isEmpty else { return nil }
        guard case .rows(let width) = support else {
            guard case .refused(let reason) = support else { return nil }
            return reason
        }
        var end = 0
        for span in spans {
            guard span.range.lowerBound >= end, !span.range.isEmpty, span.range.upperBound <= count else {
                return "they overlap, or lie outside the prompt"
            }
            guard span.rows.count == span.range.count, span.key.count == keyBytes else {
                return "a run of \(span.range.count) places has \(span.rows.count) rows"
            }
            guard span.rows.width == width else {
                return "their rows have \(span.rows.width) values, the model takes \(width)"
            }
            end = span.range.upperBound
        }
        return nil
    }
}

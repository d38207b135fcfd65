/// Where in a text the names of control tokens become those tokens: byte ranges, ascending, apart from each other.
///
/// Example: of `<|im_start|>user\n<|im_end|><|im_end|>` a template wrote the first 17 bytes and the last 10. With the
/// spans 0..<17 and 27..<37 the middle, which a user wrote, stays text, while words and merges see one text.
struct SpecialTokenSpans: Sendable {
    private let spans: [Range<Int>]

    /// Nowhere.
    static let none = SpecialTokenSpans([], limit: 0)

    /// Everywhere in a text of so many bytes.
    static func all(_ count: Int) -> SpecialTokenSpans { SpecialTokenSpans([0..<count], limit: count) }

    /// Ranges in any order; what lies outside the text is cut off, what touches becomes one.
    init(_ ranges: [Range<Int>], limit: Int) {
        var merged: [Range<Int>] = []
        let clamped = ranges.map { $0.clamped(to: 0..<limit) }.filter { !$0.isEmpty }
        for range in clamped.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        spans = merged
    }

    /// How far a control token that starts at an offset may reach; the offset itself where none may start.
    func end(at offset: Int) -> Int {
        var low = 0
        var high = spans.count
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].upperBound <= offset { low = middle + 1 } else { high = middle }
        }
        guard low < spans.count, spans[low].lowerBound <= offset else { return offset }
        return spans[low].upperBound
    }

    /// The spans as they lie in a rewritten part of the text.
    ///
    /// - Parameters:
    ///   - part: the bytes that were rewritten, as one.
    ///   - count: how many bytes they became.
    ///   - rewritten: how many bytes a piece of the part becomes when it is rewritten on its own.
    /// - Returns: ``none`` where the pieces do not add up to the whole: what cannot be placed is not allowed.
    func mapped(_ part: Range<Int>, to count: Int, rewritten: (Range<Int>) -> Int) -> SpecialTokenSpans {
        var result: [Range<Int>] = []
        var place = part.lowerBound
        var output = 0
        for span in spans {
            let inside = span.clamped(to: part)
            guard !inside.isEmpty else { continue }
            output += rewritten(place..<inside.lowerBound)
            let start = output
            output += rewritten(inside)
            result.append(start..<output)
            place = inside.upperBound
        }
        output += rewritten(place..<part.upperBound)
        return output == count ? SpecialTokenSpans(result, limit: count) : .none
    }
}

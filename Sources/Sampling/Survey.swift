/// What one look at many logits tells: the greatest, and whether all are finite.
///
/// The loop works on bit patterns as integers, because the compiler may reorder those and so uses vector instructions.
struct Survey {
    /// The greatest value; meaningless unless there is a value and all are numbers.
    let best: Float
    /// Whether no value is NaN or infinite.
    let isFinite: Bool

    /// Values that are looked at together.
    static let blockCount = 256

    /// Looks at `values`. Kept in one piece: inlined, the compiler no longer sees that the loop stays inside.
    @inline(never)
    init(_ values: Span<Float>) {
        var greatest = Int32.min
        var magnitude: Int32 = 0
        for index in values.indices {
            let bits = Int32(bitPattern: values[index].bitPattern)
            greatest = max(greatest, bits ^ (bits &>> 31 & Int32.max))
            magnitude = max(magnitude, bits & Int32.max)
        }
        best = Float(bitPattern: UInt32(bitPattern: greatest ^ (greatest &>> 31 & Int32.max)))
        isFinite = magnitude < Self.infinity
    }

    /// The bits of infinity; those of NaN are greater.
    private static let infinity: Int32 = 0x7F80_0000

    /// The most likely token of an untouched row, the lowest id among equals; nil if a value is not finite.
    static func greedy(_ logits: Span<Float>) -> Int32? {
        var best = -Float.infinity
        var bestStart = 0
        for start in stride(from: 0, to: logits.count, by: blockCount) {
            let survey = Survey(logits.extracting(start..<min(start + blockCount, logits.count)))
            guard survey.isFinite else { return nil }
            if survey.best > best { (best, bestStart) = (survey.best, start) }
        }
        for index in bestStart..<logits.count where logits[index] == best { return Int32(truncatingIfNeeded: index) }
        return nil
    }

    /// Whether no value is NaN or infinite.
    static func isFinite(_ values: Span<Float>) -> Bool {
        for start in stride(from: 0, to: values.count, by: blockCount) {
            guard Survey(values.extracting(start..<min(start + blockCount, values.count))).isFinite else {
                return false
            }
        }
        return true
    }

    /// The greatest of many values; −∞ for an empty row.
    static func maximum(of values: Span<Float>) -> Float {
        var best = -Float.infinity
        for start in stride(from: 0, to: values.count, by: blockCount) {
            best = max(best, Survey(values.extracting(start..<min(start + blockCount, values.count))).best)
        }
        return best
    }
}

/// Splits text in stages, each of which splits what the one before left: DeepSeek Coder's way.
///
/// The stages are `[\r\n]`, `\s?\p{L}+`, `\s?\p{P}+`, `[一-龥ࠀ-一가-퟿]+` and single digits; what no stage takes stays together.
/// Example: `a  bc12` becomes `a`, ` `, ` bc`, `1`, `2`. Source: `tokenizer.json` of deepseek-coder.
struct StagedScanner {
    private enum Stage: CaseIterable {
        case newlines, letters, punctuation, ideographs, numbers
    }

    private let bytes: [UInt8]
    private let classes = ScalarClasses.reference

    /// The bytes must be well-formed UTF-8.
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Hands the words of a range to `body`, in order.
    func words(_ range: Range<Int>, _ body: (Range<Int>) -> Void) {
        split(range, Stage.allCases[...], body)
    }

    /// Five stages deep, each place is looked at once in each.
    private func split(_ range: Range<Int>, _ stages: ArraySlice<Stage>, _ body: (Range<Int>) -> Void) {
        guard !range.isEmpty else { return }
        guard let stage = stages.first else { return body(range) }
        let rest = stages.dropFirst()
        var gap = range.lowerBound
        var place = range.lowerBound
        while place < range.upperBound {
            if let end = matchEnd(stage, from: place, range.upperBound) {
                split(gap..<place, rest, body)
                split(place..<end, rest, body)
                gap = end
                place = end
            } else {
                place = scalar(at: place, range.upperBound).next
            }
        }
        split(gap..<range.upperBound, rest, body)
    }

    private func matchEnd(_ stage: Stage, from start: Int, _ limit: Int) -> Int? {
        let (first, next) = scalar(at: start, limit)
        switch stage {
        case .newlines: return first == 0x0A || first == 0x0D ? next : nil
        case .numbers: return classes[first].isDisjoint(with: [.number, .newerDigit]) ? nil : next
        case .ideographs: return run(from: start, limit) { Self.isIdeograph($0) }
        case .letters: return run(behindSpaceFrom: start, limit) { classes[$0].contains(.letter) }
        case .punctuation: return run(behindSpaceFrom: start, limit) { classes[$0].contains(.punctuation) }
        }
    }

    private func run(behindSpaceFrom start: Int, _ limit: Int, _ isWanted: (UInt32) -> Bool) -> Int? {
        let (first, next) = scalar(at: start, limit)
        let begin = classes[first].contains(.whitespace) ? next : start
        return run(from: begin, limit, isWanted)
    }

    /// The end of a run of at least one scalar.
    private func run(from start: Int, _ limit: Int, _ isWanted: (UInt32) -> Bool) -> Int? {
        var end = start
        while end < limit {
            let (value, next) = scalar(at: end, limit)
            guard isWanted(value) else { break }
            end = next
        }
        return end > start ? end : nil
    }

    private func scalar(at offset: Int, _ limit: Int) -> (value: UInt32, next: Int) {
        let (value, length) = UTF8Reader.scalar(in: bytes, at: offset, end: limit)
        return (value, offset + length)
    }

    private static func isIdeograph(_ scalar: UInt32) -> Bool {
        (0x4E00...0x9FA5).contains(scalar) || (0x0800...0x4E00).contains(scalar) || (0xAC00...0xD7FF).contains(scalar)
    }
}

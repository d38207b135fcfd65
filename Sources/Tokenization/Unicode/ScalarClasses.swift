/// What a scanner needs to know about a scalar.
struct ScalarClass: OptionSet, Sendable {
    let rawValue: UInt16

    static let letter = ScalarClass(rawValue: 1)
    static let number = ScalarClass(rawValue: 2)
    static let whitespace = ScalarClass(rawValue: 4)
    /// Split singly by the digit splitter although the patterns do not take it for a number.
    static let newerDigit = ScalarClass(rawValue: 8)
    /// May change under canonical composition, or change what stands before it.
    static let composing = ScalarClass(rawValue: 16)
    /// A capital or title-case letter.
    static let capital = ScalarClass(rawValue: 32)
    /// A small letter.
    static let small = ScalarClass(rawValue: 64)
    /// A mark that belongs to the letter before.
    static let mark = ScalarClass(rawValue: 256)
    /// `\p{P}`.
    static let punctuation = ScalarClass(rawValue: 512)
    /// No scalar: the end of the text.
    static let end = ScalarClass(rawValue: 128)

    /// The three classes of which the patterns speak; empty for everything else.
    static let pattern: ScalarClass = [.letter, .number, .whitespace]
}

/// The classes of all scalars, as the reference sees them: a two-stage table of about 100 kB, built once from the ranges.
///
/// The standard library's own properties follow a newer Unicode version than the tokenizers that models were trained
/// with, so they would split newly encoded scripts differently.
struct ScalarClasses: Sendable {
    static let reference = ScalarClasses()

    private var blockOf: [UInt16] = []
    private var classes: [UInt16] = []
    private static let blockScalars = 256

    private init() {
        var flat = [UInt16](repeating: 0, count: 0x11_0000)
        Self.mark(ScalarRanges.letters, .letter, in: &flat)
        Self.mark(ScalarRanges.numbers, .number, in: &flat)
        Self.mark(ScalarRanges.whitespace, .whitespace, in: &flat)
        Self.mark(ScalarRanges.newerDigits, .newerDigit, in: &flat)
        Self.mark(LetterRanges.capitals, .capital, in: &flat)
        Self.mark(LetterRanges.smalls, .small, in: &flat)
        Self.mark(LetterRanges.marks, .mark, in: &flat)
        Self.mark(LetterRanges.punctuation, .punctuation, in: &flat)
        for scalar in CanonicalComposition.composingScalars() {
            flat[Int(scalar)] |= ScalarClass.composing.rawValue
        }
        var known: [ArraySlice<UInt16>: UInt16] = [:]
        for start in stride(from: 0, to: flat.count, by: Self.blockScalars) {
            let block = flat[start..<start + Self.blockScalars]
            let number = known[block] ?? UInt16(truncatingIfNeeded: known.count)
            if known.updateValue(number, forKey: block) == nil {
                classes.append(contentsOf: block)
            }
            blockOf.append(number)
        }
    }

    private static func mark(_ ranges: [UInt32], _ kind: ScalarClass, in flat: inout [UInt16]) {
        for index in stride(from: 0, to: ranges.count, by: 2) {
            for scalar in ranges[index]...ranges[index + 1] {
                flat[Int(scalar)] |= kind.rawValue
            }
        }
    }

    /// The class of a scalar value below 0x110000.
    subscript(_ scalar: UInt32) -> ScalarClass {
        let block = Int(blockOf[Int(scalar >> 8)])
        return ScalarClass(rawValue: classes[block * Self.blockScalars + Int(scalar & 0xFF)])
    }
}

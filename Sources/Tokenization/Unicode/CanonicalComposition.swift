/// Normalization form C, as the reference applies it before it splits text.
package enum CanonicalComposition {
    /// By how much a text grows at most (Unicode, annex 15, table 6).
    static let mostGrowth = 3

    /// A text in form C.
    package static func normalized(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return normalized(bytes, 0..<bytes.count).map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// The text in form C, or nil if it is already (or nothing in it could change).
    static func normalized(_ bytes: [UInt8], _ range: Range<Int>) -> [UInt8]? {
        let classes = ScalarClasses.reference
        var offset = range.lowerBound
        while offset < range.upperBound {
            let (scalar, length) = UTF8Reader.scalar(in: bytes, at: offset, end: range.upperBound)
            if scalar >= 0x80 && classes[scalar].contains(.composing) {
                return compose(decompose(bytes, range))
            }
            offset += length
        }
        return nil
    }

    /// Every scalar whose presence means that a text has to be normalized to know whether it changes.
    static func composingScalars() -> Set<UInt32> {
        var scalars = Set(0x1161...0x1175 as ClosedRange<UInt32>).union(0x11A8...0x11C2)
        for packed in CanonicalDecompositions.packed {
            let entry = Decomposition(packed)
            if entry.isExcluded {
                scalars.insert(entry.scalar)
            } else {
                scalars.insert(entry.second)
            }
        }
        for index in stride(from: 0, to: CombiningClasses.runs.count, by: 3) {
            scalars.formUnion(CombiningClasses.runs[index]...CombiningClasses.runs[index + 1])
        }
        return scalars
    }

    private static func combiningClass(_ scalar: UInt32) -> UInt8 {
        let runs = CombiningClasses.runs
        var low = 0
        var high = runs.count / 3
        while low < high {
            let middle = (low + high) / 2
            if runs[middle * 3 + 1] < scalar {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < runs.count / 3, runs[low * 3] <= scalar else { return 0 }
        return UInt8(truncatingIfNeeded: runs[low * 3 + 2])
    }

    // MARK: Decomposition and order

    /// A scalar and its combining class.
    private typealias Mark = (scalar: UInt32, order: UInt8)

    private static func decompose(_ bytes: [UInt8], _ range: Range<Int>) -> [Mark] {
        var output: [Mark] = []
        output.reserveCapacity(range.count)
        var runStart = 0
        var offset = range.lowerBound
        while offset < range.upperBound {
            let (scalar, length) = UTF8Reader.scalar(in: bytes, at: offset, end: range.upperBound)
            offset += length
            for part in parts(of: scalar) {
                let order = combiningClass(part)
                if order == 0 {
                    sortMarks(&output, from: runStart)
                    runStart = output.count + 1
                }
                output.append((part, order))
            }
        }
        sortMarks(&output, from: runStart)
        return output
    }

    /// Sorts one run of marks by class, keeping the order of equals; linear, since a run may be the whole text.
    private static func sortMarks(_ marks: inout [Mark], from start: Int) {
        guard marks.count - start > 1 else { return }
        let run = marks[start...]
        if zip(run, run.dropFirst()).allSatisfy({ $0.order <= $1.order }) {
            return
        }
        var buckets = [[UInt32]](repeating: [], count: 256)
        for mark in run {
            buckets[Int(mark.order)].append(mark.scalar)
        }
        marks.removeSubrange(start...)
        for (order, bucket) in buckets.enumerated() {
            marks.append(contentsOf: bucket.map { ($0, UInt8(truncatingIfNeeded: order)) })
        }
    }

    private static func parts(of scalar: UInt32) -> [UInt32] {
        if scalar < 0xC0 {
            return [scalar]
        }
        if let parts = Hangul.parts(of: scalar) {
            return parts
        }
        var tail: [UInt32] = []
        var head = scalar
        while let entry = decomposition(of: head) {
            head = entry.first
            if entry.second != 0 {
                tail.append(entry.second)
            }
        }
        // No second part decomposes further, except in marks that decompose into marks; their parts are looked up too.
        return [head]
            + tail.reversed().flatMap { part in
                decomposition(of: part).map { [$0.first, $0.second].filter { $0 != 0 } } ?? [part]
            }
    }

    private static func decomposition(of scalar: UInt32) -> Decomposition? {
        let packed = CanonicalDecompositions.packed
        var low = 0
        var high = packed.count
        while low < high {
            let middle = (low + high) / 2
            if Decomposition(packed[middle]).scalar < scalar {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < packed.count else { return nil }
        let entry = Decomposition(packed[low])
        return entry.scalar == scalar ? entry : nil
    }

    // MARK: Composition

    private static let composites: [UInt64: UInt32] = {
        var table: [UInt64: UInt32] = [:]
        for packed in CanonicalDecompositions.packed {
            let entry = Decomposition(packed)
            if !entry.isExcluded {
                table[UInt64(entry.first) << 32 | UInt64(entry.second)] = entry.scalar
            }
        }
        return table
    }()

    private static func compose(_ marks: [Mark]) -> [UInt8] {
        var output: [Mark] = []
        output.reserveCapacity(marks.count)
        var starter: Int?
        for mark in marks {
            // A mark is blocked from its starter by one of its own or a higher class, or by another starter.
            let isAdjacent = starter == output.count - 1
            let isBlocked = !isAdjacent && (output.last?.order ?? 0) >= mark.order
            if let index = starter, !isBlocked, let composite = composite(output[index].scalar, mark.scalar) {
                output[index].scalar = composite
                continue
            }
            if mark.order == 0 {
                starter = output.count
            }
            output.append(mark)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(output.count * 2)
        for mark in output {
            UTF8Reader.append(mark.scalar, to: &bytes)
        }
        return bytes
    }

    private static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        Hangul.composite(first, second) ?? composites[UInt64(first) << 32 | UInt64(second)]
    }
}

/// One row of the packed table.
private struct Decomposition {
    let packed: UInt64

    init(_ packed: UInt64) {
        self.packed = packed
    }

    var isExcluded: Bool { packed >> 60 != 0 }
    var scalar: UInt32 { UInt32(truncatingIfNeeded: packed >> 40 & 0xF_FFFF) }
    var first: UInt32 { UInt32(truncatingIfNeeded: packed >> 20 & 0xF_FFFF) }
    var second: UInt32 { UInt32(truncatingIfNeeded: packed & 0xF_FFFF) }
}

/// Hangul syllables compose by arithmetic.
private enum Hangul {
    private static let vowels: UInt32 = 21
    /// Trailing consonants, none included.
    private static let trails: UInt32 = 28

    static func parts(of scalar: UInt32) -> [UInt32]? {
        guard (0xAC00...0xD7A3).contains(scalar) else { return nil }
        let index = scalar - 0xAC00
        let lead = 0x1100 + index / (vowels * trails)
        let vowel = 0x1161 + index % (vowels * trails) / trails
        let trail = index % trails
        return trail == 0 ? [lead, vowel] : [lead, vowel, 0x11A7 + trail]
    }

    static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if (0x1100...0x1112).contains(first), (0x1161...0x1175).contains(second) {
            return 0xAC00 + ((first - 0x1100) * vowels + second - 0x1161) * trails
        }
        if (0xAC00...0xD7A3).contains(first), (first - 0xAC00) % trails == 0, (0x11A8...0x11C2).contains(second) {
            return first + second - 0x11A7
        }
        return nil
    }
}

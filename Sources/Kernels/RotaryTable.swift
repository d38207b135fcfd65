internal import CKernels

/// Which values of a head form a pair: neighbours (`llama` GGUF files) or the two halves (`qwen2`).
package enum RotaryPairing: Sendable {
    case interleaved, halves
}

/// Cosines and sines of every position and pair, computed once (rotary position embedding: arXiv:2104.09864).
package struct RotaryTable: Sendable {
    /// Pairs of a head that are rotated.
    package let pairs: Int
    /// Positions 0 ..< maximumPositions are covered.
    package let maximumPositions: Int
    let cosines, sines: Vector

    /// The angle is f32(position) * frequency in f32; its cosine and sine are computed in f64, rounded and scaled by
    /// `magnitude` (1 unless the model's scaling says otherwise).
    package init(inverseFrequencies: [Float], maximumPositions: Int, magnitude: Float) {
        precondition(!inverseFrequencies.isEmpty && maximumPositions > 0, "a rotary table has pairs and positions")
        pairs = inverseFrequencies.count
        self.maximumPositions = maximumPositions
        let count = pairs * maximumPositions
        cosines = Vector(zeros: count)
        sines = Vector(zeros: count)
        unsafe kernel_rotary_table(
            inverseFrequencies, pairs, maximumPositions, magnitude, cosines.initialValues, sines.initialValues)
    }
}

/// The positions by which a row is turned, which need not be its slot: one for each axis of a picture's rows, the same
/// three times for text.
package struct RotaryPlace: Sendable, Equatable {
    /// Time, or the one position of text.
    package let time: Int32
    /// Row of the picture.
    package let height: Int32
    /// Column of the picture.
    package let width: Int32

    /// A place in a picture or a clip.
    package init(time: Int32, height: Int32, width: Int32) {
        self.time = time
        self.height = height
        self.width = width
    }

    /// The place of text.
    package init(_ position: Int) { self.init(time: Int32(position), height: Int32(position), width: Int32(position)) }

    /// The largest of its positions.
    var largest: Int { Int(max(time, height, width)) }
    /// The smallest of its positions.
    var smallest: Int { Int(min(time, height, width)) }
}

/// How queries and keys are rotated.
package struct Rotation: Sendable {
    let table: RotaryTable
    let pairing: RotaryPairing
    /// How many pairs turn by each axis.
    let sections: (time: Int, height: Int, width: Int)
    /// Positions 0 ..< maximumPositions are covered.
    package var maximumPositions: Int { table.maximumPositions }

    /// Rotation by the angles of `table`; the first `height.lowerBound` pairs turn by time, those of `height` by the
    /// row, the rest by the column of a picture (M-RoPE). Without `height` all turn by time.
    package init(table: RotaryTable, pairing: RotaryPairing, height: Range<Int>? = nil) {
        self.table = table
        self.pairing = pairing
        let height = height ?? table.pairs..<table.pairs
        precondition(height.lowerBound >= 0 && height.upperBound <= table.pairs, "more pairs than the table has")
        sections = (height.lowerBound, height.count, table.pairs - height.upperBound)
    }
}

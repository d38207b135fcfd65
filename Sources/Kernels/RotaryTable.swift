internal import CKernels

/// Which values of a head form a pair: neighbours (`llama` GGUF files) or the two halves (`qwen2`).
package enum RotaryPairing: Sendable {
    case interleaved, halves
}

/// Cosines and sines of every position and pair, computed once.
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

/// How queries and keys are rotated.
package struct Rotation: Sendable {
    let table: RotaryTable
    let pairing: RotaryPairing
    /// Positions 0 ..< maximumPositions are covered.
    package var maximumPositions: Int { table.maximumPositions }

    /// Rotation by the angles of `table`.
    package init(table: RotaryTable, pairing: RotaryPairing) {
        self.table = table
        self.pairing = pairing
    }
}

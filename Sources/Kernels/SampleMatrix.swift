extension Matrix {
    /// A matrix of made-up weights, for measuring: every block is valid, every value finite.
    /// - Throws: `MatrixError` where the shape is impossible, or memory is short.
    package convenience init(
        sampleOf format: ElementFormat, outputs: Int, inputs: Int, using compute: Compute
    ) throws(MatrixError) {
        let stored = format.isInFiles ? format : .q8_0
        guard outputs > 0, inputs > 0, outputs <= 1 << 20, inputs <= 1 << 20,
            let bytes = stored.byteCount(elements: outputs * inputs)
        else { throw .shape(outputs: outputs, inputs: inputs, block: format.blockElements) }
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        let source = (0..<bytes).map { _ -> UInt8 in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            // Whatever a scale is made of, it is a positive number below one.
            return UInt8(truncatingIfNeeded: state >> 32) & 0x3b
        }
        let form = MatrixLayout(outputs: outputs, inputs: inputs, stored: stored, wanted: format, rotation: 0)
        unsafe try self.init(packing: source.span.bytes, form: form, using: compute)
    }
}

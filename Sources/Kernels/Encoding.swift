internal import CKernels
internal import Platform

/// From values to the blocks of the element formats, in parallel. The result does not depend on the instruction set.
package enum Encoding {
    /// Rows of a matrix as blocks of `form.wanted`, as they stand in a file.
    ///
    /// With `heads` the rows are those of so many heads, whose rotary pairs are stored half a head apart and are to
    /// become neighbours; 0 leaves the rows where they are.
    /// - Throws: `MatrixError` where shape and bytes do not match, a value cannot be encoded, or memory is short.
    package static func rows(
        _ source: RawSpan, form: MatrixLayout, heads: Int, using compute: Compute
    ) throws(MatrixError) -> [UInt8] {
        try form.check(source)
        precondition(heads == 0 || form.outputs % (2 * heads) == 0, "heads of an even number of rows")
        guard form.wanted.isInFiles else { throw .encoding("\(form.wanted.name) is a format that no file holds") }
        guard let bytes = form.wanted.byteCount(elements: form.outputs * form.inputs) else {
            throw .memory(bytes: nil)
        }
        var failure: CInt = 0
        let result = unsafe [UInt8](unsafeUninitializedCapacity: bytes) { buffer, count in
            count = bytes
            guard let target = buffer.baseAddress else { return }
            failure = unsafe run(source, form, heads, into: target, panelBytes: 0, compute)
        }
        try check(failure, form)
        return result
    }

    /// Fills the panels at `target` with the rows of a matrix.
    @unsafe static func panels(
        _ source: RawSpan, form: MatrixLayout, into target: UnsafeMutablePointer<UInt8>, panelBytes: Int,
        using compute: Compute
    ) throws(MatrixError) {
        try check(unsafe run(source, form, 0, into: target, panelBytes: panelBytes, compute), form)
    }

    private static func check(_ failure: CInt, _ form: MatrixLayout) throws(MatrixError) {
        if failure == CInt(kernel_encode_not_finite) {
            throw .encoding("holds a value that is infinite or not a number")
        }
        if failure == CInt(kernel_encode_too_large) {
            throw .encoding("holds a value beyond 65504, which is too large for \(form.wanted.name)")
        }
    }

    private static func run(
        _ source: RawSpan, _ form: MatrixLayout, _ heads: Int, into target: UnsafeMutablePointer<UInt8>,
        panelBytes: Int,
        _ compute: Compute
    ) -> CInt {
        unsafe source.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return CInt(kernel_encode_done) }
            var job = unsafe kernel_encode(
                table: compute.table, source: start.assumingMemoryBound(to: UInt8.self), target: target,
                panel_bytes: panelBytes, outputs: form.outputs, inputs: form.inputs, rotation: form.rotation,
                heads: heads, source_format: form.stored.code, format: form.wanted.code,
                failure: CInt(kernel_encode_done))
            unsafe compute.pool.run(kernel_encode_part, context: &job, parts: (form.outputs + 15) / 16)
            return unsafe job.failure
        }
    }
}

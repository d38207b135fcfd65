internal import CKernels
package import Platform

/// Weights [outputs, inputs], repacked once into the order in which the kernels read them.
///
/// That order is panels of 16 outputs, the input index ascending inside.
@safe package final class Matrix: @unchecked Sendable {
    /// Rows of the weight: values that a product gives.
    package let outputs: Int
    /// Columns of the weight: values that a product takes.
    package let inputs: Int
    /// Element format, kept as in the file.
    package let format: ElementFormat
    /// Bytes of the packed form.
    package let byteCount: Int
    /// What products with it take where activations are in eight bits.
    package var activationCodes: ActivationCodes { format.activationCodes }
    // Never written after init, so it may be read from any thread.
    private let panels: UnsafeMutablePointer<UInt8>
    /// Keeps the memory of the panels: a region, or the mapping of a file.
    private let owner: AnyObject
    private let panelBytes: Int

    /// Packs GGUF blocks, row-major [outputs][inputs], in parallel.
    /// - Throws: `MatrixError` where shape and bytes do not match, or memory is short.
    package convenience init(
        packing source: RawSpan, format: ElementFormat, outputs: Int, inputs: Int, using compute: Compute
    ) throws(MatrixError) {
        let form = MatrixLayout(outputs: outputs, inputs: inputs, stored: format, wanted: format, rotation: 0)
        try self.init(packing: source, form: form, using: compute)
    }

    /// Packs rows that are stored in one format in another, in parallel and without a copy in between.
    /// - Throws: `MatrixError` where shape and bytes do not match, a value cannot be encoded, or memory is short.
    package convenience init(
        packing source: RawSpan, form: MatrixLayout, using compute: Compute
    ) throws(MatrixError) {
        try form.check(source)
        let arena = try MatrixArena(byteCount: try Self.packedBytes(form))
        try self.init(packing: source, form: form, into: arena, using: compute)
    }

    /// The same in memory that it shares with others.
    /// - Throws: `MatrixError` where shape and bytes do not match, a value cannot be encoded, or memory is short.
    package init(
        packing source: RawSpan, form: MatrixLayout, into arena: MatrixArena, using compute: Compute
    ) throws(MatrixError) {
        try form.check(source)
        let packedBytes = try Self.packedBytes(form)
        unsafe panels = unsafe try arena.take(packedBytes)
        owner = arena.region
        outputs = form.outputs
        inputs = form.inputs
        format = form.wanted
        byteCount = packedBytes
        panelBytes = kernel_panel_bytes(form.wanted.code, form.inputs)
        if form.isCopy {
            pack(source, using: compute)
        } else {
            unsafe try Encoding.panels(source, form: form, into: panels, panelBytes: panelBytes, using: compute)
        }
    }

    /// The first `outputs` rows of another matrix, in the same memory.
    package init(first outputs: Int, of other: Matrix) {
        precondition(outputs > 0 && outputs <= other.outputs, "a part of a matrix")
        self.outputs = outputs
        inputs = other.inputs
        format = other.format
        owner = other.owner
        unsafe panels = other.panels
        panelBytes = other.panelBytes
        byteCount = (outputs + 15) / 16 * panelBytes
    }

    /// Takes a matrix that lies packed in a file, from `byteOffset` on, as it is; nil where it cannot be there.
    package init?(mapped file: MappedFile, byteOffset: Int, format: ElementFormat, outputs: Int, inputs: Int) {
        guard let bytes = Self.packedByteCount(format: format, outputs: outputs, inputs: inputs), byteOffset >= 0,
            byteOffset % 64 == 0, byteOffset <= file.count, bytes <= file.count - byteOffset
        else { return nil }
        self.outputs = outputs
        self.inputs = inputs
        self.format = format
        byteCount = bytes
        panelBytes = kernel_panel_bytes(format.code, inputs)
        owner = file
        let start = unsafe file.bytesForOwner.extracting(byteOffset..<(byteOffset + bytes)).withUnsafeBytes {
            $0.baseAddress
        }
        guard let start = unsafe start else { return nil }
        // Nobody writes through it: packing happens in the other initialiser only.
        unsafe panels = unsafe UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
    }

    /// Bytes of the packed form, for the memory arithmetic before loading; nil when the shape is impossible.
    package static func packedByteCount(format: ElementFormat, outputs: Int, inputs: Int) -> Int? {
        guard outputs > 0, inputs > 0, inputs % format.blockElements == 0 else { return nil }
        let panelBytes = kernel_panel_bytes(format.code, inputs)
        let (bytes, overflow) = panelBytes.multipliedReportingOverflow(by: (outputs - 1) / 16 + 1)
        return overflow || panelBytes == 0 ? nil : bytes
    }

    private static func packedBytes(_ form: MatrixLayout) throws(MatrixError) -> Int {
        let bytes = packedByteCount(format: form.wanted, outputs: form.outputs, inputs: form.inputs)
        guard let bytes else { throw .memory(bytes: nil) }
        return bytes
    }

    private func pack(_ source: RawSpan, using compute: Compute) {
        unsafe source.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            var job = unsafe kernel_pack(
                source: start.assumingMemoryBound(to: UInt8.self),
                panels: panels, panel_bytes: panelBytes, outputs: outputs, inputs: inputs, format: format.code)
            unsafe compute.pool.run(kernel_pack_panel, context: &job, parts: byteCount / panelBytes)
        }
    }

    /// The matrix as the C kernels see it; valid while `self` lives.
    var view: kernel_matrix {
        unsafe kernel_matrix(
            panels: panels, panel_bytes: panelBytes, outputs: outputs, inputs: inputs, format: format.code)
    }
}

internal import CKernels
internal import Platform

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
    // Never written after init, so it may be read from any thread.
    private let region: MemoryRegion
    private let panelBytes: Int

    /// Packs GGUF blocks, row-major [outputs][inputs], in parallel.
    package init(
        packing source: RawSpan, format: ElementFormat, outputs: Int, inputs: Int, using compute: Compute
    ) throws(MatrixError) {
        guard outputs > 0, inputs > 0, inputs % format.blockElements == 0 else {
            throw .shape(outputs: outputs, inputs: inputs, block: format.blockElements)
        }
        let (elements, overflow) = outputs.multipliedReportingOverflow(by: inputs)
        guard !overflow, let expected = format.byteCount(elements: elements),
            let packedBytes = Self.packedByteCount(format: format, outputs: outputs, inputs: inputs)
        else { throw .memory(bytes: nil) }
        guard source.byteCount == expected else { throw .byteCount(expected: expected, found: source.byteCount) }
        guard let region = MemoryRegion(byteCount: packedBytes) else { throw .memory(bytes: packedBytes) }
        self.outputs = outputs
        self.inputs = inputs
        self.format = format
        self.region = region
        byteCount = packedBytes
        panelBytes = kernel_panel_bytes(format.code, inputs)
        pack(source, using: compute)
    }

    /// Bytes of the packed form, for the memory arithmetic before loading; nil when the shape is impossible.
    package static func packedByteCount(format: ElementFormat, outputs: Int, inputs: Int) -> Int? {
        guard outputs > 0, inputs > 0, inputs % format.blockElements == 0 else { return nil }
        let panelBytes = kernel_panel_bytes(format.code, inputs)
        let (bytes, overflow) = panelBytes.multipliedReportingOverflow(by: (outputs - 1) / 16 + 1)
        return overflow || panelBytes == 0 ? nil : bytes
    }

    private func pack(_ source: RawSpan, using compute: Compute) {
        unsafe source.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            var job = unsafe kernel_pack(
                source: start.assumingMemoryBound(to: UInt8.self),
                panels: region.address.assumingMemoryBound(to: UInt8.self),
                panel_bytes: panelBytes, outputs: outputs, inputs: inputs, format: format.code)
            unsafe compute.pool.run(kernel_pack_panel, context: &job, parts: byteCount / panelBytes)
        }
    }

    /// The matrix as the C kernels see it; valid while `self` lives.
    var view: kernel_matrix {
        unsafe kernel_matrix(
            panels: region.address.assumingMemoryBound(to: UInt8.self), panel_bytes: panelBytes, outputs: outputs,
            inputs: inputs, format: format.code)
    }
}

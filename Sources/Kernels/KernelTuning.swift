internal import CKernels

/// Constants of the products whose best values depend on the kind of processor. They change no bit of a result.
package struct KernelTuning: Sendable, Equatable {
    /// Bytes that codes are asked for ahead of their use.
    package var prefetchBytes: Int
    /// Whether codes are asked for into the second level of cache only.
    package var prefetchesFar: Bool
    /// Rows from which the codes of a panel are unpacked once for all rows.
    package var unpackedRows: Int

    /// Constants of one's own, for a bench that looks for the best.
    package init(prefetchBytes: Int, prefetchesFar: Bool, unpackedRows: Int) {
        self.prefetchBytes = prefetchBytes
        self.prefetchesFar = prefetchesFar
        self.unpackedRows = unpackedRows
    }

    /// What was chosen for the kind of processor that this is.
    package static let here = {
        let here = kernel_tuning_here()
        return KernelTuning(
            prefetchBytes: here.prefetch_bytes, prefetchesFar: here.prefetches_far != 0,
            unpackedRows: here.unpacked_rows)
    }()

    /// As the C kernels take it.
    var constants: kernel_tuning {
        kernel_tuning(
            prefetch_bytes: prefetchBytes, unpacked_rows: unpackedRows, prefetches_far: prefetchesFar ? 1 : 0)
    }
}

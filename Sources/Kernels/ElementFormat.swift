internal import CKernels

/// How a weight is stored in a model file; raw values are those of `CKernels/include/formats.h`.
///
/// The blocks are those of GGUF (ggml-common.h and ggml-quants.c of ggml).
package enum ElementFormat: UInt8, CaseIterable, Sendable {
    case f32, f16, bf16, q4_0, q4_1, q5_0, q5_1, q8_0, q2_K, q3_K, q4_K, q5_K, q6_K, iq4_NL
    /// Eight bits behind a Hadamard transform, with one scale for 256 values: made while a model is loaded, in no file.
    case r8

    /// The name that GGUF tools print, for example `Q4_K`.
    package var name: String { unsafe String(cString: kernel_format_name(code)).uppercased() }

    /// Elements that one block holds; rows are made of whole blocks.
    package var blockElements: Int { kernel_block_elements(code) }

    /// Bytes of one block in a file; 0 for a format that no file holds.
    package var blockBytes: Int { kernel_block_bytes(code) }

    /// Whether files hold it.
    package var isInFiles: Bool { blockBytes > 0 }

    /// Bytes of `elements` elements in the file; nil for a partial block, an overflow, or a format that no file holds.
    package func byteCount(elements: Int) -> Int? {
        guard isInFiles, elements >= 0, elements % blockElements == 0 else { return nil }
        let (bytes, overflow) = (elements / blockElements).multipliedReportingOverflow(by: blockBytes)
        return overflow ? nil : bytes
    }

    var code: CInt { CInt(rawValue) }
    var hasMinimum: Bool { kernel_has_minimum(code) != 0 }
    var group: Int { kernel_group(code) }
    /// What products with this format take where activations are in eight bits.
    var activationCodes: ActivationCodes { kernel_takes_hadamard(code) != 0 ? .hadamard : .plain }
}

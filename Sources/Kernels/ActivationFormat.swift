internal import CKernels

/// What products with quantised weights and with bfloat weights take.
package enum ActivationFormat: String, CaseIterable, Sendable {
    /// Activations as they are: within rounding of the dequantised reference.
    case f32
    /// Activations rounded to eight bits in groups of 32, each with a scale: several times as fast. With bfloat weights,
    /// activations rounded to bfloat.
    case int8
}

/// Of which numbers activations in eight bits are the codes.
package enum ActivationCodes: Sendable {
    /// Of the values.
    case plain
    /// Of their Hadamard transform.
    case hadamard

    var code: CInt { CInt((self == .plain ? kernel_plain_codes : kernel_hadamard_codes).rawValue) }
}

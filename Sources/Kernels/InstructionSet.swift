internal import CKernels

/// The instruction sets that the kernels are written for; all give the same bits.
package enum InstructionSet: String, CaseIterable, Sendable {
    case scalar, avx2, avx512, avx512bf16

    /// What this processor can run, slowest first.
    package static var available: [InstructionSet] {
        allCases.filter { unsafe kernel_table_for($0.code) != nil }
    }

    /// The fastest that this processor can run.
    package static var best: InstructionSet { available.last ?? .scalar }

    var code: CInt {
        switch self {
        case .scalar: 0
        case .avx2: 1
        case .avx512: 2
        case .avx512bf16: 3
        }
    }
}

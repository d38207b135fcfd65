internal import CKernels

/// The instruction sets that the kernels are written for; all give the same bits.
package enum InstructionSet: String, CaseIterable, Sendable {
    case scalar, neon, neondot, avx2, avx512, avx512bf16, amx
    /// The kernels of `amx` with tiles made of C: proves them where no tiles are, and is never worth choosing.
    case amxEmulated = "amx-emulated"

    /// What this processor can run, slowest first.
    package static var available: [InstructionSet] { comparable.filter { $0 != .amxEmulated } }

    /// What can be compared with the specification on this processor.
    package static var comparable: [InstructionSet] {
        allCases.filter { unsafe kernel_table_for($0.code) != nil }
    }

    /// What a set has to agree with, and to beat, before it is chosen; nil for one that is trusted unseen.
    package var rival: InstructionSet? {
        switch self {
        case .scalar, .neon, .avx2, .avx512, .avx512bf16: nil
        case .neondot: .neon
        case .amx: .avx512bf16
        case .amxEmulated: .avx512
        }
    }

    /// Named one by one, so that a set that C does not have is an error of the compiler.
    var code: CInt {
        let isa =
            switch self {
            case .scalar: kernel_scalar
            case .neon: kernel_neon
            case .neondot: kernel_neondot
            case .avx2: kernel_avx2
            case .avx512: kernel_avx512
            case .avx512bf16: kernel_avx512bf16
            case .amx: kernel_amx
            case .amxEmulated: kernel_amx_emulated
            }
        return CInt(isa.rawValue)
    }
}

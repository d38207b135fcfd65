import Kernels
import Testing

/// Kernels that no trusted machine has run are tried before they are used.
struct KernelChoiceTests {
    /// Emulated tiles run wherever AVX-512 does.
    private static let hasEmulation = InstructionSet.comparable.contains(.amxEmulated)

    @Test func whatIsTrustedIsTakenUnseen() {
        let choice = KernelChoice(best: [.scalar, .avx2])
        #expect(choice == KernelChoice(of: .avx2, and: .scalar, agrees: true, speedup: 2))
        #expect(KernelChoice(best: []).instructionSet == .scalar)
    }

    @Test func aSetMustAgreeAndBeFaster() {
        let chosen = KernelChoice(of: .amx, and: .avx512bf16, agrees: true, speedup: 1.5)
        #expect(chosen.instructionSet == .amx && chosen.remark == nil)
        let slow = KernelChoice(of: .amx, and: .avx512bf16, agrees: true, speedup: 1)
        #expect(slow.instructionSet == .avx512bf16 && slow.remark == "amx is no faster here")
        let wrong = KernelChoice(of: .amx, and: .avx512bf16, agrees: false, speedup: 9)
        #expect(wrong.instructionSet == .avx512bf16 && wrong.remark == "amx gives other bits here")
    }

    @Test(.enabled(if: hasEmulation)) func emulatedTilesAgreeAndAreTooSlowToBeChosen() throws {
        let choice = KernelChoice(best: [.scalar, .avx512, .amxEmulated])
        #expect(choice.instructionSet == .avx512)
        #expect(choice.remark == "amx-emulated is no faster here")
        #expect(try KernelChoice(demanding: .amxEmulated).instructionSet == .amxEmulated)
    }

    @Test func anotherResultIsSeen() throws {
        let reference = makeCompute(KernelChoice.automatic.instructionSet, .int8, threads: 1)
        #expect(try KernelTrial.agree(makeCompute(.scalar, .int8, threads: 1), reference))
        #expect(try !KernelTrial.agree(makeCompute(KernelChoice.automatic.instructionSet, .f32, threads: 1), reference))
    }

    @Test func refusalsNameTheWayOut() {
        #expect(
            KernelChoiceError.disagrees(.amx, .avx512bf16).description
                == "amx gives other results than avx512bf16 on this machine and is not used; auto and avx512bf16 work")
    }

    @Test func emulationIsNeverOffered() {
        #expect(!InstructionSet.available.contains(.amxEmulated))
        #expect(KernelChoice.automatic.instructionSet != .amxEmulated)
    }
}

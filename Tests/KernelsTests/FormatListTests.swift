import CKernels
import Kernels
import Testing

/// The lists of formats.h and instruction_sets.h are those of Swift, row by row.
struct FormatListTests {
    @Test func everyFormatOfCIsOneOfSwift() {
        #expect(ElementFormat.allCases.count == Int(kernel_format_count.rawValue))
        for (place, format) in ElementFormat.allCases.enumerated() {
            #expect(Int(format.rawValue) == place)
            #expect(format.name == String(describing: format).uppercased())
        }
    }

    @Test func everyInstructionSetOfCIsOneOfSwift() {
        #expect(InstructionSet.allCases.count == Int(kernel_isa_count.rawValue))
        let isPresent = (0..<kernel_isa_count.rawValue).map { unsafe kernel_table_for(CInt($0)) != nil }
        #expect(InstructionSet.allCases.map(InstructionSet.comparable.contains) == isPresent)
    }

    @Test func numbersThatAreNoInstructionSetHaveNoKernels() {
        for number in [-1, CInt(kernel_isa_count.rawValue), .max] {
            #expect(unsafe kernel_table_for(number) == nil)
        }
    }
}

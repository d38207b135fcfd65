import Kernels
import Models
import Settings
import Testing

/// The words of settings are those of the lists of formats and instruction sets, all of them.
@Suite struct FormatWordsTests {
    private static func words(of key: String) throws -> [String] {
        guard case .choice(_, let words)? = SettingsTable.row(key)?.kind else { return [] }
        return words
    }

    @Test func everyInstructionSetCanBeChosen() throws {
        let worthChoosing = InstructionSet.allCases.filter { $0 != .amxEmulated }
        #expect(try Self.words(of: "engine.instruction_set") == ["auto"] + worthChoosing.map(\.rawValue))
    }

    @Test func everyQuantisationCanBeChosen() throws {
        #expect(try Set(Self.words(of: "model.quantize")) == Set(Quantisation.allCases.map(\.rawValue)))
    }
}

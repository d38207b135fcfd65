import Foundation
import Kernels
import Models
import Testing
import Weights

/// What is not a number is never hidden, wherever it enters a step and whatever format the cache has.
@Suite struct DamagedWeightsTests {
    private static let fixture = "llama-linear-F32.gguf"

    /// A copy of the fixture with one tensor whose first value is not a number.
    private func damagedFile(_ tensor: String) throws -> URL {
        let info = try #require(try GGUFFile(path: Fixture.path(Self.fixture)).tensor(tensor))
        var bytes = try Fixture.bytes(Self.fixture)
        bytes.replaceSubrange(info.byteOffset..<info.byteOffset + 4, with: [0, 0, 0xC0, 0x7F])
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".gguf")
        try Data(bytes).write(to: file)
        return file
    }

    @Test(
        arguments: ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_down"].map { "blk.1.\($0).weight" },
        KVFormat.allCases)
    func everyTokenOfTheStepIsRefused(_ tensor: String, _ format: KVFormat) throws {
        let file = try damagedFile(tensor)
        defer { try? FileManager.default.removeItem(at: file) }
        for activations in ActivationFormat.allCases {
            let setting = ModelRun.Setting(
                instructionSet: KernelChoice.automatic.instructionSet, threads: 1, activations: activations,
                kvFormat: format)
            let run = try ModelRun(file: file.path, setting)
            // Rows without logits count as well: their keys and values would be used later.
            _ = run.step([
                BatchRow(tokens: [1, 2, 3], position: 0, pages: [0], outputs: .none),
                BatchRow(tokens: [4], position: 0, pages: [1], outputs: .last),
            ])
            #expect(run.finiteTokens.allSatisfy { $0 == 0 })
        }
    }

    @Test func soundWeightsPass() throws {
        let run = try ModelRun(Self.fixture, ModelRun.Setting.plain[0])
        _ = run.step([BatchRow(tokens: [1, 2, 3], position: 0, pages: [0], outputs: .last)])
        #expect(run.finiteTokens.allSatisfy { $0 > 0 })
    }
}

import Kernels
import Models
import Testing

/// A sequence's logits are its own: the same bits alone or in company, however its prompt is cut, wherever its pages
/// lie, with any number of threads.
@Suite struct RowInvarianceTests {
    struct Case: Sendable, CustomStringConvertible {
        let model: String
        let setting: ModelRun.Setting
        var quantisation = Quantisation.none

        var description: String { "\(model), \(quantisation), \(setting)" }
    }

    static let cases =
        ["llama-tiny-Q8_0.gguf", "llama-mixed.gguf", "qwen2-mixed.gguf", "qwen2-yarn-F32.gguf"].flatMap { model in
            ModelRun.Setting.all.map { Case(model: model, setting: $0) }
        }
        + ModelRun.Setting.all.map { Case(model: "qwen2-yarn-F32.gguf", setting: $0, quantisation: .r8) }

    /// Tokens that differ from seed to seed; every fixture has at least 80.
    private func tokens(_ count: Int, seed: Int) -> [Int32] {
        (0..<count).map { Int32(($0 * $0 * 7 + $0 * 13 + seed * 29 + seed * seed) % 80) }
    }

    private func bits(_ rows: some Sequence<[Float]>) -> [[UInt32]] { rows.map { $0.map(\.bitPattern) } }

    @Test("Cut anywhere", arguments: cases)
    func cuts(_ test: Case) throws {
        let run = try ModelRun(test.model, test.setting, test.quantisation)
        let prompt = tokens(27, seed: 1)
        let whole = bits(run.logits(prompt))
        for cut in 1..<prompt.count {
            #expect(bits(run.logits(prompt, cuts: [cut])) == whole, "cut before \(cut)")
        }
        #expect(bits(run.logits(prompt, cuts: [5, 6, 7, 20])) == whole)
        #expect(bits(run.logits(prompt, cuts: Array(1..<prompt.count))) == whole, "token by token")
    }

    @Test("Pages anywhere", arguments: cases)
    func pages(_ test: Case) throws {
        let run = try ModelRun(test.model, test.setting, test.quantisation)
        let prompt = tokens(30, seed: 2)
        let whole = bits(run.logits(prompt))
        #expect(bits(run.logits(prompt, pages: [63, 2, 40, 17])) == whole)
        #expect(bits(run.logits(prompt, cuts: [9, 25], pages: [5, 4, 3, 2])) == whole)
    }

    @Test("In company", arguments: cases)
    func company(_ test: Case) throws {
        let run = try ModelRun(test.model, test.setting, test.quantisation)
        let sequences = (0..<5).map { tokens(9 + 5 * $0, seed: $0) }
        let alone = sequences.map { bits(run.logits($0)) }
        // Some are in the middle of their prompt, some at its last token, one has not begun.
        let starts = [8, 3, 0, 16, 28]
        let pages = (0..<5).map { index in (0..<4).map { Int32(index * 4 + $0 + 30) } }
        for (index, start) in starts.enumerated() where start > 0 {
            _ = run.logits(Array(sequences[index][..<start]), pages: pages[index])
        }
        let batch = sequences.indices.map { index in
            BatchRow(
                tokens: Array(sequences[index][starts[index]...]), position: starts[index], pages: pages[index],
                outputs: .all)
        }
        #expect(bits(run.step(batch)) == sequences.indices.flatMap { alone[$0][starts[$0]...] })
    }

    @Test("Any number of threads", arguments: cases)
    func threads(_ test: Case) throws {
        let prompt = tokens(41, seed: 3)
        let one = try ModelRun(test.model, test.setting, test.quantisation)
        let whole = bits(one.logits(prompt))
        for threads in [2, 3] {
            let several = try ModelRun(test.model, test.setting.with(threads: threads), test.quantisation)
            #expect(bits(several.logits(prompt)) == whole)
            #expect(bits(several.logits(prompt, cuts: [1, 2, 30])) == whole)
        }
    }

    @Test(
        "Any instruction set", arguments: KVFormat.allCases,
        [("llama-mixed.gguf", Quantisation.none), ("qwen2-yarn-F32.gguf", .r8)])
    func instructionSets(_ format: KVFormat, _ source: (model: String, quantisation: Quantisation)) throws {
        let prompt = tokens(33, seed: 6)
        let rows = try InstructionSet.available.map { set in
            let setting = ModelRun.Setting(
                instructionSet: set, threads: 1, activations: .int8, kvFormat: format)
            return bits(try ModelRun(source.model, setting, source.quantisation).logits(prompt))
        }
        #expect(rows.allSatisfy { $0 == rows[0] })
    }

    @Test("From a prefix that another sequence left, shared and copied", arguments: cases)
    func prefix(_ test: Case) throws {
        let run = try ModelRun(test.model, test.setting, test.quantisation)
        let first = tokens(20, seed: 4)
        let second = Array(first[..<13]) + tokens(10, seed: 5)
        let fresh = bits(run.logits(second, pages: [50, 51, 52]))
        _ = run.logits(first, pages: [10, 11, 12])
        // Page 10 is shared as it is; of page 11 the first five tokens are the same.
        run.cache.copy(page: 11, to: 20, tokens: 5)
        let row = BatchRow(tokens: Array(second[13...]), position: 13, pages: [10, 20, 21], outputs: .all)
        #expect(bits(run.step([row])) == Array(fresh[13...]))
    }

    @Test("Only the rows that ask get logits, in batch order", arguments: cases.prefix(1))
    func outputs(_ test: Case) throws {
        let run = try ModelRun(test.model, test.setting, test.quantisation)
        let sequences = (0..<3).map { tokens(6, seed: $0) }
        let alone = sequences.map { bits(run.logits($0)) }
        let wanted: [BatchRow.Outputs] = [.last, .none, .all]
        let batch = sequences.indices.map {
            BatchRow(tokens: sequences[$0], position: 0, pages: [Int32(40 + $0)], outputs: wanted[$0])
        }
        #expect(bits(run.step(batch)) == [alone[0][5]] + alone[2])
    }
}

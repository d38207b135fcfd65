import JSON
import Kernels
import Models
import Testing

/// The drafting layer against references computed elsewhere: by PyTorch and, independently, by NumPy.
@Suite struct DraftGoldenTests {
    private static let models = ["mimo-tiny", "mimo-tiny-trained"]

    private static func run(
        _ model: String, _ set: InstructionSet, _ hiddenState: DraftHiddenState, zeroes: Bool
    ) throws -> DraftRun {
        try DraftRun(
            Fixture.model(model), instructionSet: set, threads: 2, hiddenState: hiddenState, zeroesFirstToken: zeroes)
    }

    @Test(arguments: models, [true, false])
    func logits(_ model: String, zeroes: Bool) throws {
        let golden = try GoldenTensors("checkpoints/\(model)/golden.safetensors")
        for set in InstructionSet.available {
            let run = try Self.run(model, set, .preNorm, zeroes: zeroes)
            // Two prompts are enough where only the first position differs.
            for prompt in 0..<(zeroes ? 4 : 2) {
                let tokens = try golden.ints("p\(prompt).input_ids")
                let next = try golden.ints("p\(prompt).mtp_next_ids")
                let expected = try golden.rows("p\(prompt).mtp_logits" + (zeroes ? "" : "_nomask"))
                for count in 1...tokens.count {
                    let found = run.draftLogits(Array(tokens[..<count]), next: Array(next[..<count]))
                    let reference = expected[count - 1].prefix(found.count)
                    let distance = zip(found, reference).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
                    #expect(distance <= LogitGoldenTests.tolerance, "\(set), prompt \(prompt), slot \(count - 1)")
                }
            }
        }
    }

    @Test(arguments: models) func rounds(_ model: String) throws {
        let golden = try Fixture.json("checkpoints/\(model)/golden.json")
        let tensors = try GoldenTensors("checkpoints/\(model)/golden.safetensors")
        let entries = try #require(golden["speculative"]?.arrayValue)
        #expect(Set(entries.compactMap { $0["k"]?.intValue }) == [1, 2, 3])
        for entry in entries {
            let hiddenState: DraftHiddenState = entry["hidden"]?.stringValue == "post-norm" ? .postNorm : .preNorm
            let run = try Self.run(model, KernelChoice.automatic.instructionSet, hiddenState, zeroes: true)
            let prompt = try #require(entry["prompt"]?.intValue)
            let depth = try #require(entry["k"]?.intValue)
            let stated = golden["prompts"]?.arrayValue?[Int(prompt)]["greedy"]?.arrayValue
            let greedy = try #require(stated).compactMap(\.intValue)
            let found = run.rounds(
                try tensors.ints("p\(prompt).input_ids"), count: greedy.count, depth: Int(depth))
            #expect(found.tokens.map(Int64.init) == greedy.map { Int64($0) })
            let name = "prompt \(prompt), \(depth) drafts, \(hiddenState)"
            #expect(found.rounds.count == Int(try #require(entry["rounds"]?.intValue)), "\(name)")
            let shares = (1...Int(depth)).map { depth in
                Double(found.rounds.count { $0.accepted >= depth }) / Double(found.rounds.count)
            }
            #expect(shares == entry["acceptance_per_position"]?.arrayValue?.compactMap(\.doubleValue), "\(name)")
            // The references state the rounds themselves for the usual hidden state.
            guard let detail = entry["detail"]?.arrayValue else { continue }
            #expect(found.rounds == (try detail.map(Self.round)), "\(name)")
        }
    }

    private static func round(_ entry: JSONValue) throws -> DraftRun.Round {
        let drafts = try #require(entry["drafts"]?.arrayValue).compactMap(\.intValue).map { Int32($0) }
        return DraftRun.Round(
            drafts: drafts, accepted: Int(try #require(entry["accepted"]?.intValue)),
            bonus: Int32(try #require(entry["bonus"]?.intValue)))
    }
}

import JSON
import Kernels
import Testing

/// Logits against references that were computed elsewhere: by transformers for the copied fixtures, by a NumPy decoder
/// in double precision for our own.
@Suite struct LogitGoldenTests {
    /// Largest difference from the float32 reference that counts as equal.
    static let tolerance: Float = 2e-5

    struct Case: Sendable, CustomStringConvertible {
        let model: String
        let golden: String
        let setting: ModelRun.Setting

        /// The model without the ending of its file.
        var name: String { model.hasSuffix(".gguf") ? String(model.dropLast(5)) : model }

        var description: String { "\(model) against \(golden), \(setting)" }
    }

    /// Every model file with its reference, and every folder with the one in it.
    static let pairs: [(model: String, golden: String)] =
        [
            "llama-tiny-Q8_0", "qwen2-tiny-Q4_0", "qwen2-tiny-Q8_0", "qwen2-yarn-F32", "llama-linear-F32",
            "llama-mixed", "qwen2-mixed", "qwen2-fused-Q8_0", "llama-divisors-F32", "qwen3-Q8_0",
            "llama-IQ4_NL",
        ].map { ("\($0).gguf", "\($0).golden") }
        + [
            "qwen2-tiny", "qwen2-tiny-bf16-sharded", "qwen2-tiny-f16-tied", "llama3-tiny", "mimo-tiny", "qwen3-tiny",
            "omni-tiny",
        ].map { ($0, "checkpoints/\($0)/golden") }

    static let cases = pairs.flatMap { pair in
        ModelRun.Setting.plain.map { Case(model: pair.model, golden: pair.golden, setting: $0) }
    }

    @Test("Logits are the reference's", arguments: cases)
    func logits(_ test: Case) throws {
        let golden = try GoldenTensors("\(test.golden).safetensors")
        let run = try ModelRun(test.model, test.setting)
        var compared = 0
        for prompt in 0... {
            guard golden.has("p\(prompt).input_ids") else { break }
            let tokens = try golden.ints("p\(prompt).input_ids")
            let all = golden.has("p\(prompt).logits")
            let expected = try golden.rows(all ? "p\(prompt).logits" : "p\(prompt).last_logits")
            let found = run.logits(tokens).suffix(all ? tokens.count : 1)
            #expect(found.count == expected.count)
            for (row, reference) in zip(found, expected) {
                #expect(row.count == reference.count)
                let distance = zip(row, reference).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
                #expect(distance <= Self.tolerance, "prompt \(prompt)")
                compared += 1
            }
        }
        #expect(compared >= 4)
    }

    @Test("Greedy tokens are the reference's", arguments: cases.filter { !own.contains($0.name) })
    func greedy(_ test: Case) throws {
        let golden = try GoldenTensors("\(test.golden).safetensors")
        let prompts = try #require(try Fixture.json("\(test.golden).json")["prompts"]?.arrayValue)
        let run = try ModelRun(test.model, test.setting)
        #expect(prompts.count == 4)
        for (index, prompt) in prompts.enumerated() {
            let expected = try #require(prompt["greedy"]?.arrayValue).compactMap(\.intValue).map(Int32.init)
            #expect(expected.count >= 16)
            #expect(run.greedy(try golden.ints("p\(index).input_ids"), count: expected.count) == expected)
        }
    }

    /// Random models without a list of greedy tokens.
    static let own: Set<String> = [
        "qwen2-yarn-F32", "llama-linear-F32", "llama-mixed", "qwen2-mixed", "qwen2-fused-Q8_0", "llama-divisors-F32",
        "qwen3-Q8_0", "qwen3-tiny", "omni-tiny", "llama-IQ4_NL",
    ]
}

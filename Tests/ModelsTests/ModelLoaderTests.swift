import Kernels
import Models
import Platform
import Testing
import Weights

/// What the loader makes of a model file, and what it says of one that does not fit together.
@Suite struct ModelLoaderTests {
    struct Case: Sendable, CustomStringConvertible {
        let description: String
        /// What the error has to name.
        let complaints: [String]
        let bend: @Sendable (inout TinyModel) -> Void

        init(_ description: String, _ complaints: String..., bend: @escaping @Sendable (inout TinyModel) -> Void) {
            self.description = description
            self.complaints = complaints
            self.bend = bend
        }
    }

    static let metadata: [Case] = [
        Case("unknown architecture", "'general.architecture'", "'gpt-j'", "llama, qwen2") { $0.architecture = "gpt-j" },
        Case("no context length", "'llama.context_length': is missing") { $0.integers["context_length"] = .some(nil) },
        Case("a context of 0", "'llama.context_length': 0") { $0.integers["context_length"] = 0 },
        Case("a context of 2^32 - 1", "'llama.context_length'") { $0.integers["context_length"] = .max },
        Case("no blocks", "'llama.block_count': 0") { $0.integers["block_count"] = 0 },
        Case("2^31 blocks", "'llama.block_count'") { $0.integers["block_count"] = 1 << 31 },
        Case("one block too many", "tensor 'blk.2.attn_norm.weight' is missing") { $0.integers["block_count"] = 3 },
        Case("no heads", "'llama.attention.head_count': 0") { $0.integers["attention.head_count"] = 0 },
        Case("heads that do not share", "'llama.attention.head_count_kv'", "3") {
            $0.integers["attention.head_count_kv"] = 3
        },
        Case("heads that do not divide the width", "'llama.attention.head_count'") {
            $0.integers["attention.head_count"] = 6
        },
        Case("an odd head", "'llama.attention.key_length': 5") { $0.integers["attention.key_length"] = 5 },
        Case("a huge head", "'llama.attention.key_length'") { $0.integers["attention.key_length"] = 1 << 20 },
        Case("values of another width", "'llama.attention.value_length': 8") {
            $0.integers["attention.value_length"] = 8
        },
        Case("a part of the head rotated", "'llama.rope.dimension_count': 2") {
            $0.integers["rope.dimension_count"] = 2
        },
        Case("experts", "'llama.expert_count'", "8") { $0.integers["expert_count"] = 8 },
        Case("an epsilon of 0", "'llama.attention.layer_norm_rms_epsilon'") {
            $0.floats["attention.layer_norm_rms_epsilon"] = 0
        },
        Case("an epsilon that is no number", "'llama.attention.layer_norm_rms_epsilon'") {
            $0.floats["attention.layer_norm_rms_epsilon"] = .nan
        },
        Case("a rotary base of 1", "'llama.rope.freq_base'") { $0.floats["rope.freq_base"] = 1 },
        Case("a negative rotary base", "'llama.rope.freq_base'") { $0.floats["rope.freq_base"] = -10_000 },
        Case("unknown scaling", "'llama.rope.scaling.type'", "'longrope'", "yarn") {
            $0.strings["rope.scaling.type"] = "longrope"
        },
        Case("an infinite factor", "'llama.rope.scaling.factor'") { $0.floats["rope.scaling.factor"] = .infinity },
        Case("a factor near 0", "'llama.rope.scaling.factor'") { $0.floats["rope.scaling.factor"] = 1e-30 },
        Case("YaRN with a factor below 1", "'llama.rope.scaling.factor'") {
            $0.strings["rope.scaling.type"] = "yarn"
            $0.floats["rope.scaling.factor"] = 0.5
        },
        Case("YaRN with an unknown mix", "'llama.rope.scaling.yarn_ext_factor'") {
            $0.strings["rope.scaling.type"] = "yarn"
            $0.floats["rope.scaling.yarn_ext_factor"] = 0.5
        },
        Case("a number as scaling", "'llama.rope.scaling.type'", "a string is expected") {
            $0.integers["rope.scaling.type"] = 1
        },
    ]

    static let tensors: [Case] = [
        Case("no embedding", "tensor 'token_embd.weight' is missing") { $0.missing = ["token_embd.weight"] },
        Case("an embedding of another width", "tensor 'token_embd.weight'", "[8, 8]") {
            $0.shapes["token_embd.weight"] = [8, 8]
        },
        Case("no final norm", "tensor 'output_norm.weight' is missing") { $0.missing = ["output_norm.weight"] },
        Case("a matrix turned round", "tensor 'blk.1.ffn_up.weight'", "[32, 16]", "[16, 32]") {
            $0.shapes["blk.1.ffn_up.weight"] = [32, 16]
        },
        Case("a norm too long", "tensor 'blk.0.ffn_norm.weight'", "[17]") { $0.shapes["blk.0.ffn_norm.weight"] = [17] },
        Case("a head of another size", "tensor 'output.weight'", "[16, 9]") { $0.extra["output.weight"] = [16, 9] },
        Case("a type without kernels", "tensor 'blk.0.attn_v.weight'", "I32", "Q4_K") {
            $0.types["blk.0.attn_v.weight"] = 26
        },
        Case("a norm of integers", "tensor 'blk.1.attn_norm.weight'", "I8") { $0.types["blk.1.attn_norm.weight"] = 24 },
        Case("Qwen2 without bias", "tensor 'blk.0.attn_k.bias' is missing") {
            $0.architecture = "qwen2"
            $0.missing = ["blk.0.attn_k.bias"]
        },
        Case("a bias too short", "tensor 'blk.1.attn_q.bias'", "[4]") {
            $0.architecture = "qwen2"
            $0.shapes["blk.1.attn_q.bias"] = [4]
        },
        Case("norms of query heads", "tensor 'blk.0.attn_q_norm.weight' is not part of architecture 'llama'") {
            $0.extra["blk.0.attn_q_norm.weight"] = [4]
        },
        Case("a fused projection with too few rows", "tensor 'blk.0.attn_qkv.weight'", "[16, 32]") {
            $0.extra["blk.0.attn_qkv.weight"] = [16, 31]
        },
        Case("queries beside the fused projection", "tensor 'blk.0.attn_q.weight' is not part of architecture") {
            $0.extra["blk.0.attn_qkv.weight"] = [16, 32]
        },
        Case("divisors for another head", "tensor 'rope_freqs.weight'", "[3]") { $0.extra["rope_freqs.weight"] = [3] },
        // The made files hold nothing but zeros.
        Case("divisors of zero", "tensor 'rope_freqs.weight' holds a divisor") { $0.extra["rope_freqs.weight"] = [2] },
        Case("more tokens than rows", "'tokenizer.ggml.tokens': 9 tokens for a model with 8 rows") {
            $0.tokenTypes = Array(repeating: 1, count: 9)
        },
        Case("types for other tokens", "'tokenizer.ggml.token_type': 7 types for 8 tokens") {
            $0.tokenTypes = Array(repeating: 1, count: 7)
            $0.tokenCount = 8
        },
        Case("no token in use", "'tokenizer.ggml.token_type'") { $0.tokenTypes = Array(repeating: 5, count: 8) },
    ]

    private static func load(_ model: TinyModel, context: Int = 32) throws -> Transformer {
        let compute = Compute(instructionSet: .scalar, activations: .f32, pool: ComputePool(threads: 1))
        return try ModelLoader.load(try model.file(), compute: compute, context: context) { _ in }
    }

    @Test("Refused with the name of what does not fit", arguments: metadata + tensors)
    func refused(_ test: Case) throws {
        var model = TinyModel()
        test.bend(&model)
        let error = #expect(throws: WeightsError.self) { try Self.load(model) }
        let text = error?.description ?? ""
        for complaint in test.complaints { #expect(text.contains(complaint), "\(text)") }
    }

    @Test("The shape is read from metadata and tensors", arguments: ["llama", "qwen2"])
    func shape(architecture: String) throws {
        var model = TinyModel()
        model.architecture = architecture
        model.tokenTypes = [1, 1, 5, 3, 1, 5]
        let shape = try Self.load(model).shape
        #expect(shape.architecture == architecture)
        #expect(shape.vocabulary == 8)
        #expect(shape.usableVocabulary == 5, "unused tokens count as padding at the end only")
        #expect((shape.trainedContext, shape.layers, shape.hidden) == (64, 2, 16))
        #expect((shape.feedForward, shape.heads, shape.kvHeads, shape.headDimension) == (32, 4, 2, 4))
        #expect(shape.kvBytesPerToken(.f32, layers: 2) == 2 * 2 * 2 * 4 * 4)
        #expect(shape.kvBytesPerToken(.bf16, layers: shape.layers) == 2 * 2 * 2 * 4 * 2)
    }

    @Test("Without a vocabulary all rows can be sampled")
    func noVocabulary() throws {
        #expect(try ModelLoader.shape(of: TinyModel().file()).usableVocabulary == 8)
    }

    @Test("A context that the model was not made for is refused", arguments: [0, -1, 65, Int.max])
    func context(_ context: Int) throws {
        let error = #expect(throws: WeightsError.self) { try Self.load(TinyModel(), context: context) }
        #expect(error?.reason.contains("'llama.context_length'") == true)
    }

    @Test("Progress grows to the whole", arguments: [nil, "llama-linear-F32.gguf"])
    func progress(fixture: String?) throws {
        let compute = Compute(
            instructionSet: KernelChoice.automatic.instructionSet, activations: .f32, pool: ComputePool(threads: 1))
        let file = try fixture.map { try GGUFFile(path: Fixture.path($0)) } ?? TinyModel().file()
        var seen: [LoadProgress] = []
        _ = try ModelLoader.load(file, compute: compute, context: 8) { seen.append($0) }
        #expect(seen.count == file.tensors.count)
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.loadedBytes < $1.loadedBytes })
        #expect(seen.last?.fraction == 1)
        #expect(seen.last?.totalBytes == file.tensors.reduce(0) { $0 + $1.byteCount })
    }

    @Test("The memory plan is what is taken")
    func memoryPlan() throws {
        let file = try TinyModel().file()
        let extent = ServingExtent(
            context: 32, kvFormat: .bf16, pages: 10, pageTokens: 8, maximumRows: 5, maximumOutputs: 3, threads: 2,
            drafting: nil)
        let plan = try ModelLoader.memoryPlan(file, .none, extent)
        let model = try Self.load(TinyModel())
        let norms = 5 * 16 * MemoryLayout<Float>.size
        #expect(plan.weightBytes == model.weightBytes + norms)
        let shape = model.shape
        let cache = try KVCache(
            pages: 10, pageTokens: 8, layers: shape.layers, kvHeads: shape.kvHeads, headDimension: shape.headDimension,
            format: .bf16)
        #expect(plan.cacheBytes == cache.byteCount)
        #expect(plan.kvBytesPerToken == shape.kvBytesPerToken(.bf16, layers: shape.layers))
        #expect(plan.mappedFileBytes == file.fileBytes)
        #expect(plan.rotaryBytes == 32 * 4 * 4)
        #expect(plan.totalBytes == plan.weightBytes + plan.cacheBytes + plan.workspaceBytes + plan.rotaryBytes)
    }

    @Test("A plan that cannot be counted is refused", arguments: [(Int.max, 1), (1, Int.max), (1 << 31, 1 << 31)])
    func impossiblePlan(pages: Int, rows: Int) throws {
        let extent = ServingExtent(
            context: 32, kvFormat: .f32, pages: pages, pageTokens: 8, maximumRows: rows, maximumOutputs: rows,
            threads: 2, drafting: nil)
        #expect(throws: WeightsError.self) { try ModelLoader.memoryPlan(TinyModel().file(), .none, extent) }
    }
}

import JSON
import Testing
import Weights

/// Folders: what is read from them, and what is said about those that are no models.
@Suite struct CheckpointFolderTests {
    private typealias Tensor = Checkpoint.Tensor

    /// Two shards with an index that fits.
    private static var sharded: Checkpoint {
        var folder = Checkpoint()
        folder.shards = [("one.safetensors", [("a", Tensor())]), ("two.safetensors", [("b", Tensor())])]
        folder.index = ["weight_map": ["a": "one.safetensors", "b": "two.safetensors"]]
        return folder
    }

    @Test func shardsAreOneFile() throws {
        try Self.sharded.open { folder in
            #expect(folder.tensors.map(\.name) == ["a", "b"])
            #expect(folder.shards.count == 2 && folder.fileBytes == folder.shards.reduce(0) { $0 + $1.fileBytes })
            for tensor in folder.tensors { #expect(folder.bytes(of: tensor).byteCount == 8) }
            #expect(folder.tensor("c") == nil)
        }
    }

    /// C10: a model of one shard has no index.
    @Test func c10_aLoneShardNeedsNoIndex() throws {
        var folder = Checkpoint()
        folder.shards = [("model-00001-of-00001.safetensors", [("a", Tensor())])]
        try folder.open { folder in #expect(folder.tensors.map(\.name) == ["a"]) }
    }

    /// C10: Mistral is LLaMA under another name; where it has a window, the context ends with it.
    @Test(arguments: [(JSONValue.null, 32_768), (4096, 4096), (65_536, 32_768)])
    func c10_mistralIsServedWithinItsWindow(window: JSONValue, context: Int) throws {
        var folder = Checkpoint()
        folder.configuration = [
            "architectures": ["MistralForCausalLM"], "max_position_embeddings": 32_768, "sliding_window": window,
        ]
        let found = try folder.open { folder in try folder.metadata.int("MistralForCausalLM.context_length") }
        #expect(found == context)
    }

    @Test(arguments: ["model.safetensors", "config.json"])
    func part4_pointersOfGitAreNamed(file: String) {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 13476839\n"
        var folder = Checkpoint()
        if file == "config.json" { folder.configuration = nil }
        folder.files[file] = Array(pointer.utf8)
        refuse(folder, "git lfs pull")
        let error = #expect(throws: WeightsError.self) { try GGUFFile(bytes: Array(pointer.utf8), path: "m.gguf") }
        #expect(error?.description.contains("git lfs pull") == true)
    }

    private func refuse(_ folder: Checkpoint, _ complaint: String) {
        let error = #expect(throws: WeightsError.self) { try folder.open { _ in } }
        #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
    }

    @Test("An index that does not fit its shards is refused")
    func index() {
        let maps: [(JSONValue, String)] = [
            (
                ["weight_map": ["a": "one.safetensors", "z": "two.safetensors"]],
                "'b' of two.safetensors is not in the index"
            ),
            (["weight_map": ["a": "one.safetensors", "b": "one.safetensors"]], "'b' is said to be in one.safetensors"),
            (["weight_map": ["a": "two.safetensors", "b": "one.safetensors"]], "but is in"),
            (
                ["weight_map": ["a": "one.safetensors", "b": "two.safetensors", "c": "two.safetensors"]],
                "'c' is said to be in two.safetensors, which does not hold it"
            ),
            (
                ["weight_map": ["a": "one.safetensors", "b": "three.safetensors"]],
                "shard 'three.safetensors' is missing"
            ),
            (
                ["weight_map": ["a": "../one.safetensors", "b": "two.safetensors"]],
                "not the name of a safetensors file"
            ),
            (["weight_map": ["a": "/etc/passwd", "b": "two.safetensors"]], "not the name of a safetensors file"),
            (["weight_map": ["a": 1]], "has no file name"), (["weight_map": JSONValue.object([:])], "no weight_map"),
            (["metadata": JSONValue.object([:])], "no weight_map"),
        ]
        for (map, complaint) in maps {
            var folder = Self.sharded
            folder.index = map
            refuse(folder, complaint)
        }
    }

    @Test func tensorOutsideTheIndex() {
        var folder = Self.sharded
        folder.shards[1].tensors.append(("c", Tensor()))
        refuse(folder, "tensor 'c' of two.safetensors is not in the index")
    }

    @Test func cutShard() {
        var folder = Self.sharded
        folder.files["two.safetensors"] = Array(Checkpoint.shard([("b", Tensor())]).dropLast(3))
        refuse(folder, "two.safetensors: tensor 'b'")
    }

    @Test("Folders that are no models")
    func noModel() {
        var folder = Checkpoint()
        folder.configuration = nil
        refuse(folder, "has no config.json")
        folder.shards = []
        refuse(folder, "the folder is empty")
        folder.files = ["model.gguf": [1]]
        refuse(folder, "give its path")
        folder.files = ["adapter_config.json": [0x7B, 0x7D], "adapter_model.safetensors": [1]]
        refuse(folder, "adapter (LoRA)")
        folder.configuration = ["architectures": ["Qwen2ForCausalLM"]]
        folder.files = ["pytorch_model.bin": [1]]
        refuse(folder, "PyTorch pickles ('pytorch_model.bin')")
        folder.files = ["weights.safetensors": [1]]
        refuse(folder, "only 'weights.safetensors'")
        folder.files = [:]
        refuse(folder, "there are no weights")
        folder.files = ["config.json": Array("{".utf8)]
        folder.configuration = nil
        refuse(folder, "config.json: invalid JSON")
        folder.files = ["config.json": Array("[]".utf8)]
        refuse(folder, "config.json: a JSON object")
        #expect(throws: WeightsError.self) { try CheckpointFolder(path: "/nowhere/at/all") }
    }

    // MARK: config.json

    private func metadata(_ fields: JSONValue) throws -> ModelMetadata {
        var folder = Checkpoint()
        folder.configuration = fields
        return try folder.open(\.metadata)
    }

    @Test func bothSpellings() throws {
        let older = try metadata([
            "architectures": ["A"], "hidden_size": 64, "rope_theta": 5000.0,
            "rope_scaling": ["type": "yarn", "factor": 4.0, "original_max_position_embeddings": 512],
        ])
        let newer = try metadata([
            "architectures": ["A"], "hidden_size": 64,
            "rope_parameters": [
                "rope_type": "yarn", "rope_theta": 5000, "factor": 4, "original_max_position_embeddings": 512,
            ],
        ])
        for metadata in [older, newer] {
            #expect(try metadata.int("A.embedding_length") == 64)
            #expect(try metadata.double("A.rope.freq_base") == 5000)
            #expect(try metadata.string("A.rope.scaling.type") == "yarn")
            #expect(try metadata.double("A.rope.scaling.factor") == 4)
            #expect(try metadata.double("A.rope.scaling.original_context_length") == 512)
        }
        #expect(older.fail("A.rope.scaling.factor", "x").description.contains("'rope_scaling.factor'"))
        #expect(newer.fail("A.rope.scaling.factor", "x").description.contains("'rope_parameters.factor'"))
        // A field that is not there is named as well.
        #expect(newer.fail("A.block_count", "x").description.contains("field 'num_hidden_layers'"))
    }

    @Test func textPartOfALargerModel() throws {
        let metadata = try metadata([
            "architectures": ["A"], "hidden_size": 1,
            "thinker_config": [
                "text_config": [
                    "hidden_size": 64, "rope_scaling": ["type": "default", "mrope_section": [16, 24, 24]],
                ]
            ],
        ])
        #expect(try metadata.int("A.embedding_length") == 64)
        #expect(try metadata.string("A.rope.scaling.type") == "none")
        #expect(metadata.fieldName("A.embedding_length") == "thinker_config.text_config.hidden_size")
    }

    @Test("Fields that say something else are refused by name")
    func refusedFields() {
        let cases: [(String, JSONValue, String)] = [
            ("hidden_size", "64", "field 'hidden_size': an integer is expected"),
            ("hidden_size", 64.5, "an integer is expected"), ("rms_norm_eps", true, "a number is expected"),
            ("tie_word_embeddings", 1, "a truth value is expected"), ("hidden_act", "gelu", "'gelu' is not supported"),
            ("quantization_config", ["quant_method": "fp8"], "weights quantised by 'fp8'"),
            ("partial_rotary_factor", 0.5, "only 1 is"), ("rope_scaling", [1], "an object is expected"),
            ("rope_scaling", ["type": 3], "field 'rope_scaling.type'"),
            ("rope_parameters", ["full_attention": ["rope_theta": 1]], "different values for different layers"),
            ("rope_parameters", ["rope_type": "yarn", "truncate": false], "'rope_parameters.truncate'"),
            ("text_config", 3, "field 'text_config'"),
            ("layer_types", ["full_attention", "sliding_attention"], "'sliding_attention' is not supported"),
        ]
        for (field, value, complaint) in cases {
            var folder = Checkpoint()
            folder.configuration = ["architectures": ["A"], "hidden_size": 64]
            var object = folder.configuration?.objectValue ?? [:]
            object[field] = value
            folder.configuration = .object(object)
            refuse(folder, complaint)
        }
        for names: JSONValue in [nil, [], "A", [1]] {
            var folder = Checkpoint()
            folder.configuration = ["architectures": names]
            refuse(folder, "field 'architectures'")
        }
    }

    @Test("A sliding window counts only where it is used")
    func slidingWindow() throws {
        let base: JSONObject = [
            "architectures": ["A"], "sliding_window": 128, "max_window_layers": 2, "num_hidden_layers": 4,
            "max_position_embeddings": 1024,
        ]
        for (use, layers, isRefused) in [(true, 2, true), (false, 2, false), (true, 4, false)] {
            var fields = base
            fields["use_sliding_window"] = .bool(use)
            fields["max_window_layers"] = .int(Int64(layers))
            var folder = Checkpoint()
            folder.configuration = .object(fields)
            if isRefused { refuse(folder, "sliding window (of 128 tokens)") } else { try folder.open { _ in } }
        }
    }
}

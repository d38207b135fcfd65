/// Names of tensors without `.weight` and `.bias`.
package struct TensorNames: Sendable {
    /// What the names of all tensors of the blocks begin with.
    package let blockPrefix: String
    /// Outside the blocks.
    package let embedding, outputNorm, head, rotaryFactors: String
    /// The attention part of a block.
    package let attentionNorm, query, key, value, queryKeyValue, queryNorm, keyNorm, attentionOutput: String
    /// The feed-forward part of a block.
    package let feedForwardNorm, gate, up, down: String
    /// The layer that drafts.
    package let draft: DraftNames
    /// Tensors that text generation does not read.
    package let ignored: IgnoredTensors

    /// The name of a part of block `layer`.
    package func block(_ layer: Int, _ part: String) -> String { "\(blockPrefix)\(layer).\(part)" }

    /// The block that a tensor of this name belongs to, if it belongs to one.
    package func blockIndex(_ name: String) -> Int? {
        guard name.hasPrefix(blockPrefix) else { return nil }
        let index = Int(name.dropFirst(blockPrefix.count).prefix { $0 != "." })
        return index.flatMap { $0 >= 0 ? $0 : nil }
    }
}

/// Names of the parts that a drafting layer has besides its block.
package struct DraftNames: Sendable {
    /// What the names of its tensors begin with; nil where it is the block behind the last one of the trunk.
    package let prefix: String?
    /// Its own parts.
    package let tokenNorm, hiddenNorm, finalNorm, inputProjection: String
    /// In which order the projection takes its two inputs.
    package let inputOrder: DraftInputOrder
}

/// Tensors that may be left unread, by how their names begin or end; each is here for a reason.
package struct IgnoredTensors: Sendable {
    let prefixes: [String]
    let suffixes: [String]
    /// Whether everything outside the blocks may be left unread.
    let ignoresOutside: Bool

    /// Whether nobody has to read the tensor of this name.
    func contains(_ name: String) -> Bool {
        prefixes.contains { name.hasPrefix($0) } || suffixes.contains { name.hasSuffix($0) }
    }
}

extension TensorNames {
    /// The names that GGUF files use.
    package static let gguf = TensorNames(
        blockPrefix: "blk.", embedding: "token_embd", outputNorm: "output_norm", head: "output",
        rotaryFactors: "rope_freqs",
        attentionNorm: "attn_norm", query: "attn_q", key: "attn_k", value: "attn_v", queryKeyValue: "attn_qkv",
        queryNorm: "attn_q_norm", keyNorm: "attn_k_norm", attentionOutput: "attn_output",
        feedForwardNorm: "ffn_norm", gate: "ffn_gate", up: "ffn_up", down: "ffn_down",
        draft: DraftNames(
            prefix: nil, tokenNorm: "nextn.enorm", hiddenNorm: "nextn.hnorm", finalNorm: "nextn.shared_head_norm",
            inputProjection: "nextn.eh_proj", inputOrder: .tokenFirst),
        ignored: IgnoredTensors(prefixes: [], suffixes: [".attn_rot_embd.weight"], ignoresOutside: true))

    /// The names that checkpoints use, each with `prefix` in front; `others` are parts of the model that hold no text.
    package static func checkpoint(prefix: String, others: [String]) -> TensorNames {
        TensorNames(
            blockPrefix: prefix + "model.layers.", embedding: prefix + "model.embed_tokens",
            outputNorm: prefix + "model.norm", head: prefix + "lm_head", rotaryFactors: prefix + "model.rope_freqs",
            attentionNorm: "input_layernorm", query: "self_attn.q_proj", key: "self_attn.k_proj",
            value: "self_attn.v_proj", queryKeyValue: "self_attn.qkv_proj", queryNorm: "self_attn.q_norm",
            keyNorm: "self_attn.k_norm", attentionOutput: "self_attn.o_proj",
            feedForwardNorm: "post_attention_layernorm", gate: "mlp.gate_proj", up: "mlp.up_proj",
            down: "mlp.down_proj",
            draft: DraftNames(
                prefix: prefix + "model.mtp_layers.0.", tokenNorm: "token_layernorm", hiddenNorm: "hidden_layernorm",
                finalNorm: "final_layernorm", inputProjection: "input_proj", inputOrder: .hiddenFirst),
            // Old files keep the rotary frequencies; further drafting layers are for training, or of another family.
            ignored: IgnoredTensors(
                prefixes: others + [prefix + "model.mtp_layers."], suffixes: ["rotary_emb.inv_freq"],
                ignoresOutside: false))
    }
}

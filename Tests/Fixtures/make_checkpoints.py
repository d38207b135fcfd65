#!/usr/bin/env python3
"""Writes the checkpoint folders of `checkpoints` that are not copies, with the logits that they have to give.

    python3 make_checkpoints.py

Needs numpy. Weights are random, from fixed seeds; the reference is `reference.py` in float64 on the rounded weights.
"""
import json
import os

import numpy as np

import reference
from make_gguf_twin import safetensors

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = {"attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
         "attn_v": "self_attn.v_proj", "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm",
         "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj",
         "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
OUTER = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


def published(name):
    """The name of a checkpoint for the one of a GGUF file."""
    stem, leaf = name.rsplit(".", 1)
    if stem in OUTER:
        return f"{OUTER[stem]}.{leaf}"
    _, layer, part = stem.split(".")
    return f"model.layers.{layer}.{NAMES[part]}.{leaf}"


def bf16(values):
    """Nearest bfloat16, ties to even, as the upper half of a float32."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def random_tensors(p, rng, biases, head_norms, tied):
    hidden, wide = p["hidden"], p["feed_forward"]
    query, shared = p["heads"] * p["head_dim"], p["kv_heads"] * p["head_dim"]
    shapes = {"token_embd.weight": (p["vocabulary"], hidden)}
    for layer in range(p["layers"]):
        b = f"blk.{layer}."
        shapes |= {b + "attn_norm.weight": (hidden,), b + "ffn_norm.weight": (hidden,),
                   b + "attn_q.weight": (query, hidden), b + "attn_k.weight": (shared, hidden),
                   b + "attn_v.weight": (shared, hidden), b + "attn_output.weight": (hidden, query),
                   b + "ffn_gate.weight": (wide, hidden), b + "ffn_up.weight": (wide, hidden),
                   b + "ffn_down.weight": (hidden, wide)}
        if biases:
            shapes |= {b + "attn_q.bias": (query,), b + "attn_k.bias": (shared,), b + "attn_v.bias": (shared,)}
        if head_norms:
            shapes |= {b + "attn_q_norm.weight": (p["head_dim"],), b + "attn_k_norm.weight": (p["head_dim"],)}
    shapes["output_norm.weight"] = (hidden,)
    if not tied:
        shapes["output.weight"] = (p["vocabulary"], hidden)
    result = {}
    for name, shape in shapes.items():
        if len(shape) == 2:
            values = rng.normal(0, 0.5 if name.startswith("token") else 0.9 / shape[1] ** 0.5, shape)
        else:
            values = rng.normal(0 if name.endswith("bias") else 1, 0.1 if "_norm" not in name[-16:] else 0.3, shape)
        result[name] = values.astype(np.float32)
    return result


def write(folder, config, shards):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as out:
        json.dump(config, out, indent=1)
    if len(shards) == 1:
        open(os.path.join(folder, "model.safetensors"), "wb").write(safetensors(shards[0]))
        return
    where = {}
    for index, tensors in enumerate(shards):
        name = f"model-{index + 1:05}-of-{len(shards):05}.safetensors"
        open(os.path.join(folder, name), "wb").write(safetensors(tensors))
        where |= {tensor: name for tensor in tensors}
    with open(os.path.join(folder, "model.safetensors.index.json"), "w", encoding="utf-8") as out:
        json.dump({"metadata": {"total_size": 0}, "weight_map": where}, out, indent=1)


def golden(folder, p, tensors, rng, tokens=40):
    ids = rng.integers(0, p["vocabulary"], tokens).astype(np.int32)
    logits = reference.forward(p, tensors, ids).astype(np.float32)
    open(os.path.join(folder, "golden.safetensors"), "wb").write(
        safetensors({"p0.input_ids": ids, "p0.logits": logits}))


def qwen3():
    """Qwen3 as transformers 5 writes it: `rope_parameters`, `dtype`; BF16, tied."""
    p = dict(layers=2, hidden=32, feed_forward=48, heads=4, kv_heads=2, head_dim=24, vocabulary=96, epsilon=1e-6,
             theta=1e6, interleaved=False, context=256)
    rng = np.random.default_rng(21)
    rounded = {name: bf16(values) for name, values in random_tensors(p, rng, False, True, True).items()}
    plain = {name: (values.astype(np.uint32) << 16).view(np.float32) for name, values in rounded.items()}
    folder = os.path.join(HERE, "checkpoints", "qwen3-tiny")
    write(folder, dict(
        architectures=["Qwen3ForCausalLM"], model_type="qwen3", dtype="bfloat16", hidden_size=p["hidden"],
        intermediate_size=p["feed_forward"], num_hidden_layers=p["layers"], num_attention_heads=p["heads"],
        num_key_value_heads=p["kv_heads"], head_dim=p["head_dim"], vocab_size=p["vocabulary"],
        max_position_embeddings=p["context"], rms_norm_eps=p["epsilon"], hidden_act="silu", attention_bias=False,
        rope_parameters=dict(rope_theta=p["theta"], rope_type="default"), sliding_window=None,
        use_sliding_window=False, max_window_layers=2, layer_types=["full_attention"] * p["layers"],
        tie_word_embeddings=True, transformers_version="5.0.0"),
        [{published(name): values for name, values in rounded.items()}])
    golden(folder, p, plain, rng)


def omni():
    """The text part inside a whole model: a prefix, nested configuration, parts that hold no text; F16, two shards."""
    p = dict(layers=2, hidden=32, feed_forward=48, heads=4, kv_heads=2, head_dim=8, vocabulary=96, epsilon=1e-6,
             theta=1e6, interleaved=False, context=256)
    rng = np.random.default_rng(22)
    halves = {name: values.astype(np.float16) for name, values in random_tensors(p, rng, True, False, False).items()}
    folder = os.path.join(HERE, "checkpoints", "omni-tiny")
    text = dict(
        model_type="qwen2_5_omni_text", hidden_size=p["hidden"], intermediate_size=p["feed_forward"],
        num_hidden_layers=p["layers"], num_attention_heads=p["heads"], num_key_value_heads=p["kv_heads"],
        vocab_size=p["vocabulary"], max_position_embeddings=p["context"], rms_norm_eps=p["epsilon"],
        hidden_act="silu", rope_theta=p["theta"],
        rope_scaling=dict(mrope_section=[1, 1, 2], rope_type="default", type="default"), sliding_window=32768,
        use_sliding_window=False, max_window_layers=28, tie_word_embeddings=False, torch_dtype="float16")
    named = {"thinker." + published(name): values for name, values in halves.items()}
    named |= {f"thinker.model.layers.{layer}.self_attn.rotary_emb.inv_freq": np.ones(4, np.float32)
              for layer in range(p["layers"])}
    names = sorted(named)
    others = {"thinker.audio_tower.conv1.weight": np.zeros((4, 2, 3), np.float16),
              "thinker.visual.patch_embed.proj.weight": np.zeros((4, 3, 2, 2, 2), np.float16),
              "talker.codec_head.weight": np.zeros((4, 4), np.float16),
              "token2wav.code2wav_bigvgan_model.steps": np.array(3, np.int64)}
    write(folder, dict(
        architectures=["Qwen2_5OmniForConditionalGeneration"], model_type="qwen2_5_omni", enable_audio_output=True,
        thinker_config=dict(model_type="qwen2_5_omni_thinker", audio_config={}, vision_config={}, text_config=text),
        talker_config={}, token2wav_config={}, torch_dtype="float16", transformers_version="4.50.0"),
        [{name: named[name] for name in names[:20]}, {name: named[name] for name in names[20:]} | others])
    golden(folder, p, {name: values.astype(np.float32) for name, values in halves.items()}, rng)


def seeds():
    """Small files for the fuzzer, each behind the letter that says what it is."""
    folder = os.path.join(HERE, "..", "Fuzz", "FolderSeeds")
    os.makedirs(folder, exist_ok=True)
    p = dict(layers=1, hidden=16, feed_forward=16, heads=2, kv_heads=1, head_dim=8, vocabulary=8)
    rng = np.random.default_rng(23)
    weights = {published(name): bf16(values) for name, values in random_tensors(p, rng, True, False, True).items()}
    config = dict(
        architectures=["Qwen2ForCausalLM"], hidden_size=16, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, vocab_size=8, max_position_embeddings=16, rms_norm_eps=1e-6,
        rope_theta=1e4, rope_scaling=dict(rope_type="yarn", factor=2.0, original_max_position_embeddings=8),
        tie_word_embeddings=True)
    shard = safetensors(weights)
    open(os.path.join(folder, "shard"), "wb").write(b"s" + shard)
    open(os.path.join(folder, "model"), "wb").write(b"c" + json.dumps(config).encode() + b"\0" + shard)
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = [chr(byte) if byte in printable else chr(0x100 + others.index(byte)) for byte in range(256)]
    tokenizer = dict(
        added_tokens=[dict(id=258, content="<|im_end|>", special=True, lstrip=True, normalized=True)],
        normalizer=dict(type="NFC"),
        pre_tokenizer=dict(type="Sequence", pretokenizers=[dict(type="Digits", individual_digits=True),
                                                           dict(type="ByteLevel", add_prefix_space=False)]),
        decoder=dict(type="ByteLevel"),
        model=dict(type="BPE", vocab={letter: i for i, letter in enumerate(letters + ["ab", "abc"])},
                   merges=["a b", ["ab", "c"]]))
    open(os.path.join(folder, "tokenizer"), "wb").write(b"t" + json.dumps(tokenizer).encode())


if __name__ == "__main__":
    qwen3()
    omni()
    seeds()

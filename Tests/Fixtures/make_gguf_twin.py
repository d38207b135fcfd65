#!/usr/bin/env python3
"""Writes the model fixtures of this folder that are not copies: GGUF files and the logits they have to give.

    python3 make_gguf_twin.py

Needs numpy and gguf. Everything is random, from fixed seeds; the reference is `reference.py` in float64 on the
dequantised weights.
"""
import json
import os
import struct

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import quants

import reference

HERE = os.path.dirname(os.path.abspath(__file__))


# ------------------------------------------------------------------------------------------------ safetensors
def safetensors(tensors):
    """The bytes of a file; 16-bit integers stand for bfloat16."""
    kinds = {"float32": "F32", "float16": "F16", "uint16": "BF16", "int32": "I32", "int64": "I64"}
    head, data = {}, b""
    for name, value in tensors.items():
        raw = np.ascontiguousarray(value).tobytes()
        head[name] = {"dtype": kinds[value.dtype.name], "shape": list(value.shape),
                      "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


# ----------------------------------------------------------------------------------------------------- writing
def start(path, arch, p):
    w = gguf.GGUFWriter(path, arch)
    w.add_block_count(p["layers"])
    w.add_context_length(p["context"])
    w.add_embedding_length(p["hidden"])
    w.add_feed_forward_length(p["feed_forward"])
    w.add_head_count(p["heads"])
    w.add_head_count_kv(p["kv_heads"])
    if p["head_dim"] * p["heads"] != p["hidden"]:
        w.add_key_length(p["head_dim"])
        w.add_value_length(p["head_dim"])
    w.add_rope_freq_base(p["theta"])
    w.add_layer_norm_rms_eps(p["epsilon"])
    scaling = p.get("scaling") or {}
    if scaling.get("type") in ("linear", "yarn"):
        w.add_rope_scaling_type({"linear": gguf.RopeScalingType.LINEAR, "yarn": gguf.RopeScalingType.YARN}[scaling["type"]])
        w.add_rope_scaling_factor(scaling["factor"])
    if scaling.get("type") == "yarn":
        w.add_rope_scaling_orig_ctx_len(scaling["original"])
    return w


def finish(w):
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


# ------------------------------------------------------------------------------------------------------ models
def random_blocks(kind, rows, columns, rng, spread):
    """Random weights of about that spread, stored as `kind`, and what they decode to."""
    if kind in (Type.Q2_K, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q6_K):
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        raw = rng.integers(0, 256, (rows * columns // elements, size), dtype=np.uint8)
        scale_at = {Type.Q2_K: 80, Type.Q3_K: 108, Type.Q4_K: 0, Type.Q5_K: 0, Type.Q6_K: 208}[kind]
        middle = {Type.Q2_K: 1.5, Type.Q4_K: 7.5, Type.Q5_K: 15.5}.get(kind)

        def scaled(by):
            raw[:, scale_at:scale_at + 2] = np.frombuffer(np.float16(by).tobytes(), np.uint8)
            if middle is not None:
                raw[:, scale_at + 2:scale_at + 4] = np.frombuffer(np.float16(by * middle).tobytes(), np.uint8)
            return quants.dequantize(raw.reshape(rows, -1), kind).reshape(rows, columns)

        decoded = scaled(spread * 0.01 / scaled(0.01).std())
        return raw.reshape(rows, -1), decoded
    if kind == Type.IQ4_NL:
        raw = rng.integers(0, 256, (rows * columns // 32, 18), dtype=np.uint8)
        raw[:, :2] = np.frombuffer(np.float16(spread / 70).tobytes(), np.uint8)
        raw = raw.reshape(rows, -1)
        return raw, quants.dequantize(raw, kind).reshape(rows, columns)
    values = rng.normal(0, spread, (rows, columns)).astype(np.float32)
    raw = quants.quantize(values, kind)
    return raw, quants.dequantize(raw, kind).reshape(rows, columns)


def random_model(name, arch, p, seed, kinds, biases=(), tied=True, tokens=24, folder=HERE,
                 fused=False):
    rng = np.random.default_rng(seed)
    path = os.path.join(folder, name + ".gguf")
    w, plain, turn = start(path, arch, p), {}, 0
    waiting = {}

    def add(name, raw, kind):
        """Writes a tensor; with `fused`, queries, keys and values wait for each other and become one."""
        part = name.split(".")[-2]
        if not fused or part not in ("attn_q", "attn_k", "attn_v"):
            w.add_tensor(name, raw, raw_dtype=kind)
            return
        whole = name.replace(part, "attn_qkv")
        waiting.setdefault(whole, []).append(raw)
        if part == "attn_v":
            w.add_tensor(whole, np.concatenate(waiting.pop(whole)), raw_dtype=kind)

    def matrix(stem, outputs, inputs, spread):
        nonlocal turn
        kind, turn = kinds[turn % len(kinds)], turn + 1
        raw, plain[stem + ".weight"] = random_blocks(kind, outputs, inputs, rng, spread)
        add(stem + ".weight", raw, kind)

    def vector(full, count, centre, spread):
        plain[full] = rng.normal(centre, spread, count).astype(np.float32)
        add(full, plain[full], Type.F32)

    hidden, wide = p["hidden"], p["feed_forward"]
    query, shared = p["heads"] * p["head_dim"], p["kv_heads"] * p["head_dim"]
    matrix("token_embd", p["vocabulary"], hidden, 0.5)
    if (p.get("scaling") or {}).get("type") == "divisors":
        w.add_tensor("rope_freqs.weight", np.float32(p["scaling"]["divisors"]))
    for layer in range(p["layers"]):
        b = f"blk.{layer}."
        vector(b + "attn_norm.weight", hidden, 1.0, 0.1)
        vector(b + "ffn_norm.weight", hidden, 1.0, 0.1)
        if p.get("head_norms"):
            vector(b + "attn_q_norm.weight", p["head_dim"], 1.0, 0.3)
            vector(b + "attn_k_norm.weight", p["head_dim"], 1.0, 0.3)
        for part, outputs, inputs in (("attn_q", query, hidden), ("attn_k", shared, hidden), ("attn_v", shared, hidden),
                                      ("attn_output", hidden, query), ("ffn_gate", wide, hidden),
                                      ("ffn_up", wide, hidden), ("ffn_down", hidden, wide)):
            matrix(b + part, outputs, inputs, 0.9 / inputs ** 0.5)
            if part in biases:
                vector(b + part + ".bias", outputs, 0.0, 0.1)
    vector("output_norm.weight", hidden, 1.0, 0.1)
    if not tied:
        matrix("output", p["vocabulary"], hidden, 0.9 / hidden ** 0.5)
    finish(w)
    if tokens == 0:
        return
    ids = rng.integers(0, p["vocabulary"], tokens).astype(np.int32)
    logits = reference.forward(p, plain, ids).astype(np.float32)
    with open(os.path.join(HERE, name + ".golden.safetensors"), "wb") as out:
        out.write(safetensors({"p0.input_ids": ids, "p0.logits": logits}))


def listing(names):
    """What the reference reader finds in some of the files."""
    result = {}
    for name in names:
        reader = gguf.GGUFReader(os.path.join(HERE, name))
        keys = {k: f.contents() for k, f in reader.fields.items() if not k.startswith("GGUF.")}
        tensors = [dict(name=t.name, shape=[int(n) for n in t.shape], type=t.tensor_type.name, offset=int(t.data_offset),
                        bytes=int(t.n_bytes)) for t in reader.tensors]
        result[name] = dict(keys=keys, tensors=tensors)
    with open(os.path.join(HERE, "gguf_listing.json"), "w", encoding="utf-8") as out:
        json.dump(result, out, ensure_ascii=False, separators=(",", ":"))


def main():
    small = dict(layers=2, hidden=64, feed_forward=96, heads=4, kv_heads=2, head_dim=16, vocabulary=96, epsilon=1e-6)
    qkv = ("attn_q", "attn_k", "attn_v")
    random_model("qwen2-yarn-F32", "qwen2",
                 small | dict(context=256, theta=10000.0, interleaved=False,
                              scaling=dict(type="yarn", factor=4.0, original=64)),
                 seed=1, kinds=[Type.F32], biases=qkv, tokens=80)
    random_model("llama-linear-F32", "llama",
                 small | dict(context=128, theta=5000.0, interleaved=True, head_dim=24, epsilon=1e-5,
                              scaling=dict(type="linear", factor=2.5)),
                 seed=2, kinds=[Type.F32], biases=qkv + ("attn_output", "ffn_gate", "ffn_up", "ffn_down"), tokens=40)
    tiny = dict(layers=2, hidden=32, feed_forward=64, heads=4, kv_heads=2, vocabulary=96, context=128, epsilon=1e-6)
    llama3 = tiny | dict(head_dim=16, theta=500000.0, interleaved=True)
    divisors = reference.llama3_divisors(llama3, factor=8.0, low=1.0, high=4.0, original=16)
    random_model("llama-divisors-F32", "llama", llama3 | dict(scaling=dict(type="divisors", divisors=divisors)), seed=8,
                 kinds=[Type.F32], tokens=40)
    random_model("qwen3-Q8_0", "qwen3", tiny | dict(head_dim=24, theta=1e6, interleaved=False, head_norms=True), seed=9,
                 kinds=[Type.F32, Type.Q8_0], tokens=40)
    # The wide types fall on the small matrices.
    every = [Type.Q6_K, Type.Q2_K, Type.F32, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q4_0, Type.Q4_1, Type.Q5_0,
             Type.F16, Type.BF16, Type.Q5_1, Type.Q8_0]
    narrow = [kind for kind in every if kind not in (Type.F32, Type.F16, Type.BF16)]
    large = dict(layers=2, hidden=256, feed_forward=256, heads=4, kv_heads=1, head_dim=64, vocabulary=80,
                 context=64, theta=10000.0, epsilon=1e-5)
    random_model("llama-mixed", "llama", large | dict(interleaved=True), seed=3, kinds=every, tied=False)
    random_model("qwen2-mixed", "qwen2", large | dict(interleaved=False), seed=4, kinds=narrow[::-1], biases=qkv)
    random_model("qwen2-fused-Q8_0", "qwen2", small | dict(context=64, theta=10000.0, interleaved=False), seed=7,
                 kinds=[Type.Q8_0], biases=qkv, fused=True)
    # As files of two or three bits have it whose rows are no multiple of 256.
    random_model("llama-IQ4_NL", "llama", small | dict(hidden=96, feed_forward=160, head_dim=24, context=64, theta=10000.0,
                                                       interleaved=True),
                 seed=10, kinds=[Type.IQ4_NL, Type.Q8_0, Type.IQ4_NL], tokens=24)
    seeds = os.path.join(HERE, "..", "Fuzz", "Seeds")
    seed = dict(layers=1, hidden=32, feed_forward=32, heads=4, kv_heads=2, head_dim=8, vocabulary=8, epsilon=1e-6,
                context=16, theta=10000.0)
    random_model("llama", "llama", seed | dict(interleaved=True, scaling=dict(type="linear", factor=2.0)), seed=5,
                 kinds=[Type.Q4_0, Type.Q8_0], tokens=0, folder=seeds)
    random_model("qwen2", "qwen2",
                 seed | dict(interleaved=False, scaling=dict(type="yarn", factor=2.0, original=8)), seed=6,
                 kinds=[Type.Q4_1, Type.Q5_0, Type.Q5_1], biases=qkv, tokens=0, folder=seeds)
    listing(["qwen2-tiny-Q4_0.gguf", "qwen2-mixed.gguf"])


if __name__ == "__main__":
    main()

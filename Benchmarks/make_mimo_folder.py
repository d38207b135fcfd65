#!/usr/bin/env python3
"""Writes a checkpoint folder with the shapes of MiMo-7B and random BF16 weights, for measuring time and memory.

    python3 make_mimo_folder.py TOKENIZER_FOLDER OUT [--layers 36] [--shards 4]

TOKENIZER_FOLDER is any model folder whose tokenizer has at most 151680 tokens; its tokenizer files are copied. With all
36 layers and the drafting layer the weights take 15.7 GB. What the model says is noise. Needs numpy.
"""
import argparse
import json
import pathlib
import shutil

import numpy as np

WIDTH, WIDE, HEADS, KV_HEADS, HEAD, ROWS = 4096, 11008, 32, 8, 128, 151680
POOL = 1 << 24


def block(prefix):
    """Names and shapes of one decoder block."""
    attention, feed_forward = prefix + "self_attn.", prefix + "mlp."
    shapes = {
        prefix + "input_layernorm.weight": (WIDTH,), prefix + "post_attention_layernorm.weight": (WIDTH,),
        attention + "o_proj.weight": (WIDTH, HEADS * HEAD), feed_forward + "down_proj.weight": (WIDTH, WIDE),
        feed_forward + "gate_proj.weight": (WIDE, WIDTH), feed_forward + "up_proj.weight": (WIDE, WIDTH),
    }
    for name, heads in (("q", HEADS), ("k", KV_HEADS), ("v", KV_HEADS)):
        shapes[f"{attention}{name}_proj.weight"] = (heads * HEAD, WIDTH)
        shapes[f"{attention}{name}_proj.bias"] = (heads * HEAD,)
    return shapes


def model(layers):
    """Names and shapes of the whole model."""
    shapes = {"model.embed_tokens.weight": (ROWS, WIDTH)}
    for layer in range(layers):
        shapes |= block(f"model.layers.{layer}.")
    shapes |= {"model.norm.weight": (WIDTH,), "lm_head.weight": (ROWS, WIDTH)}
    draft = "model.mtp_layers.0."
    shapes |= block(draft) | {draft + "input_proj.weight": (WIDTH, 2 * WIDTH)}
    return shapes | {draft + name + ".weight": (WIDTH,) for name in ("token_layernorm", "hidden_layernorm", "final_layernorm")}


class Numbers:
    """Normal numbers of a given spread out of one pool, each matrix from another place of it."""

    def __init__(self):
        self.values = np.random.default_rng(7).standard_normal(POOL, dtype=np.float32)
        self.pools = {}
        self.place = 0

    def bfloat(self, columns):
        if columns not in self.pools:
            bits = (self.values / np.sqrt(columns, dtype=np.float32)).view(np.uint32)
            self.pools[columns] = ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)
        return self.pools[columns]

    def write(self, file, shape, is_norm):
        if is_norm:
            file.write(np.full(shape, 0x3F80, np.uint16).tobytes())
            return
        pool, left = self.bfloat(shape[-1]), int(np.prod(shape))
        self.place = (self.place + 1_000_003) % (POOL // 2)
        while left:
            part = pool[self.place:self.place + left]
            file.write(part.tobytes())
            left -= part.size
            self.place = (self.place + part.size) % (POOL // 2)


def write_shard(path, shapes, numbers):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in shapes.items():
        end = offset + 2 * int(np.prod(shape))
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in shapes.items():
            numbers.write(file, shape, "norm" in name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--layers", type=int, default=36)
    parser.add_argument("--shards", type=int, default=4)
    options = parser.parse_args()
    options.out.mkdir(parents=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(options.tokenizer / name, options.out / name)
    (options.out / "config.json").write_text(json.dumps({
        "architectures": ["MiMoForCausalLM"], "model_type": "mimo", "hidden_size": WIDTH, "intermediate_size": WIDE,
        "num_hidden_layers": options.layers, "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS,
        "head_dim": HEAD, "vocab_size": ROWS, "rms_norm_eps": 1e-5, "rope_theta": 640000, "hidden_act": "silu",
        "max_position_embeddings": 32768, "attention_bias": True, "tie_word_embeddings": False,
        "use_sliding_window": False, "num_nextn_predict_layers": 1, "torch_dtype": "bfloat16",
    }, indent=2))
    shapes, numbers = model(options.layers), Numbers()
    limit = -(-sum(2 * int(np.prod(shape)) for shape in shapes.values()) // options.shards)
    parts, filled = [{}], 0
    for name, shape in shapes.items():
        count = 2 * int(np.prod(shape))
        if filled and filled + count > limit and len(parts) < options.shards:
            parts.append({})
            filled = 0
        parts[-1][name] = shape
        filled += count
    index = {}
    for number, part in enumerate(parts, 1):
        name = f"model-{number:05}-of-{len(parts):05}.safetensors"
        write_shard(options.out / name, part, numbers)
        index |= dict.fromkeys(part, name)
    (options.out / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))


main()

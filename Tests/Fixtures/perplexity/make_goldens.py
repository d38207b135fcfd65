#!/usr/bin/env python3
"""Writes goldens.json: what a float64 forward pass on the dequantised weights makes of text.txt.

    python3 make_goldens.py MICHAT MODEL.gguf...

MICHAT is the program, which is asked for the tokens only. Needs numpy and gguf. Windows and scoring are those of
`michat perplexity`: windows know nothing of each other, and every token but the first of a window counts.
"""
import json
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
from gguf import quants

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import reference  # noqa: E402

WINDOW, TOKENS = 256, 1024
UNUSED = 5


def field(reader, name, default=None):
    found = reader.fields.get(name)
    return default if found is None else found.contents()


def load(path):
    reader = gguf.GGUFReader(path)
    family = field(reader, "general.architecture")

    def number(name, default=None):
        return field(reader, f"{family}.{name}", default)

    heads, hidden = number("attention.head_count"), number("embedding_length")
    shape = {"heads": heads, "kv_heads": number("attention.head_count_kv", heads),
             "head_dim": number("attention.key_length", hidden // heads), "layers": number("block_count"),
             "theta": number("rope.freq_base", 10000.0), "epsilon": number("attention.layer_norm_rms_epsilon"),
             "interleaved": family == "llama"}
    kinds = list(field(reader, "tokenizer.ggml.token_type"))
    while kinds[-1] == UNUSED:  # Rows that only fill up the vocabulary are no tokens.
        kinds.pop()
    shape["usable"] = len(kinds)
    tensors = {}
    for tensor in reader.tensors:
        values = quants.dequantize(tensor.data, tensor.tensor_type)
        tensors[tensor.name] = values.reshape([int(n) for n in reversed(tensor.shape)])
    return shape, tensors


def score(shape, tensors, ids):
    total = count = 0
    for first in range(0, len(ids), WINDOW):
        window = ids[first:first + WINDOW]
        logits = reference.forward(shape, tensors, window)[:-1, :shape["usable"]]
        best = logits.max(-1)
        normaliser = best + np.log(np.exp(logits - best[:, None]).sum(-1))
        total += float((normaliser - logits[np.arange(len(window) - 1), window[1:]]).sum())
        count += len(window) - 1
    return total / count, count


def main():
    text = (HERE / "text.txt").read_text()
    goldens = {}
    for path in sys.argv[2:]:
        run = subprocess.run([sys.argv[1], "tokenize", "--model", path, "--plain", "--json"], input=text, text=True,
                             capture_output=True, check=True)
        ids = json.loads(run.stdout)["tokens"][:TOKENS]
        mean, count = score(*load(path), np.asarray(ids))
        goldens[Path(path).name] = {"window": WINDOW, "tokens": TOKENS, "scored": count, "mean_nats": mean}
        print(path, goldens[Path(path).name], flush=True)
    (HERE / "goldens.json").write_text(json.dumps(goldens, indent=1) + "\n")


if __name__ == "__main__":
    main()

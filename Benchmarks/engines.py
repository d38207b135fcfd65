#!/usr/bin/env python3
"""Engines alone, in turn: `michat bench` beside llama.cpp's llama-bench and llama-batched-bench on the same file.

    engines.py MODEL.gguf [--rounds 3] [--prompt 512,1500] [--batch 8,32] [--history 8000] [--json FILE]

LLAMA_BENCH names llama-bench; llama-batched-bench is expected beside it. Without it, only our own figures are shown.
Tokens a second; the last columns say how many times better ours are.
"""
import argparse
import json
from pathlib import Path

from measure import Figures, michat, output, program


def ours(a, figures):
    batches = "1" + ("," + a.batch if a.batch else "")
    report = json.loads(output([michat(), "bench", "--model", a.model, "--prompt", a.prompt, "--batch", batches,
                                "--history", "100" + ("," + a.history if a.history else ""), "--depth", str(a.depth),
                                "--steps", str(a.steps), "--repeats", "1", "--json"]))
    names = {"prompt": "prompt {}", "decode": "decode, {} streams", "history": "decode after {}"}
    for row in report["results"]:
        what = names[row["kind"]].format(row["size"])
        figures.add(what, "michat", row["tokens_per_second"])
        figures.add(what + ", % of memory", "michat", 100 * row["share_of_memory"])


def llama(a, bench, figures):
    def rows(*flags):
        return json.loads(output([bench, "-m", a.model, "-r", "1", "-o", "json", *flags]))

    for row in rows("-p", a.prompt, "-n", "0"):
        figures.add(f"prompt {row['n_prompt']}", "llama-bench", row["avg_ts"])
    depths = ["100"] + [d for d in a.history.split(",") if d]
    for row in rows("-p", "0", "-n", str(a.steps), "-d", ",".join(depths)):
        figures.add(f"decode after {row['n_depth']}", "llama-bench", row["avg_ts"])
    for row in rows("-p", "0", "-n", str(a.steps), "-d", str(a.depth)):
        figures.add("decode, 1 streams", "llama-bench", row["avg_ts"])
    if not a.batch:
        return
    largest = max(int(b) for b in a.batch.split(","))
    lines = output([str(Path(bench).with_name("llama-batched-bench")), "-m", a.model, "-npp", str(a.depth),
                    "-ntg", str(a.steps), "-npl", a.batch, "-c", str(largest * (a.depth + a.steps) + 256),
                    "--output-format", "jsonl"])
    for line in lines.splitlines():
        if line.startswith("{"):
            row = json.loads(line)
            figures.add(f"decode, {row['pl']} streams", "llama-bench", row["speed_tg"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prompt", default="512,1500")
    parser.add_argument("--batch", default="8,32", help="streams that decode together; empty for one only")
    parser.add_argument("--history", default="8000", help="lengths of history; empty for 100 only")
    parser.add_argument("--depth", type=int, default=128)
    parser.add_argument("--steps", type=int, default=64)
    parser.add_argument("--json")
    a = parser.parse_args()
    bench = program("LLAMA_BENCH", None)
    figures = Figures()
    for _ in range(a.rounds):
        ours(a, figures)
        if bench:
            llama(a, bench, figures)
    print("\n".join(figures.table()))
    figures.write(a.json)


if __name__ == "__main__":
    main()

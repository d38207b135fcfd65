#!/usr/bin/env python3
"""What a core that another program uses costs: decoding while a plain loop burns one of them.

    busy_core.py MODEL.gguf [--rounds 3] [--threads 2] [--steps 400] [--batch 1] [--json FILE]

All threads and one thread decode in turn: on a machine that is quiet, beside a loop that stays on the second core, and beside
one that goes where the system puts it. All threads together must never be slower than one thread alone.
"""
import argparse
import contextlib
import json
import os
import subprocess
import sys

from measure import Figures, michat, output

BURNERS = {"quiet": None, "pinned": True, "wandering": False}


@contextlib.contextmanager
def burning(is_pinned):
    """A loop on the second core that we may use, or on any of them, for as long as the block lasts."""
    if is_pinned is None:
        yield
        return
    core = sorted(os.sched_getaffinity(0))[1]
    loop = subprocess.Popen([sys.executable, "-c", "while True: pass"],
                            preexec_fn=lambda: os.sched_setaffinity(0, {core}) if is_pinned else None)
    try:
        yield
    finally:
        loop.kill()
        loop.wait()


def tokens_per_second(a, threads):
    """The speed of one run; the best of several would hide what the loop costs."""
    # A history beyond the context is left out.
    report = output([michat(), "bench", "model", "--model", a.model, "--threads", str(threads), "--prompt", "16", "--json",
                     "--batch", str(a.batch), "--history", "1000000", "--steps", str(a.steps), "--repeats", "1"])
    [decode] = [row for row in json.loads(report)["results"] if row["kind"] == "decode"]
    return decode["tokens_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--json")
    a = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        print("one core: there is none that another program could use while we compute")
        return
    figures = Figures()
    for _ in range(a.rounds):
        for name, is_pinned in BURNERS.items():
            with burning(is_pinned):
                figures.add(f"tok/s, {name}", f"{a.threads} threads", tokens_per_second(a, a.threads))
                figures.add(f"tok/s, {name}", "1 thread", tokens_per_second(a, 1))
    print("\n".join(figures.table(ours=f"{a.threads} threads")))
    figures.write(a.json)


if __name__ == "__main__":
    main()

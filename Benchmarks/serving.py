#!/usr/bin/env python3
"""Servers over HTTP, in turn: michat, llama.cpp's server and vLLM, each alone on the machine, under the same load.

    serving.py MODEL.gguf [--hf FOLDER] [--rounds 2] [--json FILE] [WORK...]

LLAMA_SERVER names llama.cpp's server, VLLM the `vllm` program, which reads the Hugging Face form of the model in FOLDER;
whichever is missing is left out. Works: single prompt streams shared stall tiny (all, when none is named). The driver
shares the machine with the server. Prompts are lists of token ids, so that all servers read equally much.
"""
import argparse
import asyncio
import os
import random
import shlex
import subprocess
import sys
import tempfile
import time

import client
from measure import Figures, michat, program

CORES = os.cpu_count()
WORKS = ["single", "prompt", "streams", "shared", "stall", "tiny"]


def servers(a):
    """Name and command of everything that is to be measured."""
    found = {"michat": f"{shlex.quote(michat())} serve --model {{model}} --port {{port}} --log.level error"}
    if path := program("LLAMA_SERVER", None):
        found["llama.cpp"] = (f"{shlex.quote(path)} -m {{model}} -t {CORES} -np 32 -c 81920 --kv-unified "
                              "--host 127.0.0.1 --port {port}")
    if (path := program("VLLM", None)) and a.hf:
        found["vLLM"] = (f"{shlex.quote(path)} serve {{hf}} --served-model-name default --dtype bfloat16 "
                         "--max-model-len 8192 --max-num-seqs 32 --host 127.0.0.1 --port {port}")
    return found


class Server:
    """A server process from its start to its first answer, and to its end."""

    def __init__(self, command, a, port):
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log", delete=False)
        surroundings = dict(os.environ, HF_HUB_OFFLINE="1", VLLM_CPU_KVCACHE_SPACE="2",
                            VLLM_CPU_OMP_THREADS_BIND=f"0-{CORES - 1}")
        start = time.monotonic()
        self.process = subprocess.Popen(shlex.split(command.format(model=a.model, hf=a.hf, port=port)), env=surroundings,
                                        stdout=self.log, stderr=self.log, start_new_session=True)
        self.port = port
        while True:
            try:
                asyncio.run(client.complete(port, [1, 2, 3], 1))
                break
            except (OSError, RuntimeError, asyncio.IncompleteReadError):
                if self.process.poll() is not None or time.monotonic() - start > a.patience:
                    self.stop()
                    sys.exit(f"the server did not start; see {self.log.name}")
                time.sleep(0.02)
        self.ready_seconds = time.monotonic() - start

    def memory(self):
        """MiB of the process and its children: most that was ever resident, and what is now beside mapped files."""
        processes, most, own = [str(self.process.pid)], 0, 0
        for pid in processes:
            try:
                processes += open(f"/proc/{pid}/task/{pid}/children").read().split()
                status = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status") if ":" in line)
            except OSError:
                continue
            most += int(status["VmHWM"].split()[0]) / 1024
            own += sum(int(status[key].split()[0]) for key in ("RssAnon", "RssShmem")) / 1024
        return most, own

    def stop(self):
        try:
            os.killpg(self.process.pid, 15)
            self.process.wait(20)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait()


def sane(port):
    """Whether greedy answers are sensible, and the same twice."""
    question = {"model": "default", "temperature": 0, "max_tokens": 24,
                "messages": [{"role": "user", "content": "What is the capital of Germany?"}]}
    first, second = (asyncio.run(client.chat(port, question)) for _ in range(2))
    return "Berlin" in first and first == second


async def figures_of(work, port, source, small):
    return [figure async for figure in getattr(client, work)(port, source, small)]


def measure(name, command, a, figures, port):
    server = Server(command, a, port)
    try:
        most, own = server.memory()
        file = os.path.getsize(a.model) / 2**20
        figures.add("start to first answer, s", name, server.ready_seconds, smaller_is_better=True)
        figures.add("peak memory / file", name, most / file, smaller_is_better=True)
        figures.add("own memory / file", name, own / file, smaller_is_better=True)
        if not a.nonsense and not sane(port):
            print(f"# {name} does not say twice in the same words that Berlin is the capital of Germany")
        for work in a.work or WORKS:
            for what, value, smaller in asyncio.run(figures_of(work, port, random.Random(a.seed), a.small)):
                figures.add(what, name, value, smaller)
            a.seed += 1
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("work", nargs="*", choices=[[], *WORKS])
    parser.add_argument("--hf", default="")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--patience", type=float, default=600, help="seconds that a server may take to start")
    parser.add_argument("--nonsense", action="store_true", help="the model has random weights: do not ask it anything")
    parser.add_argument("--small", action="store_true", help="tiny sizes, to see that everything works")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json")
    a = parser.parse_args()
    figures = Figures()
    seed = a.seed
    for _ in range(a.rounds):
        for name, command in servers(a).items():
            a.seed = seed
            measure(name, command, a, figures, client.free_port())
        seed += len(WORKS)
    print("\n".join(figures.table()))
    figures.write(a.json)


if __name__ == "__main__":
    main()

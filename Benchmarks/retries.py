#!/usr/bin/env python3
"""What the SDKs' retry header costs: the same streams with it and without, in turn, at one server.

    retries.py MODEL.gguf [--rounds 20] [--streams 8] [--tokens 128] [--json FILE]

With the header an answer can be joined by the client's next attempt, so the server keeps what it has said. The rates share the
machine with the driver; the server's own time on the processors does not, and says more on a busy machine.
"""
import argparse
import asyncio
import random
import shlex
import time

import client
from measure import Figures, michat
from serving import Server

NAMES = {"without": "", "with": client.RETRY_HEADER}


def processor_seconds(pid):
    """The time that all threads of a process have spent on processors."""
    return time.clock_gettime(~pid << 3 | 2)  # Linux's number for the clock of a process: clock_getcpuclockid(3)


async def load(port, source, a, fields):
    """Streams at once: tokens over all."""
    answers = await asyncio.gather(*[client.complete(port, client.ids(source, 16), a.tokens, fields)
                                     for _ in range(a.streams)])
    return sum(count for _, _, count in answers)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--patience", type=float, default=600, help="seconds that the server may take to start")
    parser.add_argument("--json")
    a = parser.parse_args()
    a.hf = ""
    figures = Figures()
    server = Server(f"{shlex.quote(michat())} serve --model {{model}} --port {{port}} --log.level error", a,
                    client.free_port())
    try:
        for round in range(a.rounds):
            # Prompts of one length, none of them twice, and nobody always goes first.
            for place, name in enumerate(list(NAMES)[::-1 if round % 2 else 1]):
                start, before = time.monotonic(), processor_seconds(server.process.pid)
                tokens = asyncio.run(load(server.port, random.Random(2 * round + place), a, NAMES[name]))
                seconds = time.monotonic() - start
                used = processor_seconds(server.process.pid) - before
                figures.add("tok/s", name, tokens / seconds)
                figures.add("processor us/token", name, 1e6 * used / tokens, smaller_is_better=True)
    finally:
        server.stop()
    print("\n".join(figures.table(ours="with")))
    figures.write(a.json)


if __name__ == "__main__":
    main()

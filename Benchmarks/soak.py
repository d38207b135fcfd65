"""Asks a server of its own the same thing many thousand times with the official client, in every way in which an answer
can end, and prints what stays in its memory.

    pip install openai            # the version that Tests/Clients/requirements-newest.txt names
    Benchmarks/soak.py --program .build/release/michat --model Tests/Fixtures/llama-tiny-Q8_0.gguf --requests 20000

Exit code 0: nothing of any answer was left, and resident memory stayed within 2 MiB of what it was after the warm-up.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.request

import openai

TEXT = "The river runs past the mill and the old bridge. "
CONTENT_BYTES = 5_600
FLAT_BYTES = 2 << 20
# Longer than any answer goes on without its client.
SETTLING_SECONDS = 12


class Server:
    """`michat serve` on a free port; its log goes to a file, because somebody has to read it."""

    def __init__(self, program, model, log):
        self.log = open(log, "w+")
        self.process = subprocess.Popen(
            [program, "serve", "--model", model, "--port", "0", "--engine.kv_bytes", "16MiB", "--log.level", "warning"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log)
        for _ in range(600):
            found = re.search(r"ready at (http://\S+)", pathlib.Path(log).read_text())
            if found or self.process.poll() is not None:
                break
            time.sleep(0.1)
        if not found:
            raise SystemExit("the server did not start:\n" + pathlib.Path(log).read_text())
        self.root = found.group(1)

    def resident(self):
        """Bytes that the process itself has in memory, without mapped files."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+) kB", status).group(1)) << 10

    def live(self):
        """Objects that belong to answers."""
        with urllib.request.urlopen(self.root + "/metrics") as reply:
            text = reply.read().decode()
        return sum(int(float(n)) for n in re.findall(r"^michat_live_answers\{[^}]*\} (\S+)$", text, re.M))


def messages(number):
    text = f"{number}: " + TEXT * (CONTENT_BYTES // len(TEXT))
    return [{"role": "user", "content": text}]


def ask(client, number, **options):
    options = {"max_tokens": 4, "temperature": 0, "extra_body": {"ignore_eos": True}, **options}
    return client.chat.completions.create(model="default", messages=messages(number), **options)


def whole(client, number):
    assert ask(client, number).choices[0].finish_reason == "length"


def streamed(client, number):
    assert sum(1 for _ in ask(client, number, stream=True)) > 2


def cut(client, number):
    """Reads the first words of a long stream and leaves."""
    with ask(client, number, stream=True, max_tokens=400) as stream:
        next(iter(stream))


def failed(client, number):
    options = [{"temperature": 9}, {"extra_body": {"guided_regex": f"({number}"}}, {"logit_bias": {"9999999": 1}}]
    try:
        ask(client, number, **options[number % len(options)])
    except openai.BadRequestError:
        return
    raise AssertionError("it was answered")


def absorbed(client, number):
    """Gives up after a moment, and comes back for the answer with the next attempt."""
    try:
        ask(client.with_options(timeout=0.03, max_retries=1), number, max_tokens=60)
    except openai.APITimeoutError:
        pass


def abandoned(client, number):
    try:
        ask(client.with_options(timeout=0.03), number, max_tokens=200)
    except openai.APITimeoutError:
        pass


KINDS = [whole, streamed, cut, failed, absorbed, abandoned]


def run(kind, root, count, first, workers):
    """Asks `count` times, and returns how often it went otherwise than it should."""
    numbers, faults, lock = iter(range(first, first + count)), [], threading.Lock()

    def work():
        client = openai.OpenAI(base_url=root + "/v1", api_key="none", max_retries=0)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                kind(client, number)
            except Exception as error:
                faults.append(f"{kind.__name__}: {type(error).__name__}: {str(error)[:120]}")

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def settled(server):
    time.sleep(SETTLING_SECONDS)
    return server.live(), server.resident()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--requests", type=int, default=2000, help="of each kind")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=500, help="requests of each kind before the first measurement")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--log", default="/tmp/michat-soak.log")
    options = parser.parse_args()
    server = Server(options.program, options.model, options.log)
    try:
        return soak(server, options)
    finally:
        server.process.terminate()
        server.process.wait()


def soak(server, options):
    print(f"openai {openai.__version__}, {options.requests} requests of each kind")
    print(f"{'after':>24} {'resident, KiB':>14} {'change':>9} {'live':>5} {'faults':>7} {'seconds':>8}")
    began, number, base, faults = time.time(), 0, 0, []

    def tell(name, live, bytes):
        change = f"{(bytes - base) >> 10:+d}" if base else ""
        print(f"{name:>24} {bytes >> 10:>14} {change:>9} {live:>5} {len(faults):>7} {time.time() - began:>8.0f}", flush=True)

    for kind in KINDS:
        faults += run(kind, server.root, options.warm_up, number, options.workers)
        number += options.warm_up
    live, base = settled(server)
    tell("warm-up", live, base)
    for round in range(options.rounds):
        for kind in KINDS:
            count = options.requests // options.rounds
            faults += run(kind, server.root, count, number, options.workers * (4 if kind in (absorbed, abandoned) else 1))
            number += count
            tell(f"round {round + 1}, {kind.__name__}", server.live(), server.resident())
        live, bytes = settled(server)
        tell(f"round {round + 1}, settled", live, bytes)
    for fault in sorted(set(faults))[:10]:
        print(fault)
    isFlat = abs(bytes - base) <= FLAT_BYTES
    print(f"{'flat' if isFlat else 'NOT FLAT'}: {(bytes - base) >> 10:+d} KiB; {live} objects of answers left")
    return 0 if isFlat and live == 0 and not faults else 1


if __name__ == "__main__":
    sys.exit(main())

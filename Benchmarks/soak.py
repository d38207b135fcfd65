"""Asks a server of its own the same thing many thousand times with official clients, in every way in which an answer can
end, and prints what stays in its memory.

    Benchmarks/soak.py --program .build/release/michat --model Tests/Fixtures/llama-tiny-Q8_0.gguf --requests 20000 \\
        --client .build/clients/newest/bin/python --client .build/clients/older/bin/python

Each client is an interpreter that has openai, as the lists beside Tests/Clients/run.py say, or `node`, whose own fetch then
sends what openai for node sends. Without one it is the interpreter that runs this file.

Exit code 0: nothing of any answer was left, and resident memory stayed within 2 MiB of what it was after the warm-up. The
warm-up is a round of its own: as many at once as later, because the allocator keeps what the busiest moment needed.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request

TEXT = "The river runs past the mill and the old bridge. "
# Bytes of the messages, in turn: how many of which size.
SIZES = "50x60,600x20,50x60,4000x1"
LARGE_BYTES = 100_000
FLAT_BYTES = 2 << 20
# Longer than any answer goes on without its client.
SETTLING_SECONDS = 30
# Longer than the server keeps free memory.
GIVING_BACK_SECONDS = 25
# Clients that give up come back late, so more of them are needed to keep a server busy.
WORKERS = {"absorbed": 32, "abandoned": 32}
KINDS = [
    "whole", "streamed", "cut", "failed", "absorbed", "abandoned", "structured:0.05", "tools:0.05", "both:0.05",
    "large:0.1", "padded",
]


# MARK: What a client does; in a process of its own


def messages(number):
    size = sizes[number % len(sizes)]
    return [{"role": "user", "content": f"{number}: " + TEXT * (size // len(TEXT))}]


def schema(number):
    """A form that no request had before, so that compiled forms are replaced."""
    return {
        "type": "object", "additionalProperties": False, "required": [f"a{number}", "kind"],
        "properties": {
            f"a{number}": {"type": "string", "maxLength": 8 + number % 5},
            "kind": {"enum": [f"k{number}", "other", number]},
            "list": {"type": "array", "maxItems": 3, "items": {"type": "integer"}},
        },
    }


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
    import openai

    options = [{"temperature": 9}, {"extra_body": {"guided_regex": f"({number}"}}, {"logit_bias": {"9999999": 1}}]
    try:
        ask(client, number, **options[number % len(options)])
    except openai.BadRequestError:
        return
    raise AssertionError("it was answered")


def absorbed(client, number):
    """Gives up after a moment, and comes back for the answer with the next attempt."""
    import openai

    try:
        ask(client.with_options(timeout=0.03, max_retries=1), number, max_tokens=60)
    except openai.APITimeoutError:
        pass


def abandoned(client, number):
    import openai

    try:
        ask(client.with_options(timeout=0.03), number, max_tokens=200)
    except openai.APITimeoutError:
        pass


def structured(client, number):
    form = {"type": "json_schema", "json_schema": {"name": "form", "strict": True, "schema": schema(number)}}
    ask(client, number, response_format=form, max_tokens=4, extra_body={}, stream=number % 2 == 0)


def tools(client, number):
    tool = {"type": "function", "function": {"name": f"do_{number}", "strict": True, "parameters": schema(number)}}
    answer = ask(client, number, tools=[tool], tool_choice="required", max_tokens=4, extra_body={}, stream=number % 2 == 0)
    if number % 2 == 0:
        list(answer)


def both(client, number):
    """A tool that may be called, and a form for the answer if it is not."""
    tool = {"type": "function", "function": {"name": f"do_{number}", "parameters": schema(number)}}
    form = {"type": "json_schema", "json_schema": {"name": "form", "strict": True, "schema": schema(number + 1_000_000)}}
    ask(client, number, tools=[tool], response_format=form, max_tokens=4, extra_body={})


def large(client, number):
    """A text of 100 KB: more than the context holds, or a long prompt."""
    import openai

    text = f"{number}: " + TEXT * (LARGE_BYTES // len(TEXT))
    try:
        client.chat.completions.create(model="default", messages=[{"role": "user", "content": text}], max_tokens=4)
    except openai.BadRequestError:
        pass


def padded(client, number):
    """A body of 100 KB with a short prompt."""
    ask(client, number, extra_body={"ignore_eos": True, "padding": f"{number}: " + TEXT * (LARGE_BYTES // len(TEXT))})


def act(root, kind, first, count, workers, sizes):
    """Asks `count` times with the openai of this interpreter, and prints how often it went otherwise than it should."""
    import openai

    globals()["sizes"] = sizes
    numbers, faults, lock, busy = iter(range(first, first + count)), {}, threading.Lock(), 0
    body = globals()[kind]

    def work():
        nonlocal busy
        client = openai.OpenAI(base_url=root + "/v1", api_key="none", max_retries=0)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            for _ in range(2000):
                try:
                    body(client, number)
                except openai.RateLimitError:
                    # Those that were abandoned may still be computed; this one is asked again.
                    with lock:
                        busy += 1
                    time.sleep(0.05)
                    continue
                except Exception as error:
                    with lock:
                        text = f"{kind}: {type(error).__name__}: {str(error)[:160]}"
                        faults[text] = faults.get(text, 0) + 1
                break

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"version": openai.__version__, "busy": busy, "faults": faults}))


# MARK: The server, and what is measured


class Server:
    """`michat serve` on a free port; its log goes to a file, because somebody has to read it."""

    def __init__(self, program, model, log, flags):
        self.log = open(log, "w+")
        self.process = subprocess.Popen(
            [program, "serve", "--model", model, "--port", "0", "--log.level", "warning",
             *(flags or ["--engine.kv_bytes=16MiB"])],
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
        """Objects that belong to answers, and bytes that requests hold, bodies among them."""
        with urllib.request.urlopen(self.root + "/metrics") as reply:
            text = reply.read().decode()

        def total(name):
            return sum(int(float(n)) for n in re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.M))

        return total("michat_live_answers"), total("michat_request_memory_bytes")


def run(client, root, kind, first, count, sizes, faults):
    """Lets a client ask."""
    here = pathlib.Path(__file__)
    script = [str(here.with_suffix(".mjs"))] if pathlib.Path(client).name == "node" else [str(here), "--act"]
    work = {"root": root, "kind": kind, "first": first, "count": count, "workers": WORKERS.get(kind, 8), "sizes": sizes}
    done = subprocess.run([client, *script, json.dumps(work)], stdout=subprocess.PIPE, text=True, check=True)
    said = json.loads(done.stdout.splitlines()[-1])
    for text, times in said["faults"].items():
        faults[text] = faults.get(text, 0) + times
    return said


def settled(server):
    """Waits until nothing is answered any more, or for longer than that may take, and then for free memory to go back."""
    began = time.time()
    while server.live() != (0, 0) and time.time() - began < SETTLING_SECONDS:
        time.sleep(0.5)
    time.sleep(GIVING_BACK_SECONDS)
    return server.live(), server.resident()


def soak(server, options):
    clients = [shutil.which(name) or name for name in options.client or [sys.executable]]
    sizes = [int(size) for one in options.sizes.split(",") for size, times in [one.split("x")] for _ in range(int(times))]
    print(f"{options.requests} requests of each kind and client: {', '.join(clients)}")
    print(f"{'after':>32} {'resident, KiB':>14} {'change':>9} {'live':>5} {'held':>9} {'busy':>6} {'faults':>7} {'seconds':>8}")
    began, number, base, faults, busy = time.time(), 0, 0, {}, 0

    def tell(name, live, bytes):
        change = f"{(bytes - base) >> 10:+d}" if base else ""
        print(
            f"{name:>32} {bytes >> 10:>14} {change:>9} {live[0]:>5} {live[1]:>9} {busy:>6} {sum(faults.values()):>7} "
            f"{time.time() - began:>8.0f}", flush=True)

    tell("start", server.live(), server.resident())
    for round in range(options.rounds + 1):
        each = options.requests // options.rounds if round else options.warm_up
        name = f"round {round}" if round else "warm-up"
        for kind, _, share in (one.partition(":") for one in options.kinds.split(",")):
            count = int(each * float(share or 1))
            for client in clients:
                said = run(client, server.root, kind, number, count, sizes, faults)
                busy += said["busy"]
                number += count
                tell(f"{name}, {kind}, {said['version']}", server.live(), server.resident())
        live, bytes = settled(server)
        base = base or bytes
        tell(f"{name}, settled", live, bytes)
    for text, times in sorted(faults.items())[:20]:
        print(f"{times} times {text}")
    isFlat = abs(bytes - base) <= FLAT_BYTES
    print(f"{'flat' if isFlat else 'NOT FLAT'}: {(bytes - base) >> 10:+d} KiB; {live[0]} objects and {live[1]} bytes of answers left")
    return 0 if isFlat and live == (0, 0) and not faults else 1


def main():
    if sys.argv[1:2] == ["--act"]:
        act(**json.loads(sys.argv[2]))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--client", action="append", help="an interpreter that has openai, or node; more than once for several")
    parser.add_argument("--kinds", default=",".join(KINDS), help="which, each with :share for less of it")
    parser.add_argument("--requests", type=int, default=2000, help="of each kind and client, in all rounds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=400, help="requests of each kind before the first measurement")
    parser.add_argument("--sizes", default=SIZES, help="bytes of the messages, each with how many times in turn")
    parser.add_argument("--flag", action="append", default=[], help="for the server")
    parser.add_argument("--log", default="/tmp/michat-soak.log")
    options = parser.parse_args()
    server = Server(options.program, options.model, options.log, options.flag)
    try:
        return soak(server, options)
    finally:
        server.process.terminate()
        server.process.wait()


if __name__ == "__main__":
    sys.exit(main())

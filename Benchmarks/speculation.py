#!/usr/bin/env python3
"""What drafts are worth: one server per way of drafting, all loaded, asked the same in turn; and whether all say the same.

    speculation.py MODEL [--modes none,mtp:1,mtp:3,auto] [--task chat|rewrite] [--streams 1] [--rounds 3]
                   [--settings "--quantize q8_0"] [--json FILE]

A mode is a value of --speculative, with a value of --draft-tokens behind a colon. The first mode is what the others are
compared with. `chat` asks short questions; `rewrite` asks for a text to be repeated with its own words, greedily.
"""
import argparse
import asyncio
import itertools
import shlex
import statistics
import subprocess
import sys
import time
import json

import client
from measure import michat

QUESTIONS = [
    "Explain in simple words how a rainbow forms.", "Give me three tips for sleeping better.",
    "What should I cook with eggs, tomatoes and rice?", "Write a short thank-you note to a teacher.",
    "How do I remove a coffee stain from a shirt?", "Tell me about the history of the bicycle.",
    "What is the difference between weather and climate?", "Suggest a plan for a weekend in the mountains.",
]
PASSAGE = (
    "The library opens at nine in the morning and closes at six in the evening. Books may be kept for three weeks. "
    "Whoever brings a book back late pays ten cents a day. Members under twelve need the signature of a parent. "
    "Lost cards are replaced at the desk on the ground floor. The reading room on the second floor is quiet at all "
    "times. On Saturdays a volunteer reads stories to children in the small hall beside the entrance.")


def bodies(task, streams):
    """Requests of one round."""
    if task == "rewrite":
        ask = f"Repeat the following text exactly, word for word:\n\n{PASSAGE}"
        texts = [ask] + [ask + " " * count for count in range(1, streams)]
        length = 160
    else:
        texts = list(itertools.islice(itertools.cycle(QUESTIONS), max(streams, len(QUESTIONS))))
        texts = [text + " " * (place // len(QUESTIONS)) for place, text in enumerate(texts)]
        length = 128
    return [{"model": "default", "messages": [{"role": "user", "content": text}], "max_tokens": length,
             "temperature": 0} for text in texts]


async def answer(port, body):
    """The text of an answer, and its tokens."""
    raw = b"".join([line async for line in client.post(port, "/v1/chat/completions", body)])
    whole = json.loads(raw[raw.index(b"{"):raw.rindex(b"}") + 1])
    return whole["choices"][0]["message"]["content"], whole["usage"]


async def round_of(port, requests, streams):
    """Tokens a second, texts and drafts of one round."""
    places = asyncio.Semaphore(streams)

    async def one(body):
        async with places:
            return await answer(port, body)

    start = time.monotonic()
    answers = await asyncio.gather(*[one(body) for body in requests])
    seconds = time.monotonic() - start
    details = [usage["completion_tokens_details"] for _, usage in answers]
    return {
        "speed": sum(usage["completion_tokens"] for _, usage in answers) / seconds,
        "texts": [text for text, _ in answers],
        "accepted": sum(detail["accepted_prediction_tokens"] for detail in details),
        "rejected": sum(detail["rejected_prediction_tokens"] for detail in details),
        "tokens": sum(usage["completion_tokens"] for _, usage in answers),
    }


def start(model, mode, port, settings):
    """A server with one way of drafting."""
    kind, _, drafts = mode.partition(":")
    command = [michat(), "serve", "--model", model, "--port", str(port), "--log.level", "error",
               "--speculative", kind, "--draft-tokens", drafts or "0", *shlex.split(settings)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while True:
        try:
            asyncio.run(client.complete(port, [1, 2, 3], 1))
            return process
        except (OSError, RuntimeError, asyncio.IncompleteReadError):
            if process.poll() is not None:
                sys.exit(f"the server for {mode} did not start: {shlex.join(command)}")
            time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--modes", default="none,auto")
    parser.add_argument("--task", choices=["chat", "rewrite"], default="chat")
    parser.add_argument("--streams", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--settings", default="")
    parser.add_argument("--json")
    a = parser.parse_args()
    modes, requests = a.modes.split(","), bodies(a.task, a.streams)
    servers, rounds = [], {mode: [] for mode in modes}
    try:
        ports = []
        for mode in modes:
            ports.append(client.free_port())
            servers.append(start(a.model, mode, ports[-1], a.settings))
        # The first round warms up: caches fill, and drafting learns what it is worth.
        for number, (place, mode) in itertools.product(range(a.rounds + 1), enumerate(modes)):
            found = asyncio.run(round_of(ports[place], requests, a.streams))
            if number:
                rounds[mode].append(found)
    finally:
        for server in servers:
            server.terminate()
            server.wait()
    report(modes, rounds, a.json)


def report(modes, rounds, path):
    """A line for each mode; the ratios are of rounds that stood side by side."""
    base = [found["speed"] for found in rounds[modes[0]]]
    figures = {}
    for mode in modes:
        speeds = [found["speed"] for found in rounds[mode]]
        ratio = statistics.median(speed / plain for speed, plain in zip(speeds, base))
        last = rounds[mode][-1]
        figures[mode] = {"speed": speeds, "ratio": ratio, "accepted": last["accepted"], "rejected": last["rejected"]}
        print(f"{mode:10} {statistics.median(speeds):8.1f} tok/s  {ratio:5.2f}x  of {last['tokens']} tokens "
              f"{last['accepted']} drafted, {last['rejected']} drafts wrong")
    texts = {tuple(found["texts"]) for found in itertools.chain.from_iterable(rounds.values())}
    print("all answers equal" if len(texts) == 1 else "ANSWERS DIFFER")
    if path:
        with open(path, "w") as file:
            json.dump(figures, file, indent=1)
    sys.exit(0 if len(texts) == 1 else 1)


if __name__ == "__main__":
    main()

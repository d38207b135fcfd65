#!/usr/bin/env python3
"""What a form costs: the same requests free and with a schema, in turn on one server, many streams at once.

    structured.py MODEL [--streams 32] [--rounds 3] [--tokens 64] [--settings "…"] [--json FILE]

The free requests are what the others are compared with. `text` binds the answer to an object whose one long text no
limit ends, so that both generate equally many tokens freely; `record` to an object of many short members, where much is
forced; `regex` and `json` to an expression and to any object.
"""
import argparse
import asyncio
import json
import random
import statistics
import sys
import time

import client
import speculation

PERSON = {
    "type": "object", "additionalProperties": False,
    "properties": {
        "first_name": {"type": "string", "maxLength": 20}, "last_name": {"type": "string", "maxLength": 20},
        "age": {"type": "integer", "minimum": 0, "maximum": 120}, "email": {"type": "string", "format": "email"},
        "role": {"enum": ["administrator", "member", "guest"]}, "active": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 12}, "minItems": 1, "maxItems": 5},
        "joined": {"type": "string", "format": "date"},
    },
}
PERSON["required"] = list(PERSON["properties"])
TEXT = {"type": "object", "properties": {"text": {"type": "string", "minLength": 2000}}, "required": ["text"],
        "additionalProperties": False}


def schema(value):
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "bench", "schema": value}}}


FORMS = {
    "free": {}, "text": schema(TEXT), "record": schema(PERSON),
    "people": schema({"type": "array", "items": PERSON, "minItems": 50}),
    "regex": {"guided_regex": "([A-Z][a-z]{1,12} ){400}"},
    "json": {"response_format": {"type": "json_object"}},
}


def request(form, tokens, seed):
    words = random.Random(seed).choices(speculation.PASSAGE.split(), k=60)
    return {"model": "default", "max_tokens": tokens, "temperature": 0.8, "seed": seed, "ignore_eos": True,
            "messages": [{"role": "user", "content": "Write about: " + " ".join(words)}]} | FORMS[form]


async def round_of(port, form, a, number):
    """Tokens a second of all streams together, and how many answers ended by themselves."""
    # Every prompt is new, so that nobody gains from what another has left in the cache.
    first = 1000 * (len(FORMS) * number + list(FORMS).index(form))
    bodies = [request(form, a.tokens, first + place) for place in range(a.streams)]
    start = time.monotonic()
    answers = await asyncio.gather(*[speculation.answer(port, body) for body in bodies])
    seconds = time.monotonic() - start
    return sum(usage["completion_tokens"] for _, usage in answers) / seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--forms", default=",".join(FORMS))
    parser.add_argument("--streams", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--settings", default="")
    parser.add_argument("--json")
    a = parser.parse_args()
    forms = a.forms.split(",")
    found = {form: [] for form in forms}
    port = client.free_port()
    server = speculation.start(a.model, "none", port, a.settings)
    try:
        for number in range(a.rounds + 1):
            for form in forms:
                speed = asyncio.run(round_of(port, form, a, number))
                if number:
                    found[form].append(speed)
    finally:
        server.terminate()
        server.wait()
    for form in forms:
        ratio = statistics.median(speed / free for speed, free in zip(found[form], found[forms[0]]))
        print(f"{form:10} {statistics.median(found[form]):8.1f} tok/s  {ratio:5.2f}x")
    if a.json:
        with open(a.json, "w") as file:
            json.dump(found, file, indent=1)


if __name__ == "__main__":
    sys.exit(main())

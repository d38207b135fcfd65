#!/usr/bin/env python3
"""Compares `michat template` with Python's jinja2 on a folder of chat templates.

Every template is rendered over a grid of conversations by jinja2, set up as Hugging Face's tools do, and by michat.
Both must print the same bytes, or both must refuse. Needs jinja2 3.1.

    scripts/compare-templates.py FOLDER [--program .build/release/michat] [--verbose]
"""

import argparse
import concurrent.futures
import datetime
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

import jinja2
import jinja2.ext
import jinja2.sandbox

BOS, EOS = "<|bos|>", "<|eos|>"


class Generation(jinja2.ext.Extension):
    """`{% generation %}` marks what the model wrote; it prints its body."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def environment(now=None):
    """The environment that chat templates are written for."""
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(
            value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def strftime_now(format):
        return (now or datetime.datetime.now()).strftime(format)

    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = strftime_now
    return env


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather at a place <now> & \"later\", in °C.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "Name of the city"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
                "days": {"type": "integer", "minimum": 1, "maximum": 14},
                "detail": {"anyOf": [{"type": "string"}, {"type": "null"}], "nullable": True},
            },
            "required": ["city"],
        },
    },
}
SEARCH = {
    "type": "function",
    "function": {
        "name": "search",
        "description": "Search documents.\nSecond line.",
        "parameters": {
            "type": "object",
            "properties": {
                "query": {"type": ["string", "null"]},
                "filters": {
                    "type": "object",
                    "description": "Nested",
                    "properties": {
                        "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
                        "score": {"type": "number", "default": 0.5},
                        "exact": {"type": "boolean", "default": False},
                    },
                    "required": ["tags"],
                    "additionalProperties": False,
                },
                "matrix": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
            },
            "required": ["query", "filters"],
        },
        "return": {"type": "object", "properties": {"hits": {"type": "integer"}}},
    },
}
PLAIN = {"type": "function", "function": {"name": "ping", "description": "No arguments", "parameters": {"type": "object", "properties": {}}}}
TRICKY = "Tags <b>&amp;</b> \"q\" 'a' {{ 7 * 7 }} {% if x %} <|im_start|> <think> é 漢字 👩‍👩‍👧‍👦 \u2028 \t end  \n\n"


def call(name, arguments, identifier="call00001"):
    return {"id": identifier, "type": "function", "function": {"name": name, "arguments": arguments}}


def user(content):
    return {"role": "user", "content": content}


def assistant(content, **more):
    return {"role": "assistant", "content": content, **more}


def tool_turns(arguments, content):
    return [
        user("Weather in Oslo?"),
        assistant(content, tool_calls=[call("get_weather", arguments)]),
        {"role": "tool", "name": "get_weather", "tool_call_id": "call00001", "content": "{\"temp\": -3.5}"},
    ]


def bodies():
    """Conversations without their opening, each with the tools it needs."""
    arguments = {"city": "Oslo", "days": 3, "deep": {"a": [1, 2.5, None, True], "é": "x\"y"}}
    parallel = [call("get_weather", {"city": "Oslo"}, "call0000a"), call("search", {"query": "q", "filters": {"tags": ["a"]}}, "call0000b")]
    results = [
        {"role": "tool", "name": "get_weather", "tool_call_id": "call0000a", "content": "cold"},
        {"role": "tool", "name": "search", "tool_call_id": "call0000b", "content": "[1, 2]"},
    ]
    tools = [WEATHER, SEARCH, PLAIN]
    parts = [{"type": "text", "text": "Part one. "}, {"type": "text", "text": "Part two."}]
    image = [{"type": "image"}, {"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "http://x/y.png"}}]
    yield "single", [user("Hello!")], None
    yield "turns", [user("Hi"), assistant("Hello."), user("Again"), assistant("Yes?"), user("Bye")], None
    yield "tricky", [user(TRICKY), assistant(TRICKY), user("  spaces \n")], None
    yield "empty", [user(""), assistant(""), user("x")], None
    yield "null", [user("a"), assistant(None), user("b")], None
    yield "reasoning", [user("2+2?"), assistant("4", reasoning_content="Add them."), user("3+3?"), assistant("6", reasoning_content="Again.\n\nDone")], None
    yield "think", [user("2+2?"), assistant("<think>\nAdd.\n</think>\n\n4"), user("And 3?"), assistant("<think></think>5")], None
    yield "prefill", [user("Say hi"), assistant("Hi, I ")], None
    yield "parts", [user(parts), assistant(parts), user(parts)], None
    yield "image", [user(image)], None
    yield "tools", [user("Weather?")], tools
    yield "one tool", [user("Ping!")], [PLAIN]
    yield "no tools", [user("Ping!")], []
    yield "call object", tool_turns(arguments, ""), tools
    yield "call string", tool_turns(json.dumps(arguments), ""), tools
    yield "call null", tool_turns(arguments, None), [WEATHER]
    yield "call text", tool_turns(arguments, "Let me look.") + [assistant("It is cold."), user("Thanks")], tools
    yield "call alone", tool_turns(arguments, "")[:2], [WEATHER]
    yield "call reasoning", [user("W?"), assistant("", tool_calls=[call("get_weather", {"city": "Oslo"})], reasoning_content="Need it."), tool_turns({}, "")[2], assistant("Cold", reasoning_content="So."), user("ok")], tools
    yield "parallel", [user("Both"), assistant(None, tool_calls=parallel)] + results, tools
    yield "parallel turns", [user("Both"), assistant("", tool_calls=parallel)] + results + [assistant("Done."), user("More")], tools
    yield "no arguments", [user("p"), assistant("", tool_calls=[call("ping", {})]), {"role": "tool", "tool_call_id": "call00001", "content": "pong"}], [PLAIN]
    yield "result object", [user("p"), assistant("", tool_calls=[call("ping", {})]), {"role": "tool", "tool_call_id": "call00001", "content": {"ok": True}}], [PLAIN]
    yield "calls without tools", tool_turns(arguments, ""), None
    yield "call missing content", [user("p"), {"role": "assistant", "tool_calls": [call("ping", "{}")]}], [PLAIN]
    yield "two users", [user("a"), user("b")], None
    yield "assistant first", [assistant("a"), user("b")], None
    yield "unknown role", [user("a"), {"role": "narrator", "content": "n"}], None
    yield "late system", [user("a"), {"role": "system", "content": "late"}, user("b")], None
    yield "nothing", [], None


def conversations():
    """The grid: every body behind every opening, with every choice of prompt and variables."""
    openings = {
        "": [],
        "system": [{"role": "system", "content": "You are terse & kind."}],
        "developer": [{"role": "developer", "content": "Be brief."}],
    }
    extras = [{}, {"enable_thinking": True}, {"enable_thinking": False}]
    for (opening, first), (name, body, tools) in itertools.product(openings.items(), bodies()):
        for prompt, extra in itertools.product([False, True], extras):
            yield {
                "name": f"{opening or 'bare'}/{name}/{'prompt' if prompt else 'whole'}/{extra.get('enable_thinking', '-')}",
                "messages": first + body, "tools": tools, "generation_prompt": prompt, "extra": extra,
            }
    more = {"documents": [{"title": "T", "text": "Body"}], "reasoning_effort": "high", "thinking": True, "date_string": "1 May 2026"}
    for name, body, tools in bodies():
        yield {"name": f"bare/{name}/more", "messages": body, "tools": tools, "generation_prompt": True, "extra": more}


def reference(template, case):
    """What jinja2 prints, or the error it ends with."""
    try:
        text = template.render(
            **{"documents": None, **case["extra"]}, messages=case["messages"], tools=case["tools"],
            add_generation_prompt=case["generation_prompt"], bos_token=BOS, eos_token=EOS)
        return text, None
    except Exception as error:  # whatever Python raises is a refusal
        return None, f"{type(error).__name__}: {error}"


def references(source, cases, now=None):
    try:
        template = environment(now).from_string(source)
    except Exception as error:
        return [(None, f"{type(error).__name__}: {error}")] * len(cases)
    return [reference(template, case) for case in cases]


def rendered(program, path, case, folder):
    """What michat prints, or the error it ends with."""
    base = pathlib.Path(folder) / str(abs(hash((str(path), case["name"]))))
    command = [program, "template", str(path), "--bos-token", BOS, "--eos-token", EOS]
    for option, value in [("messages", case["messages"]), ("tools", case["tools"]), ("variables", case["extra"])]:
        if value is None:
            continue
        file = base.with_suffix("." + option)
        file.write_text(json.dumps(value))
        command += [f"--{option}", str(file)]
    if case["generation_prompt"]:
        command.append("--generation-prompt")
    result = subprocess.run(command, capture_output=True, timeout=60)
    for option in ["messages", "tools", "variables"]:
        base.with_suffix("." + option).unlink(missing_ok=True)
    if result.returncode == 0:
        return result.stdout.decode(), None
    return None, result.stderr.decode().strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--program", default=".build/release/michat")
    parser.add_argument("--verbose", action="store_true", help="show the first difference of each template")
    options = parser.parse_args()
    cases = list(conversations())
    paths = sorted(options.folder.rglob("*.jinja"))
    agreeing, renderings, same = 0, 0, 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(4) as pool:
        for path in paths:
            expected = references(path.read_text(), cases)
            actual = list(pool.map(lambda case: rendered(options.program, path, case, folder), cases))
            different = [
                (case, want, got) for case, want, got in zip(cases, expected, actual)
                if want[0] != got[0] or (want[1] is None) != (got[1] is None)]
            renderings += len(cases)
            same += len(cases) - len(different)
            agreeing += not different
            refused = sum(want[0] is None for want in expected)
            print(f"{path.name}: {len(cases) - len(different)}/{len(cases)} agree, {refused} refused by both or one")
            if different and options.verbose:
                case, want, got = different[0]
                print(f"  {case['name']}\n  wanted {want!r}\n  found  {got!r}")
    print(f"{agreeing} of {len(paths)} templates agree; {same} of {renderings} renderings")
    return 0 if agreeing == len(paths) else 1


if __name__ == "__main__":
    sys.exit(main())

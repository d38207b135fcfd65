"""Simon Willison's `llm` on the command line, with the server in extra-openai-models.yaml."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from harness import KEY, check, main, server

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "extra-openai-models.yaml").write_text(f"""
- model_id: small
  model_name: default
  api_base: {server.url}
  api_key_name: michat
  supports_tools: true
  supports_schema: true
- model_id: whole
  model_name: default
  api_base: {server.url}
  api_key_name: michat
  can_stream: false
- model_id: legacy
  model_name: default
  api_base: {server.url}
  api_key_name: michat
  completion: true
""")
(folder / "keys.json").write_text(json.dumps({"michat": KEY}))
(folder / "tools.py").write_text('''
def weather(city: str) -> str:
    """Looks up the weather of a city."""
    return "sunny in " + city
''')


def llm(*arguments, stdin="", succeeds=True):
    finished = subprocess.run(
        [pathlib.Path(sys.executable).parent / "llm", *arguments], input=stdin, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env={**os.environ, "LLM_USER_PATH": str(folder)})
    assert (finished.returncode == 0) == succeeds, finished.stderr
    return finished.stdout if succeeds else finished.stderr


OPTIONS = ["-o", "temperature", "0", "-o", "max_tokens", "16"]


@check
def streamed_and_not():
    """Always streams with stream_options.include_usage, unless told otherwise: the last chunk has no choices."""
    streamed = llm("-m", "small", *OPTIONS, "Name three colours.")
    assert streamed.strip()
    assert llm("-m", "small", "--no-stream", *OPTIONS, "Name three colours.") == streamed
    assert llm("-m", "whole", *OPTIONS, "Name three colours.") == streamed


@check
def a_conversation_is_logged_with_its_usage():
    """--continue sends the conversation again; the log has the token counts of the usage chunk."""
    llm("-m", "small", *OPTIONS, "--system", "Be short.", "What is the capital of Germany?")
    llm("-m", "small", *OPTIONS, "--continue", "And of France?")
    first, second = json.loads(llm("logs", "-n", "2", "--json"))[-2:]
    assert first["conversation_id"] == second["conversation_id"]
    assert second["input_tokens"] > first["input_tokens"] > 0 and first["output_tokens"] > 0


@check
def text_from_a_pipe():
    """A prompt that is piped in."""
    assert llm("-m", "small", *OPTIONS, stdin="Name a colour.").strip()


@check
def legacy_completions():
    """`completion: true` posts to /v1/completions, with a stream."""
    assert llm("-m", "legacy", *OPTIONS, "Once upon a").strip()


@check
def errors_are_shown():
    """What the server says is what a person reads."""
    assert "temperature" in llm("-m", "small", "-o", "temperature", "5", "hi", succeeds=False)


@check
def a_schema():
    """--schema sends response_format json_schema without `strict`; the output is piped into other programs."""
    schema = {
        "type": "object", "properties": {"name": {"enum": ["Ada", "Alan"]}, "isOld": {"type": "boolean"}},
        "required": ["name", "isOld"], "additionalProperties": False}
    for stream in [[], ["--no-stream"]]:
        value = json.loads(llm(
            "-m", "small", *stream, "-o", "temperature", "0", "-o", "max_tokens", "60", "--schema", json.dumps(schema),
            "Invent a person."))
        assert value["name"] in ("Ada", "Alan") and isinstance(value["isOld"], bool)


@check
def tools():
    """--functions sends tools with every request of a chain, and null content beside the calls of earlier turns."""
    assert llm(
        "-m", "small", *OPTIONS, "--functions", str(folder / "tools.py"), "--chain-limit", "3", "How is Paris?").strip()


try:
    main(__file__)
finally:
    shutil.rmtree(folder)

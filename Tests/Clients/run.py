"""Runs every client against a real process.

    python3 run.py PROGRAM MODEL ENVIRONMENTS [NAME…]

Makes a throw-away environment below ENVIRONMENTS for each list of requirements, starts one server, and runs each
client's file, or those named, with it. The files say what they check. The last line is `N passed, N failed`.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from harness import KEY, Server

HERE = pathlib.Path(__file__).parent

# Which files run with which packages. What pins an older openai cannot share an environment with the newest.
CLIENTS = {
    "newest": [
        "openai_chat.py", "openai_responses.py", "openai_tools.py", "openai_structured.py", "openai_thinking.py",
        "openai_retries.py", "langchain_client.py", "llm_client.py",
    ],
    "older": [
        "openai_chat.py", "openai_responses.py", "openai_tools.py", "openai_structured.py", "openai_retries.py",
        "instructor_client.py", "litellm_client.py", "llama_index_client.py",
    ],
    None: ["curl_client.py", "chat_terminal.py", "node_client.mjs"],
}

# Nothing may want the network, and nobody is told that tests were run.
OFFLINE = {
    "DO_NOT_TRACK": "1", "LANGSMITH_TRACING": "false", "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONDONTWRITEBYTECODE": "1",
}


def environment(name, folder):
    """The interpreter of an environment that has exactly what its list says."""
    if name is None:
        return sys.executable
    wanted = HERE / f"requirements-{name}.txt"
    place = folder / name
    installed = place / "requirements.txt"
    python = place / "bin/python"
    if not (installed.exists() and installed.read_bytes() == wanted.read_bytes()):
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", wanted],
            check=True)
        shutil.copy(wanted, installed)
    return str(python)


def run(interpreter, name, server):
    """How many checks of a file passed and failed."""
    variables = {**os.environ, **OFFLINE, "MICHAT_URL": server.root, "MICHAT_KEY": KEY}
    finished = subprocess.run(
        [interpreter, HERE / name], env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(finished.stdout, end="", flush=True)
    found = re.search(r": (\d+) passed, (\d+) failed\s*$", finished.stdout)
    if not found:
        print(f"FAILED {name} ended with {finished.returncode} and did not say how it went")
        return 0, 1
    return int(found.group(1)), int(found.group(2))


def main():
    program, model, folder, *names = sys.argv[1:]
    os.environ["MICHAT_PROGRAM"], os.environ["MICHAT_MODEL"] = program, model
    counts = []
    with Server() as server:
        for environment_name, files in CLIENTS.items():
            files = [name for name in files if not names or pathlib.Path(name).stem in names]
            if not files:
                continue
            python = environment(environment_name, pathlib.Path(folder))
            for name in files:
                interpreter = python if name.endswith(".py") else shutil.which("node")
                if interpreter is None:
                    print(f"skipped {name}: this machine has no node")
                    continue
                started = time.monotonic()
                counts.append(run(interpreter, name, server))
                print(f"  {environment_name or 'machine'}: {time.monotonic() - started:.1f} s", flush=True)
    passed, failed = map(sum, zip(*counts))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""What the clients' tests have in common: a server, a list of checks, and a report of how they went.

A test file is a program of its own: it registers its checks with `@check` and ends with `main(__file__)`. It is run by
`run.py`, which starts the server that most checks share and names it in MICHAT_URL; a file that needs other settings
starts a `Server` of its own.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import traceback
import urllib.request

KEY = "a-key-for-tests"
FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures"
CHECKS = []


def check(function):
    """Registers a check; its docstring says what the client sends that a naive server breaks on."""
    assert function.__doc__, f"{function.__name__} says nothing"
    CHECKS.append(function)
    return function


class Server:
    """`michat serve` on a free port, with a key."""

    def __init__(self, *flags, program=None, model=None):
        program = program or os.environ["MICHAT_PROGRAM"]
        model = model or os.environ["MICHAT_MODEL"]
        self.process = subprocess.Popen(
            [program, "serve", "--model", model, "--port", "0", "--model.name", "smollm2", *flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={"PATH": "/usr/bin:/bin", "MICHAT_HTTP_API_KEY": KEY})
        self.root = None
        self.lines = []
        for line in self.process.stderr:
            self.lines.append(line)
            found = re.match(r"michat is ready at (http://\S+)", line)
            if found:
                self.root = found.group(1)
                break
        if self.root is None:
            raise SystemExit("the server did not start:\n" + "".join(self.lines))
        # The log must not fill its pipe.
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line)

    @property
    def url(self):
        return self.root + "/v1"

    def stop(self):
        self.process.terminate()
        return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        code = self.stop()
        assert code == 0, f"the server ended with {code}"


class Shared:
    """The server that `run.py` has started."""

    @property
    def root(self):
        return os.environ["MICHAT_URL"]

    @property
    def url(self):
        return self.root + "/v1"


server = Shared()


def http(method, path, body=None, base=None, **headers):
    """One plain request: status, headers, text."""
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", **headers}
    request = urllib.request.Request((base or server.root) + path, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def metric(name, base=None):
    """The value of a metric without labels of its own, or the sum over its series."""
    lines = http("GET", "/metrics", base=base)[2].splitlines()
    found = [line for line in lines if re.match(re.escape(name) + r"[{ ]", line)]
    return sum(float(line.rsplit(" ", 1)[1]) for line in found)


def raises(expected, call):
    """The error of a call that must fail so."""
    try:
        call()
    except expected as error:
        return error
    raise AssertionError(f"no {expected.__name__}")


def main(path):
    """Runs the checks of a file, or those named on the command line, and prints how they went."""
    passed = failed = 0
    wanted = sys.argv[1:]
    for function in CHECKS:
        if wanted and function.__name__ not in wanted:
            continue
        started = time.monotonic()
        try:
            function()
            passed += 1
        except Exception:
            failed += 1
            print(f"FAILED {pathlib.Path(path).name} {function.__name__}\n{traceback.format_exc()}")
        if "MICHAT_TIMES" in os.environ:
            print(f"{time.monotonic() - started:7.2f} s  {function.__name__}")
    print(f"{pathlib.Path(path).stem}: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)

"""Throws every large thing at every route of a server of its own, alone and many at once, and prints what that took.

    Benchmarks/memory.py --program .build/release/michat --model Tests/Fixtures/llama-tiny-Q8_0.gguf --many 32
    Benchmarks/memory.py ... --only grammars --slack 0.05        # some cases; a group of the plan and 5 %

The server runs in a memory control group of its plan and 10 %, where the machine lets one be made (as root); the plan is
as small as the model allows, so that nothing stands by unused. For each case: the answers by status, the most memory
that the process had of its own (sampled), and how long it took. The exit code is 1 if the process ended, if it ever
took more than its plan and 5 %, if it answered 500, or if it was not healthy behind a case.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time

CASES = []


def case(kind):
    """Registers a function that gives (path, body) pairs, each of which is sent alone and many times at once."""
    def register(function):
        CASES.append((kind, function.__name__, function))
        return function
    return register


# Control groups


class ControlGroup:
    """A memory control group of version 1 or 2 below ours; `folder` is None where none can be made."""

    def __init__(self, limit):
        self.folder = None
        for parent, name in [(self.own("memory"), "memory.limit_in_bytes"), (self.own(""), "memory.max")]:
            if parent is None:
                continue
            folder = parent / f"michat-{os.getpid()}"
            try:
                folder.mkdir()
                (folder / name).write_text(str(limit))
                self.folder = folder
                return
            except OSError:
                if folder.exists():
                    folder.rmdir()

    @staticmethod
    def own(controller):
        for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
            number, names, path = line.split(":", 2)
            if controller in names.split(",") and (controller or number == "0"):
                root = pathlib.Path("/sys/fs/cgroup") / controller
                folder = root / path.lstrip("/")
                return folder if folder.is_dir() else root
        return None

    def enter(self):
        if self.folder:
            (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def failures(self):
        """How often the limit was met."""
        for name in ["memory.failcnt", "memory.events"]:
            if self.folder and (self.folder / name).exists():
                return (self.folder / name).read_text().split()
        return []

    def remove(self):
        if self.folder:
            self.folder.rmdir()


# The server


class Server:
    def __init__(self, arguments, slack):
        flags = ["--engine.kv_bytes", arguments.kv, "--context", arguments.context, "--log.level", "warning",
                 *arguments.flags.split()]
        self.plan = self.total(arguments, flags)
        if arguments.requests:
            self.plan += (arguments.requests << 20) - self.shares[0]
            flags += ["--http.request_bytes", f"{arguments.requests}MiB", "--structured.cache_bytes",
                      str(self.shares[1])]
        self.group = ControlGroup(int(self.plan * (1 + slack)))
        self.log = open(arguments.log, "w+")
        self.process = subprocess.Popen(
            [arguments.program, "serve", "--model", arguments.model, "--port", "0", "--engine.memory_bytes",
             str(self.plan), *flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log, preexec_fn=self.group.enter)
        found = None
        while not found and self.process.poll() is None:
            found = re.search(r"ready at http://127.0.0.1:(\d+)", pathlib.Path(arguments.log).read_text())
            time.sleep(0.05)
        if not found:
            raise SystemExit("the server did not start:\n" + pathlib.Path(arguments.log).read_text())
        self.port = int(found.group(1))
        self.highest = 0
        self.isWatched = True
        threading.Thread(target=self.watch, daemon=True).start()

    def total(self, arguments, flags):
        """The least limit that the plan fits into: shares of it that requests and grammars get depend on it."""
        def serving(limit):
            run = subprocess.run(
                [arguments.program, "inspect", arguments.model, "--json", "--engine.memory_bytes", str(limit)]
                + [flag for pair in zip(flags[0::2], flags[1::2]) if not pair[0].startswith("--log") for flag in pair],
                capture_output=True, text=True)
            return json.loads(run.stdout)["serving"] if run.stdout else None
        limit = 64 << 20
        for _ in range(64):
            plan = serving(limit)
            if plan and plan["total_bytes"] <= limit:
                self.shares = plan["request_bytes"], plan["grammar_bytes"]
                return plan["total_bytes"] if serving(plan["total_bytes"])["fits"] else limit
            limit = max(limit + (1 << 20), plan["total_bytes"] if plan else 0)
        raise SystemExit("no plan")

    def own(self):
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return 0
        return sum(int(kilobytes) << 10 for kilobytes in re.findall(r"Rss(?:Anon|Shmem):\s+(\d+) kB", status))

    def watch(self):
        while self.isWatched:
            self.highest = max(self.highest, self.own())
            time.sleep(0.002)

    def connect(self, receive=0):
        connection = socket.socket()
        if receive:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        connection.settimeout(120)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def ask(self, path, body, method="POST"):
        """The status of one request on a connection of its own; 0 when the connection ended without one."""
        try:
            with self.connect() as connection:
                try:
                    connection.sendall(head(method, path, len(body)) + body)
                except OSError:
                    pass
                return read(connection)
        except OSError as error:
            return type(error).__name__


def head(method, path, length, *fields):
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", "connection: close", *fields]
    if method == "POST":
        lines += ["content-type: application/json", f"content-length: {length}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def read(connection):
    """Reads to the end and returns the status."""
    first = b""
    while True:
        try:
            part = connection.recv(1 << 18)
        except OSError:
            break
        if not part:
            break
        if len(first) < 4096:
            first += part
    found = re.match(rb"HTTP/1.1 (\d+)", first)
    return int(found.group(1)) if found else 0


# What is thrown


def dumped(value):
    return json.dumps(value, separators=(",", ":")).encode()


def chat(**options):
    return dumped({"messages": [{"role": "user", "content": "x"}], "max_tokens": 1, **options})


def spliced(body, name, raw):
    """The body with one more member, which is given as JSON."""
    return body[:-1] + b',"' + name.encode() + b'":' + raw + b"}"


@case("texts")
def letters():
    text = b"a" * 15_000_000
    yield "/tokenize", b'{"content":"' + text + b'"}'
    yield "/tokenize", b'{"content":"' + text[:60_000] + b'"}'
    yield "/apply-template", b'{"messages":[{"role":"user","content":"' + text + b'"}]}'
    yield "/v1/chat/completions", b'{"messages":[{"role":"user","content":"' + text + b'"}]}'
    yield "/v1/completions", b'{"prompt":"' + text + b'"}'
    yield "/detokenize", b'{"tokens":"' + text + b'"}'


@case("texts")
def pieces():
    for unit in [b"the quick 12 fox. ", b"a$ ", b"\\u4f60", b"\\\\", b"\\n", "\u00e9".encode(), b"\\ud800", b" "]:
        for bytes_ in [40_000, 15_000_000]:
            text = unit * (bytes_ // len(unit))
            yield "/tokenize", b'{"content":"' + text + b'","with_pieces":true,"return_token_strs":true}'
            yield "/apply-template", b'{"messages":[{"role":"user","content":"' + text + b'"}]}'


@case("texts")
def stops():
    yield "/v1/chat/completions", chat(stop=["x" * 1_000_000] * 10)
    yield "/v1/chat/completions", chat(model="m" * 15_000_000)
    yield "/v1/chat/completions", chat(user="m" * 15_000_000)
    yield "/v1/chat/completions", chat(**{"k" * 15_000_000: 1})


@case("lists")
def numbers():
    many = b"[" + b"5," * 900_000 + b"5]"
    yield "/detokenize", b'{"tokens":' + many + b"}"
    yield "/detokenize", b'{"tokens":' + b"[" + b"5," * 8000 + b"5]}"
    yield "/detokenize", b'{"tokens":' + b"[" + b"5," * 7_000_000 + b"5]}"
    yield "/v1/completions", b'{"prompt":' + many + b',"max_tokens":1}'
    yield "/v1/completions", b'{"prompt":[' + b",".join([many[:60_000] + b"5]"] * 100) + b'],"max_tokens":1}'
    yield "/v1/completions", b'{"prompt":[' + b'"x",' * 900_000 + b'"x"],"max_tokens":1}'
    yield "/v1/completions", b'{"prompt":[' + b'"",' * 5_000_000 + b'"x"],"max_tokens":1}'
    yield "/tokenize", b'{"content":' + many + b"}"
    yield "/v1/chat/completions", spliced(chat(), "metadata", many)
    yield "/v1/chat/completions", spliced(chat(), "stop_token_ids", many)


@case("lists")
def members():
    bias = b"{" + b",".join(b'"%d":1' % n for n in range(400_000)) + b"}"
    yield "/v1/chat/completions", spliced(chat(), "logit_bias", bias)
    yield "/v1/completions", spliced(dumped({"prompt": "x", "max_tokens": 1}), "logit_bias", bias)
    yield "/v1/chat/completions", spliced(chat(), "metadata", bias)
    yield "/v1/chat/completions", spliced(chat(), "chat_template_kwargs", bias)
    yield "/tokenize", spliced(dumped({"content": "x"}), "more", bias)
    yield "/v1/chat/completions", b"{" + b",".join(b'"k%d":0' % n for n in range(900_000)) + b"}"


@case("lists")
def shapes():
    for dense in [b"[" * 8_000_000, b"[[[],[],[" + b"[],{}," * 300_000 + b"[]]]]", b"[" + b"{}," * 5_000_000 + b"{}]",
                  b"[" + b'"",' * 900_000 + b'""]', b"[" + b'{"a":0},' * 300_000 + b"{}]",
                  b"[" + (b"[" * 40 + b"]" * 40 + b",") * 24_000 + b"0]", b'["' + b"\\u0000" * 2_500_000 + b'"]']:
        yield "/v1/chat/completions", spliced(chat(), "metadata", dense)
        yield "/tokenize", spliced(dumped({"content": "x"}), "more", dense)


@case("messages")
def conversations():
    for count, text in [(10_000, "x"), (2_000, "x"), (2_000, "word " * 1_000), (200_000, ""), (1, "x")]:
        messages = [{"role": "user" if n % 2 == 0 else "assistant", "content": text} for n in range(count)]
        for path in ["/v1/chat/completions", "/tokenize", "/apply-template"]:
            yield path, dumped({"messages": messages, "max_tokens": 1})
    parts = [{"type": "text", "text": "word " * 100}] * 4_000
    yield "/apply-template", dumped({"messages": [{"role": "user", "content": parts}]})
    yield "/v1/chat/completions", dumped({"messages": [{"role": "user", "content": parts}] * 7})
    system = [{"role": "system", "content": "word " * 1_000}] * 2_000
    yield "/apply-template", dumped({"messages": system})


@case("messages")
def tools():
    def tool(number, properties):
        return {"type": "function", "function": {
            "name": f"tool{number}", "description": "d" * 200, "parameters": {"type": "object", "properties": {
                f"p{n}": {"type": "string", "pattern": "^[a-z]{1,40}$"} for n in range(properties)}}}}
    for count, properties in [(128, 50), (2_000, 20), (20_000, 2), (1, 20_000)]:
        listed = [tool(n, properties) for n in range(count)]
        for path in ["/v1/chat/completions", "/apply-template", "/tokenize"]:
            yield path, dumped({"messages": [{"role": "user", "content": "x"}], "max_tokens": 1, "tools": listed,
                                "tool_choice": "required"})
    calls = [{"id": f"c{n}", "type": "function", "function": {"name": "f", "arguments": '{"a":' + "[" * 50 + "]" * 50 +
                                                             "}"}} for n in range(4_000)]
    yield "/apply-template", dumped({"messages": [{"role": "assistant", "content": None, "tool_calls": calls}] * 10})


@case("grammars")
def schemas():
    def schema(value, **more):
        return "/v1/chat/completions", chat(
            response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": value}}, **more)
    for count in [1_000, 10_000, 30_000]:
        yield schema({"enum": [f"value number {n} of many" for n in range(count)]}, max_tokens=40)
    yield schema({"enum": ["x" * 400_000]})
    for count in [100, 1_000, 4_000]:
        yield schema({"type": "object", "properties": {
            f"p{n}": {"type": "string", "pattern": f"^[a-z]{{1,40}}(foo|bar{n})+$"} for n in range(count)}})
    yield schema({"type": "array", "items": {"enum": list(range(20_000))}, "uniqueItems": True, "maxItems": 500})
    yield schema({"type": "string", "pattern": "^[a-z]+$", "maxLength": 9_000})
    yield schema({"allOf": [{"type": "string", "pattern": f"a.{{{n}}}b"} for n in range(1, 12)]})
    yield schema({"type": "integer", "multipleOf": 9_973, "minimum": -10**15, "maximum": 10**15})
    references = {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}, {"type": "array", "items": {
        "$ref": f"#/$defs/d{n + 1}"}}]} for n in range(2_000)}
    yield schema({"$ref": "#/$defs/d0", "$defs": {**references, "d2000": {"type": "null"}}}, max_tokens=40)
    yield schema({"type": "object", "required": [f"r{n}" for n in range(24)], "additionalProperties": True})
    yield schema({"type": "object", "patternProperties": {f"^{chr(97 + n)}.*{n}": {"type": "number"} for n in range(20)}})


@case("grammars")
def expressions():
    def form(name, value):
        return "/v1/completions", dumped({"prompt": "x", "max_tokens": 40, "ignore_eos": True, name: value})
    for regex in ["(a|b)*a(a|b){12}", "(a|b)*a(a|b){30}", "((a{0,100}){0,100}){0,100}", ".{0,9000}", "(.*a){1,2000}",
                  "\\p{L}{1,2000}", "[\\s\\S]{5000}", "(\\w{1,40} ){1,200}", "(x+x+)+y", "(.*.*.*.*)*x",
                  "(" + "|".join(f"w{n}" for n in range(30_000)) + ")", "(" + "|".join(
                      f"[a-{chr(98 + n % 20)}]{{{n % 30}}}" for n in range(2_000)) + ")*", "(.|\\n){0,8000}[0-9]{40}"]:
        yield form("guided_regex", regex)
    yield form("guided_grammar", 'root ::= ((("a"{1,1000}){1,1000}){1,1000})')
    yield form("guided_grammar", "root ::= " + " | ".join(f"r{n} r{n}" for n in range(5_000)) + "\n" + "\n".join(
        f'r{n} ::= "x{n}" | [a-z]+ r{(n * 7 + 1) % 5_000}' for n in range(5_000)))
    yield form("guided_grammar", "root ::= root root | \"a\" | \"b\" root \"c\"")
    yield form("guided_grammar", "root ::= a*\na ::= b? c? d?\nb ::= [^\\n]* \nc ::= [^x]*\nd ::= [a-z]* a")
    yield form("guided_grammar", 'root ::= "' + "x" * 500_000 + '"')
    yield form("guided_choice", [f"choice number {n}" for n in range(20_000)])


@case("answers")
def reports():
    prompt = [5] * 400
    long = [n % 600 for n in range(4_000)]
    for body in [
        {"prompt": prompt, "echo": True, "max_tokens": 0, "logprobs": 20, "n": 64},
        {"prompt": long, "echo": True, "max_tokens": 0, "logprobs": 20, "n": 16},
        {"prompt": long, "prompt_logprobs": 20, "max_tokens": 1, "n": 8},
        {"prompt": [long] * 4, "prompt_logprobs": 20, "max_tokens": 1},
        {"prompt": prompt, "max_tokens": 200, "logprobs": 20, "n": 128, "ignore_eos": True},
        {"prompt": "x", "max_tokens": 1_000, "logprobs": 20, "n": 32, "ignore_eos": True, "return_token_ids": True},
        {"prompt": prompt, "max_tokens": 100, "n": 1, "best_of": 128, "logprobs": 5},
        {"prompt": prompt, "max_tokens": 200, "logprobs": 20, "n": 64, "stream": True, "ignore_eos": True},
        {"prompt": long, "prompt_logprobs": 20, "max_tokens": 1, "n": 8, "stream": True},
        {"prompt": ["x"] * 32, "max_tokens": 20, "n": 4},
    ]:
        yield "/v1/completions", dumped(body)
    yield "/v1/chat/completions", chat(max_tokens=500, n=128, logprobs=True, top_logprobs=20, ignore_eos=True)


def varied(body, number):
    """The same body, with another form of the answer where it asks for one: equal ones are compiled once."""
    for key, more in [(b'"schema":{', b'"description":"%d",'), (b'"guided_regex":"', b"(x%d)?"),
                      (b'"guided_grammar":"', b"y%d ::= [a-z]\\n"), (b'"guided_choice":[', b'"x%d",'),
                      (b'"parameters":{', b'"description":"%d",')]:
        body = body.replace(key, key + more % number, 1)
    return body


# What is no single request


def at_once(server, count, work):
    """Runs `work(number)` on so many threads and returns what they give."""
    results = [None] * count
    def run(number):
        results[number] = work(number)
    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def held_bodies(server, many):
    """Bodies of which the last byte never comes, of several sizes, with and without a length."""
    results = []
    for size, chunked in [(8_000_000, False), (200_000, False), (15_000_000, True), (16_000, False)]:
        def hold(_):
            try:
                connection = server.connect()
                if chunked:
                    connection.sendall(
                        b"POST /tokenize HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                        b"transfer-encoding: chunked\r\n\r\n")
                    for _ in range(size // 100_000):
                        connection.sendall(b"186a0\r\n" + b"a" * 100_000 + b"\r\n")
                else:
                    connection.sendall(head("POST", "/tokenize", size + 1) + b"a" * size)
                return connection
            except OSError as error:
                return type(error).__name__
        held = at_once(server, many, hold)
        time.sleep(0.3)
        results += [alive(server)]
        for connection in held:
            if isinstance(connection, socket.socket):
                connection.close()
    return results


def held_heads(server, many):
    """Heads as long as they may be, of which the end never comes."""
    held = []
    for _ in range(many * 8):
        connection = server.connect()
        connection.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n" + b"x: " + b"y" * 15_000)
        held.append(connection)
    results = [alive(server)]
    for connection in held:
        connection.close()
    return results


def pipelines(server, many):
    """Requests behind requests, of clients that read nothing."""
    results = []
    for path, body in [("/openapi.json", b""), ("/metrics", b""), ("/tokenize", b'{"content":"' + b"a " * 3_000 +
                       b'","with_pieces":true}'), ("/detokenize", b'{"tokens":[' + b"5," * 2_000 + b"5]}")]:
        method = "POST" if body else "GET"
        one = head(method, path, len(body)).replace(b"connection: close\r\n", b"") + body
        def send(_):
            connection = server.connect(receive=4096)
            connection.settimeout(2)
            try:
                for _ in range(200):
                    connection.sendall(one * 5)
            except OSError:
                pass
            return connection
        held = at_once(server, many, send)
        results += [alive(server)]
        for connection in held:
            connection.close()
    return results


def slow_readers(server, many):
    """Answers that nobody reads: whole and streamed, large and many."""
    results = []
    prompt = [5] * 400
    for body in [
        {"prompt": prompt, "max_tokens": 400, "n": 8, "stream": True, "logprobs": 20, "ignore_eos": True},
        {"prompt": prompt, "echo": True, "max_tokens": 0, "logprobs": 20, "n": 16},
        {"prompt": [n % 600 for n in range(1_500)], "prompt_logprobs": 20, "max_tokens": 1, "stream": True, "n": 4},
    ]:
        raw = dumped(body)
        held = []
        for _ in range(many):
            connection = server.connect(receive=4096)
            connection.sendall(head("POST", "/v1/completions", len(raw)) + raw)
            held.append(connection)
        # Until what can be generated without readers has been.
        for _ in range(20):
            time.sleep(0.5)
            results += [alive(server)]
        for connection in held:
            connection.close()
    return sorted(set(results))


def leaving(server, many):
    """Large requests whose clients leave at once, again and again."""
    bodies = [body for _, body in letters()][2:4]
    def send(number):
        for _ in range(5):
            try:
                with server.connect() as connection:
                    connection.sendall(head("POST", "/v1/chat/completions", len(bodies[0])) + bodies[number % 2])
            except OSError:
                pass
    at_once(server, many, send)
    return [alive(server)]


def everything(server, many):
    """One of each of all the others, at once."""
    bodies = [pair for _, _, make in CASES for pair in make()]
    return at_once(server, len(bodies), lambda number: server.ask(*bodies[number]))


def alive(server):
    return server.ask("/health", b"", method="GET")


SCENES = [held_bodies, held_heads, pipelines, slow_readers, leaving, everything]


# Measuring


def measured(server, name, work, failures):
    server.highest = server.own()
    before, began = server.highest, time.monotonic()
    statuses = collections.Counter(str(status) for status in work())
    seconds, highest = time.monotonic() - began, server.highest
    health = alive(server)
    marks = ""
    if highest > server.plan * 1.05:
        marks += " TOO MUCH"
    if health != 200:
        marks += f" UNHEALTHY {health}"
    if statuses["500"]:
        marks += " 500"
    if server.process.poll() is not None:
        marks += f" DEAD {server.process.returncode}"
    if marks:
        failures.append(name + marks)
    print(f"{name:58} {before >> 20:5} -> {highest >> 20:5} MiB {seconds:6.1f} s  {dict(statuses)}{marks}", flush=True)
    if server.process.poll() is not None:
        print(pathlib.Path(server.log.name).read_text()[-2_000:])
        raise SystemExit(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--kv", default="4MiB")
    parser.add_argument("--context", default="8192")
    parser.add_argument("--flags", default="", help="further flags of the engine")
    parser.add_argument("--requests", type=int, default=0, help="http.request_bytes in MiB; 0 for as little as may be")
    parser.add_argument("--many", type=int, default=32)
    parser.add_argument("--slack", type=float, default=0.10)
    parser.add_argument("--only", default="", help="kinds or names, separated by commas")
    parser.add_argument("--log", default="/tmp/michat-memory.log")
    arguments = parser.parse_args()
    server = Server(arguments, arguments.slack)
    wanted = set(arguments.only.split(",")) - {""}
    failures = []
    print(f"plan {server.plan >> 20} MiB, group {server.group.folder}, at rest {server.own() >> 20} MiB")
    try:
        for kind, name, make in CASES:
            if wanted and not wanted & {kind, name}:
                continue
            for number, (path, body) in enumerate(make()):
                label = f"{name} {number} {path} {len(body) / 1e6:.1f} MB"
                measured(server, label, lambda: [server.ask(path, body)], failures)
                measured(server, f"  x{arguments.many}", lambda: at_once(
                    server, arguments.many, lambda number: server.ask(path, varied(body, number))), failures)
        for scene in SCENES:
            if not wanted or wanted & {"scenes", scene.__name__}:
                measured(server, scene.__name__, lambda: scene(server, arguments.many), failures)
        time.sleep(3)
        print(f"at rest {server.own() >> 20} MiB; limit met: {server.group.failures()}")
    finally:
        server.isWatched = False
        server.process.kill()
        server.process.wait()
        server.group.remove()
    print("\n".join(failures))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

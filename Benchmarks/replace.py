#!/usr/bin/env python3
"""Replaces the model of a server again and again while requests come in, and counts what was lost, cut or mixed up.

    Benchmarks/replace.py one.gguf two.gguf [--requests 10000] [--replacements 20] [--clients 8] [--tokens 8]

Half of the clients stream. An answer counts as lost if it has no status 200, as cut if it does not end as asked for, as mixed
if its parts name more than one model or fingerprint, or a model with the fingerprint of the other. Every other replacement is
by SIGHUP, the others by POST /admin/reload. Memory is read at the beginning and at the end, each time with the first model just
loaded anew in the place of the second: a cache of keys and values counts once it is written. Only the standard library is used.
"""

import argparse
import collections
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).parent


class Server:
    """michat on a port of its own, with a settings file that names one of the models."""

    def __init__(self, program, models, arguments):
        self.models = [os.path.abspath(model) for model in models]
        self.folder = tempfile.TemporaryDirectory()
        self.settings = pathlib.Path(self.folder.name) / "michat.toml"
        self.name(0)
        self.lines = []
        self.process = subprocess.Popen(
            [program, "serve", "--config", self.settings, "--port", "0", *arguments], stderr=subprocess.PIPE, text=True)
        ready = threading.Event()
        threading.Thread(target=self.read, args=(ready,), daemon=True).start()
        if not ready.wait(600):
            raise SystemExit("the server did not start:\n" + "".join(self.lines))
        match = re.search(r"http://127\.0\.0\.1:(\d+)", "".join(self.lines))
        self.port = int(match.group(1))

    def read(self, ready):
        for line in self.process.stderr:
            self.lines.append(line)
            if "michat is ready at" in line:
                ready.set()

    def name(self, index):
        """Lets the settings name a model."""
        self.settings.write_text(f'[model]\npath = "{self.models[index]}"\nname = "model-{index}"\n')

    def post(self, path, body=b""):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.request("POST", path, body, {"content-type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()

    def reload(self, index, by_signal):
        """Replaces the model; returns how long that took, as seen from outside."""
        self.name(index)
        began = time.monotonic()
        if not by_signal:
            status, body = self.post("/admin/reload")
            answer = json.loads(body)
            if status != 200 or answer["model"] != f"model-{index}":
                raise SystemExit(f"not replaced: {status} {body}")
            return time.monotonic() - began
        self.process.send_signal(signal.SIGHUP)
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request("GET", "/v1/models")
            if json.loads(connection.getresponse().read())["data"][0]["id"] == f"model-{index}":
                return time.monotonic() - began
            time.sleep(0.02)

    def memory(self):
        """MiB of its own, MiB of mapped files, mapped model files, threads, descriptors; once it has come to rest."""
        self.reload(1, False)
        self.reload(0, False)
        # What is free goes back to the system after a pause.
        time.sleep(25)
        root = pathlib.Path("/proc") / str(self.process.pid)
        status = (root / "status").read_text()

        def mebibytes(key):
            return int(re.search(rf"^{key}:\s+(\d+)", status, re.M).group(1)) / 1024

        maps = (root / "maps").read_text()
        files = sorted({line.split()[-1].rsplit("/", 1)[-1] for line in maps.splitlines()
                        if re.search(r"\.(gguf|safetensors|weights)$", line)})
        threads = int(re.search(r"^Threads:\s+(\d+)", status, re.M).group(1))
        return {"RssAnon MiB": round(mebibytes("RssAnon"), 1), "RssFile MiB": round(mebibytes("RssFile"), 1),
                "mapped": files, "threads": threads, "descriptors": len(list((root / "fd").iterdir()))}


class Load:
    """Clients that ask until enough has been answered."""

    def __init__(self, server, clients, requests, tokens):
        self.server, self.requests, self.tokens = server, requests, tokens
        self.lock = threading.Lock()
        self.begun = self.answered = 0
        self.faults = collections.Counter()
        self.examples = {}
        self.prints = collections.defaultdict(set)
        self.threads = [threading.Thread(target=self.work, args=(index,)) for index in range(clients)]
        for thread in self.threads:
            thread.start()

    def work(self, index):
        connection = None
        while True:
            with self.lock:
                if self.begun >= self.requests:
                    return
                self.begun += 1
                number = self.begun
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=600)
                self.ask(connection, number, index % 2 == 0)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.fault("lost", repr(error))
                connection = None

    def ask(self, connection, number, stream):
        body = {"model": "default", "messages": [{"role": "user", "content": f"Number {number}."}],
                "max_tokens": self.tokens, "temperature": 0, "ignore_eos": True, "stream": stream}
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"content-type": "application/json"})
        response = connection.getresponse()
        text = response.read().decode()
        if response.status != 200:
            return self.fault("lost", f"{response.status} {text}")
        parts = [json.loads(line[6:]) for line in text.split("\n") if line.startswith("data: {")] if stream \
            else [json.loads(text)]
        endings = [choice["finish_reason"] for part in parts for choice in part["choices"] if choice["finish_reason"]]
        if endings != ["length"] or stream and not text.endswith("data: [DONE]\n\n"):
            return self.fault("cut", text[-200:])
        names = {(part["model"], part["system_fingerprint"]) for part in parts}
        if len(names) != 1:
            return self.fault("mixed", str(names))
        name, fingerprint = names.pop()
        with self.lock:
            self.answered += 1
            self.prints[name].add(fingerprint)

    def fault(self, kind, example):
        with self.lock:
            self.faults[kind] += 1
            self.examples.setdefault(kind, example)

    def wait(self, count):
        """Waits until so many have begun."""
        while True:
            with self.lock:
                if self.begun >= min(count, self.requests):
                    return
            time.sleep(0.005)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs=2)
    parser.add_argument("--program", default=HERE.parent / ".build/release/michat")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--replacements", type=int, default=20)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=8)
    parser.add_argument("--argument", action="append", default=[], help="of the server, such as --argument=--threads=1")
    options = parser.parse_args()
    server = Server(options.program, options.models, options.argument)
    try:
        # Both models once under load: what a process holds after its first requests is no leak.
        for index in (0, 1, 0):
            load = Load(server, options.clients, 4 * options.clients, options.tokens)
            for thread in load.threads:
                thread.join()
            server.reload(1 - index, False)
        before = server.memory()
        load = Load(server, options.clients, options.requests, options.tokens)
        seconds = []
        for round in range(1, options.replacements + 1):
            load.wait(round * options.requests // (options.replacements + 1))
            seconds.append(server.reload(round % 2, round % 2 == 1))
        for thread in load.threads:
            thread.join()
        after = server.memory()
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)
    mixed = {name: prints for name, prints in load.prints.items() if len(prints) != 1}
    print(f"replacements        {len(seconds)}, {min(seconds):.2f} to {max(seconds):.2f} s")
    print(f"requests            {load.begun}, answered {load.answered}")
    for kind in ("lost", "cut", "mixed"):
        print(f"{kind:<19} {load.faults[kind]} {load.examples.get(kind, '')}")
    print(f"fingerprints        {dict(load.prints)}{' MIXED' if mixed else ''}")
    print(f"memory before       {before}")
    print(f"memory after        {after}")
    print(f"exit code           {server.process.returncode}")
    raise SystemExit(1 if load.faults or mixed or load.answered < options.requests or server.process.returncode else 0)


if __name__ == "__main__":
    main()

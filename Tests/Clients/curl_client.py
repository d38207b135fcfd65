"""curl over HTTP/1.0 and 1.1: framing, connections that are kept, uploads in chunks, Expect, HEAD and OPTIONS."""

import json
import pathlib
import shutil
import subprocess
import tempfile

from harness import KEY, check, main, server

CHAT = "/v1/chat/completions"
folder = pathlib.Path(tempfile.mkdtemp())


def body(**options):
    return json.dumps({
        "messages": [{"role": "user", "content": "Name three colours."}], "temperature": 0, "max_tokens": 8, **options})


class Exchange:
    """One run of curl: every response that it saw, and what it reports of the last."""

    def __init__(self, *arguments, paths=(CHAT,), key=KEY, stdin=None):
        headers, output = folder / "headers", folder / "output"
        output.write_bytes(b"")
        report = "%{stderr}report %{http_code} %{http_version} %{num_connects}\n"
        command = ["curl", "--silent", "--show-error", "--max-time", "60", "--dump-header", headers]
        for place, path in enumerate(paths):
            command += ["--next"] if place else []
            command += ["--write-out", report, "--output", f"{output}{place}", *arguments, server.root + path]
            command += ["-H", f"Authorization: Bearer {key}"] if key else []
        finished = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        errors = finished.stderr.decode()
        assert finished.returncode == 0, (finished.returncode, errors)
        reports = [line.split()[1:] for line in errors.splitlines() if line.startswith("report ")]
        self.statuses = [int(report[0]) for report in reports]
        self.status, self.version = self.statuses[-1], reports[-1][1]
        self.connections = sum(int(report[2]) for report in reports)
        last = pathlib.Path(f"{output}{len(paths) - 1}")
        self.text = last.read_bytes().decode() if last.exists() else ""
        self.heads = headers.read_text().split("\n\n")
        self.headers = {}
        for line in headers.read_text().strip().split("\n\n")[-1].splitlines()[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self.begun = headers.read_text()

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def content(self):
        return self.json["choices"][0]["message"]["content"]


JSON = ["-H", "Content-Type: application/json"]


def streamed(text):
    """The content of a stream, whose framing is looked at byte by byte."""
    assert "\r" not in text and text.endswith("data: [DONE]\n\n") and text.count("[DONE]") == 1
    content = ""
    for frame in text.split("\n\n")[:-2]:
        assert "\n" not in frame and (frame.startswith("data: ") or frame.startswith(":")), frame
        if frame.startswith("data: "):
            content += json.loads(frame[6:])["choices"][0]["delta"].get("content") or ""
    return content


@check
def http_1_1_whole():
    """A plain POST with Content-Length."""
    answer = Exchange(*JSON, "--data", body())
    assert answer.status == 200 and answer.version == "1.1" and answer.content
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.text.encode())
    assert answer.headers["x-request-id"] and answer.headers["date"]


@check
def http_1_1_stream():
    """--no-buffer with stream: chunked coding, no Content-Length, and every event whole."""
    answer = Exchange(*JSON, "--no-buffer", "--data", body(stream=True))
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-cache" and "content-length" not in answer.headers
    assert answer.headers["transfer-encoding"] == "chunked"
    assert streamed(answer.text) == Exchange(*JSON, "--data", body()).content


@check
def http_1_0_whole():
    """--http1.0: the answer must have a length or end by closing, and must not be chunked."""
    answer = Exchange("--http1.0", *JSON, "--data", body())
    assert answer.status == 200 and answer.content and "transfer-encoding" not in answer.headers


@check
def http_1_0_stream():
    """--http1.0 with stream: a chunk's size would be read as a part of the text."""
    answer = Exchange("--http1.0", *JSON, "--data", body(stream=True))
    assert answer.status == 200 and "transfer-encoding" not in answer.headers
    assert "content-length" not in answer.headers
    assert streamed(answer.text) == Exchange(*JSON, "--data", body()).content


@check
def http_1_0_keep_alive():
    """HTTP/1.0 with Connection: keep-alive: only if the server says keep-alive may the connection be used again."""
    answer = Exchange("--http1.0", "-H", "Connection: keep-alive", *JSON, "--data", body(), paths=[CHAT] * 2)
    assert answer.statuses == [200, 200]
    assert answer.headers.get("connection", "close") in ("keep-alive", "close")


@check
def connections_are_kept():
    """Three requests in one run: HTTP/1.1 keeps its connection, after a stream as well."""
    assert Exchange(*JSON, "--data", body(), paths=[CHAT] * 3).connections == 1
    assert Exchange(*JSON, "--data", body(stream=True), paths=[CHAT] * 3).connections == 1
    closing = Exchange(*JSON, "-H", "Connection: close", "--data", body(), paths=[CHAT] * 2)
    assert closing.connections == 2 and closing.headers["connection"] == "close"


@check
def a_body_in_chunks():
    """Transfer-Encoding: chunked, as curl sends what it reads from a pipe; servers that trust Content-Length see no body."""
    answer = Exchange(
        *JSON, "-H", "Transfer-Encoding: chunked", "--data-binary", "@-", stdin=body().encode())
    assert answer.status == 200 and answer.content
    refused = Exchange(*JSON, "-H", "Transfer-Encoding: gzip", "-H", "Connection: close", "--data", body())
    assert refused.status in (400, 501) and refused.json["error"]["message"]


@check
def expect_100_continue():
    """Expect: 100-continue before a large body; a server that says nothing costs a second each time."""
    answer = Exchange(*JSON, "-H", "Expect: 100-continue", "--expect100-timeout", "30", "--data", body())
    assert answer.status == 200 and answer.begun.startswith("HTTP/1.1 100 Continue")
    wrong = Exchange(*JSON, "-H", "Expect: 100-continue", "--expect100-timeout", "30", "--data", body(), key="x")
    assert wrong.status == 401 and "100 Continue" not in wrong.begun, "the key is judged before the body is read"


@check
def head_is_get_without_a_body():
    """HEAD, as load balancers and aiperf send it: the headers of GET, and nothing after them."""
    for path in ["/health", "/v1/models", "/metrics"]:
        head = Exchange("--head", paths=[path])
        got = Exchange(paths=[path])
        assert head.status == got.status == 200 and head.headers["content-type"] == got.headers["content-type"]
        assert int(head.headers["content-length"]) > 0
    assert Exchange("--head", paths=[CHAT]).status == 405


@check
def options_needs_no_key():
    """A browser's preflight carries no Authorization; one that is refused ends the page's request."""
    answer = Exchange(
        "-X", "OPTIONS", "-H", "Origin: http://localhost", "-H", "Access-Control-Request-Method: POST", key=None)
    assert answer.status in (200, 204), answer.status
    assert "POST" in answer.headers["allow"]


@check
def wrong_method_route_type_and_key():
    """What a person types wrong: the error says what is wrong, in JSON, with the status that belongs to it."""
    for status, arguments, options in [
        (405, [], {}), (404, [], {"paths": ["/v1/nothing"]}), (401, [*JSON, "--data", body()], {"key": None}),
        (415, ["--data", body()], {}), (400, [*JSON, "--data", "{"], {}),
        (400, [*JSON, "--data", "[]"], {}), (400, [*JSON, "--data", ""], {}),
    ]:
        answer = Exchange(*arguments, **options)
        assert answer.status == status, (status, answer.status, answer.text)
        assert sorted(answer.json["error"]) == ["code", "message", "param", "type"]
        if status == 405:
            assert answer.headers["allow"]


@check
def an_id_of_the_client_s_own():
    """X-Request-ID, as proxies and aiperf set it, comes back; one that could break a log line does not."""
    answer = Exchange("-H", "X-Request-ID: abc-123", paths=["/health"])
    assert answer.headers["x-request-id"] == "abc-123"
    answer = Exchange("-H", "X-Request-ID: " + "a" * 200, paths=["/health"])
    assert len(answer.headers["x-request-id"]) <= 128


@check
def codings_that_are_offered():
    """--compressed offers gzip, deflate, br and zstd; what comes must be what its header says."""
    answer = Exchange("--compressed", *JSON, "--data", body(stream=True))
    assert streamed(answer.text) and "content-encoding" not in answer.headers


@check
def a_curl_that_is_stopped():
    """--max-time in the middle of an answer: the connection breaks, and the next request is served."""
    finished = subprocess.run(
        ["curl", "--silent", "--max-time", "0.3", *JSON, "-H", f"Authorization: Bearer {KEY}",
         "--data", body(max_tokens=4000, ignore_eos=True), server.root + CHAT], stdout=subprocess.PIPE)
    assert finished.returncode == 28
    assert Exchange(*JSON, "--data", body()).status == 200


try:
    main(__file__)
finally:
    shutil.rmtree(folder)

#!/usr/bin/env python3
"""A relay that spoils a good server's answers in one point.

    broken_server.py UPSTREAM_PORT KEY     serves on a free port, which it prints
    broken_server.py --list                the faults, each with the statements that must fail, as JSON

The first part of the path chooses the fault: http://127.0.0.1:PORT/no_done/v1 forgets [DONE]. 'none' changes nothing.
"""
import json
import os
import socket
import sys
import threading
import time

FAULTS = {"none": ([], {})}


def fault(name, *numbers, **hooks):
    """Declares a fault: its statements, and what it does to requests, heads, JSON, events or frames."""
    FAULTS[name] = (sorted(numbers), hooks)


# What the hooks get: r is the request, as a dictionary with method, path, headers and json.
def stream(r):
    return bool(r["json"].get("stream"))


def carefully(change, *arguments):
    """What the change gives; a request that it was not made for stays as it is."""
    try:
        return change(*arguments)
    except (AttributeError, IndexError, KeyError, TypeError):
        return None


def chat(r):
    return r["path"].startswith("/v1/chat/completions")


def on_json(change, where=lambda r: True):
    """Changes the bodies of whole answers."""
    def hook(r, status, value):
        if isinstance(value, dict) and carefully(where, r):
            carefully(change, r, status, value)
        return value
    return hook


def on_choices(change, where=lambda r: True):
    """Changes the choices of successes, whole or streamed."""
    def hook(r, status, value):
        if isinstance(value, dict) and carefully(where, r):
            for choice in value.get("choices") or []:
                carefully(change, r, choice)
        return value
    return hook


def on_event(change, where=lambda r: True):
    """Changes or multiplies the chunks of a stream."""
    def hook(r, value, state):
        result = carefully(change, r, value, state) if carefully(where, r) else None
        return result or [value]
    return hook


def on_request(change):
    """Changes the JSON of a request before the good server sees it."""
    return lambda r: carefully(change, r)


def drop(r, name):
    r["json"].pop(name, None)


def header_dropped(name):
    return lambda r, status, headers: [h for h in headers if h[0].lower() != name]


# 1 Framing
fault("no_cache_control", 1, head=header_dropped("cache-control"))
fault("whole_as_text", 1, 11, head=lambda r, s, h: [
    (n, "text/plain" if n.lower() == "content-type" and chat(r) and v.startswith("application/json") and s == 200 else v)
    for n, v in h])
fault("crlf", 2, 3, frame=lambda r, f, st: [f.replace("\n", "\r\n")] if f.startswith("data") and chat(r) else [f])
fault("two_lines", 2, 5, frame=lambda r, f, st: ["event: message\n" + f] if f.startswith("data: {") and chat(r) else [f])
fault("no_done", 3, 4, frame=lambda r, f, st: [] if "[DONE]" in f else [f])
fault("done_twice", 3, 4, frame=lambda r, f, st: [f, f] if "[DONE]" in f else [f])
fault("event_after_done", 3, frame=lambda r, f, st: [f, ": keep-alive\n\n"] if "[DONE]" in f else [f])
fault("empty_data", 2, 5, frame=lambda r, f, st: ["data: \n\n", f] if "[DONE]" in f and chat(r) else [f])
fault("comment_first", 6, frame=lambda r, f, st: [": accepted\n\n", f] if '"role"' in f and chat(r) else [f])
fault("buffered", 7, buffered=True)
fault("split_characters", 7, event=on_event(lambda r, c, st: [
    split for half in ("\ufffd", "\ufffd漢字")
    for split in [json.loads(json.dumps(c))] if not split["choices"][0]["delta"].update(content=half)
] if c["choices"] and "漢" in (c["choices"][0]["delta"].get("content") or "") else None, chat))
fault("no_chunked_bodies", 8, reply=lambda r: 411 if "transfer-encoding" in r["headers"] else None)
fault("no_continue", 8, reply=lambda r: 417 if "expect" in r["headers"] else None)
fault("preflight_needs_key", 9, reply=lambda r: 401 if r["method"] == "OPTIONS" else None)
fault("no_head", 9, reply=lambda r: 405 if r["method"] == "HEAD" else None)
fault("no_request_id", 10, head=header_dropped("x-request-id"))
fault("no_processing_time", 10, head=header_dropped("openai-processing-ms"))
fault("own_ids_only", 10, head=lambda r, s, h: [
    (n, "req-1" if n.lower() == "x-request-id" else v) for n, v in h])
fault("stream_null_is_true", 11, 51, request=on_request(
    lambda r: r["json"].update(stream=True) if r["json"].get("stream", 0) is None else None))

# 2 Chunks
fault("wrong_object", 12, event=on_event(
    lambda r, c, st: c.update(object="chat.completion") if c["usage"] else None if "usage" in c else None,
    lambda r: chat(r) and "stream_options" in r["json"]))
fault("new_ids", 13, event=on_event(lambda r, c, st: c.update(id=c["id"][:-4] + "%04d" % st["count"]), chat))
fault("short_ids", 13, json=on_json(lambda r, s, v: v.update(id="chatcmpl-17") if "id" in v else None, chat),
      event=on_event(lambda r, c, st: c.update(id="chatcmpl-17"), chat))
fault("role_everywhere", 14, 16, event=on_event(
    lambda r, c, st: [x["delta"].update(role="assistant") for x in c["choices"]] and None, chat))
fault("first_content_null", 14, event=on_event(
    lambda r, c, st: [x["delta"].update(content=None) for x in c["choices"] if "role" in x["delta"]] and None, chat))
fault("lost_delta", 15, 26, event=on_event(
    lambda r, c, st: [x["delta"].update(content="~") for x in c["choices"]
                      if x["delta"].get("content") and st["count"] == 4] and None,
    lambda r: chat(r) and "tools" not in r["json"] and "messages" in r["json"] and "max_thinking_tokens" not in r["json"]
    and "grammar" not in r["json"] and "response_format" not in r["json"]))
fault("finish_with_content", 16, event=on_event(
    lambda r, c, st: [x["delta"].update(content="") for x in c["choices"] if x["finish_reason"]] and None, chat))
fault("no_finish_before", 16, event=on_event(
    lambda r, c, st: [x.pop("finish_reason") for x in c["choices"] if not x["finish_reason"]] and None, chat))
fault("usage_of_the_first", 17, json=on_json(
    lambda r, s, v: v["usage"].update(completion_tokens=v["usage"]["completion_tokens"] // 2,
                                      total_tokens=v["usage"]["prompt_tokens"] + v["usage"]["completion_tokens"] // 2)
    if len(v.get("choices", [])) == 2 else None, chat))
fault("usage_chunk_without_choices", 18, event=on_event(
    lambda r, c, st: c.update(choices=None) if c["choices"] == [] else None, chat))
fault("empty_chunks", 19, event=on_event(
    lambda r, c, st: [c, dict(c, choices=[dict(c["choices"][0], delta={})])]
    if c["choices"] and not c["choices"][0]["finish_reason"] and st["count"] == 3 and "logprobs" not in r["json"]
    else None, chat))

# 3 Usage
fault("usage_unasked", 20, event=on_event(
    lambda r, c, st: c.update(usage={"prompt_tokens": 1}) if c["choices"][0]["finish_reason"] else None,
    lambda r: chat(r) and "stream_options" not in r["json"]))
fault("no_usage_null", 20, event=on_event(
    lambda r, c, st: c.pop("usage", 0) and None if c.get("usage", 0) is None else None, chat))
fault("options_without_stream", 21, request=on_request(
    lambda r: drop(r, "stream_options") if not stream(r) else None))
fault("wrong_total", 22, json=on_json(
    lambda r, s, v: v["usage"].update(total_tokens=v["usage"]["total_tokens"] + 1) if v.get("usage") else None,
    lambda r: chat(r) and r["json"].get("max_tokens") == 24))
fault("no_details", 23, json=on_json(
    lambda r, s, v: v["usage"].pop("prompt_tokens_details") if v.get("usage") else None, chat))

# 4 Endings
fault("finish_abort", 24, event=on_event(
    lambda r, c, st: [x.update(finish_reason="abort") for x in c["choices"] if x["finish_reason"] == "length"] and None,
    chat))
fault("calls_end_with_stop", 25, json=on_choices(
    lambda r, c: c.update(finish_reason="stop") if c["finish_reason"] == "tool_calls" else None, chat))
fault("stop_text_stays", 26, request=on_request(
    lambda r: r["json"].update(include_stop_str_in_output=True) if isinstance(r["json"].get("stop"), list) else None))
fault("held_text_lost", 26, json=on_choices(
    lambda r, c: c["message"].update(content=c["message"]["content"][:-2]),
    lambda r: chat(r) and "\x01" in json.dumps(r["json"].get("stop", "")).encode().decode("unicode_escape")))
fault("context_end_is_stop", 27, json=on_json(
    lambda r, s, v: v["choices"][0].update(finish_reason="stop") if v.get("usage", {}).get("total_tokens", 0) > 900
    else None, chat))

# 5 Messages and tools
fault("no_refusal", 28, json=on_choices(lambda r, c: c["message"].pop("refusal"), chat))
fault("parts_refused", 29, reply=lambda r: 400 if chat(r) and any(
    isinstance(m.get("content"), list) for m in r["json"].get("messages", []) if isinstance(m, dict)) else None)
fault("developer_dropped", 30, request=on_request(
    lambda r: r["json"].update(messages=[m for m in r["json"]["messages"] if m["role"] != "developer"])
    if any(m.get("role") == "system" for m in r["json"].get("messages", []) if isinstance(m, dict)) else None))
fault("unknown_call_answered", 31, request=on_request(
    lambda r: r.update(json=json.loads(json.dumps(r["json"]).replace("call_x", "call_b")))))
fault("arguments_as_object", 32, json=on_choices(
    lambda r, c: [t["function"].update(arguments={}) for t in c["message"].get("tool_calls") or []
                  if t["function"]["name"] == "get_time"], chat))
fault("short_call_ids", 32, json=on_choices(
    lambda r, c: [t.update(id="1") for t in c["message"].get("tool_calls") or []], chat))
fault("no_call_index", 33, event=on_event(
    lambda r, c, st: [t.pop("index") for x in c["choices"] for t in x["delta"].get("tool_calls") or []] and None, chat))
fault("call_ids_repeated", 33, event=on_event(
    lambda r, c, st: [t.update(id="call_1") for x in c["choices"] for t in x["delta"].get("tool_calls") or []] and None,
    chat))
fault("unknown_choice_is_auto", 34, request=on_request(
    lambda r: r["json"].update(tool_choice="auto") if r["json"].get("tool_choice") in ("banana", 3, True) else None))
fault("two_calls", 35, json=on_choices(
    lambda r, c: c["message"].update(tool_calls=c["message"]["tool_calls"] * 2)
    if c["message"].get("tool_calls") else None,
    lambda r: chat(r) and r["json"].get("parallel_tool_calls") is False))
fault("loose_arguments", 35, json=on_choices(
    lambda r, c: [t["function"].update(arguments='{"city": 3}') for t in c["message"].get("tool_calls") or []],
    lambda r: chat(r) and r["json"].get("parallel_tool_calls") is False))
fault("markup_leaks", 36, json=on_choices(
    lambda r, c: c["message"].update(content="<tool_call>") if c["message"].get("tool_calls") else None,
    lambda r: chat(r)))

# 6 Reasoning
fault("one_name", 37, json=on_choices(lambda r, c: c["message"].pop("reasoning", 0), chat))
fault("tags_stay", 37, 39, json=on_choices(
    lambda r, c: c["message"].update(reasoning_content="<think>" + c["message"]["reasoning_content"],
                                     reasoning="<think>" + c["message"]["reasoning"])
    if c["message"].get("reasoning") else None, chat))
fault("cut_content_null", 38, json=on_choices(
    lambda r, c: c["message"].update(content=None) if c["message"].get("reasoning") and not c["message"]["content"]
    else None, lambda r: chat(r) and r["json"].get("max_tokens") == 4))
fault("open_block_is_content", 39, json=on_choices(
    lambda r, c: c["message"].update(content=c["message"].pop("reasoning_content", "") or "x", reasoning=None),
    lambda r: chat(r) and r["json"].get("continue_final_message") and r["json"].get("max_tokens") == 60))
fault("thinking_lifts_schema", 40, request=on_request(
    lambda r: drop(r, "response_format") if "max_thinking_tokens" in r["json"] else None))
fault("any_effort", 41, request=on_request(
    lambda r: drop(r, "reasoning_effort") if r["json"].get("reasoning_effort") == "banana" else None))

# 7 Structured output
fault("unknown_format_is_text", 42, request=on_request(
    lambda r: drop(r, "response_format") if r["json"].get("response_format") == {"type": "banana"} else None))
fault("schema_ignored", 43, request=on_request(
    lambda r: drop(r, "response_format") if r["json"].get("temperature") == 1 else None))
fault("regex_ignored", 44, request=on_request(lambda r: drop(r, "guided_regex")))

# 8 Log probabilities
fault("logprobs_absent", 45, json=on_choices(lambda r, c: c.pop("logprobs") if c["logprobs"] is None else None, chat))
fault("many_alternatives_clamped", 46, request=on_request(
    lambda r: r["json"].update(top_logprobs=min(20, r["json"]["top_logprobs"]))
    if isinstance(r["json"].get("top_logprobs"), int) else None))
fault("no_bytes", 47, json=on_choices(
    lambda r, c: [e.update(bytes=None) for e in (c.get("logprobs") or {}).get("content", [])], chat))
fault("no_streamed_logprobs", 48, event=on_event(
    lambda r, c, st: [x.update(logprobs=None) for x in c["choices"]] and None, chat))

# 9 Parameters
fault("older_limit_wins", 49, request=on_request(
    lambda r: r["json"].update(max_completion_tokens=r["json"]["max_tokens"])
    if r["json"]["max_tokens"] > 0 and r["json"]["max_completion_tokens"] > 0 else None))
fault("temperature_clamped", 50, request=on_request(
    lambda r: r["json"].update(temperature=2) if r["json"].get("temperature") == 2.1 else None))
fault("words_are_flags", 51, request=on_request(
    lambda r: r["json"].update(stream=True) if r["json"].get("stream") == "yes" else None))
fault("nameless_faults", 21, 42, 50, 51, 54, json=on_json(
    lambda r, s, v: v["error"].update(param=None) if isinstance(v.get("error"), dict) else None))
fault("ignored_not_named", 52, head=header_dropped("x-michat-ignored"))
fault("unknown_refused", 52, reply=lambda r: 400 if chat(r) and "conform_unknown" in r["json"] else None)
fault("seed_forgotten", 53, request=on_request(
    lambda r: r["json"].update(seed=next(COUNTER)) if r["json"].get("seed") == 42 else None))
fault("bias_ignored", 54, request=on_request(lambda r: drop(r, "logit_bias") if r["json"].get("logit_bias") == {"40": 100} else None))
fault("top_k_ignored", 55, request=on_request(lambda r: drop(r, "top_k")))
fault("min_tokens_ignored", 55, request=on_request(lambda r: drop(r, "min_tokens")))

# 10 Errors
fault("no_code", 56, 57, 59, json=on_json(
    lambda r, s, v: v["error"].pop("code") if isinstance(v.get("error"), dict) and v["error"]["code"] != "model_not_found"
    and v["error"]["code"] != "invalid_api_key" and v["error"]["code"] != "context_length_exceeded" else None))
fault("no_405", 57, head=lambda r, s, h: [x for x in h if x[0] != "allow"] if s == 405 else h)
fault("long_prompts_cut", 58, request=on_request(
    lambda r: r["json"]["messages"][0].update(content="river")
    if len(r["json"]["messages"][0].get("content") or "") > 6200 else None))
fault("overload_without_time", 59, head=lambda r, s, h: [x for x in h if x[0].lower() != "retry-after"] if s == 429 else h)
fault("failure_without_done", 7, 60, frame=lambda r, f, st: [f] if st["count"] < 5 or r["json"].get("max_tokens") != 200
      else ['data: {"error": {"message": "m", "type": "server_error", "param": null, "code": null}}\n\n']
      if st["count"] == 5 else [])
fault("failure_in_order", 7, frame=lambda r, f, st: [f] if st["count"] < 5 or r["json"].get("max_tokens") != 200
      else ['data: {"error": {"message": "m", "type": "server_error", "param": null, "code": null}}\n\n', "data: [DONE]\n\n"]
      if st["count"] == 5 else [])
fault("body_before_key", 61, reply=lambda r: 400 if chat(r) and r["body_missing"] and r["length"] == 4096 else None)
fault("any_key", 57, 61, any_key=True)

# 11 Other routes
fault("no_single_model", 62, reply=lambda r: 404 if r["path"].startswith("/v1/models/") else None)
fault("no_echo", 63, request=on_request(lambda r: drop(r, "echo")))
fault("no_template", 64, reply=lambda r: 404 if r["path"] == "/apply-template" else None)
fault("pieces_missing", 64, request=on_request(lambda r: drop(r, "with_pieces")))
fault("no_version", 65, reply=lambda r: 404 if r["path"] == "/version" else None)

# Servers that are no servers: whatever is asked fails, and nothing hangs or crashes.
fault("closes", raw=b"")
fault("garbage", raw=b"\x00\xff\x16\x03\x01 not http at all\r\n\r\n" * 3)
fault("half_an_answer", raw=b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"id\":")
fault("endless_head", raw=b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 1_000_000)
fault("bad_chunks", raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n")
fault("silent", raw=None)
fault("endless_body", raw=b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + b"data: {}\n\n" * 5_000_000)


def counter():
    number = 0
    while True:
        number += 1
        yield number


COUNTER = counter()


class Reader:
    """Bytes from a socket."""

    def __init__(self, sock):
        self.sock, self.buffer = sock, b""

    def more(self):
        data = self.sock.recv(1 << 16)
        self.buffer += data
        return bool(data)

    def until(self, mark):
        while mark not in self.buffer:
            if not self.more():
                return None
        head, self.buffer = self.buffer.split(mark, 1)
        return head

    def take(self, count):
        while len(self.buffer) < count and self.more():
            pass
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data


def head_of(text):
    lines = text.decode("latin-1").split("\r\n")
    fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if ":" in line]
    return lines[0], fields


def error_body(status):
    return json.dumps({"error": {"message": "refused", "type": "invalid_request_error", "param": None,
                                 "code": "invalid_api_key" if status == 401 else None}}).encode()


def serve(client, upstream_port, key):
    reader = Reader(client)
    head = reader.until(b"\r\n\r\n")
    if head is None:
        return
    line, fields = head_of(head)
    method, target, _ = line.split(" ", 2)
    name, _, rest = target[1:].partition("/")
    _, hooks = FAULTS[name]
    if "raw" in hooks:
        if hooks["raw"] is None:
            while reader.more():
                pass
        else:
            client.sendall(hooks["raw"])
        return
    headers = {n.lower(): v for n, v in fields}
    r = {"method": method, "path": "/" + rest, "headers": headers, "json": {},
         "length": int(headers.get("content-length", 0)), "body_missing": False}
    admitted = headers.get("authorization") == "Bearer " + key
    body = b""
    if 0 < r["length"] < 1 << 26 and "expect" not in headers and admitted:
        body = reader.take(r["length"])
        try:
            value = json.loads(body)
            r["json"] = value if isinstance(value, dict) else {}
        except ValueError:
            pass
    elif r["length"]:
        r["body_missing"] = True
    status = carefully(hooks["reply"], r) if "reply" in hooks else None
    if status:
        text = error_body(status)
        client.sendall(b"HTTP/1.1 %d Refused\r\nX-Request-ID: r\r\nOpenAI-Processing-MS: 1\r\n"
                       b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(text)) + text)
        return
    if "request" in hooks and r["json"]:
        before = json.dumps(r["json"])
        hooks["request"](r)
        if json.dumps(r["json"]) != before:
            body = json.dumps(r["json"]).encode()
        fields = [(n, str(len(body)) if n.lower() == "content-length" else v) for n, v in fields]
    if hooks.get("any_key"):
        fields = [f for f in fields if f[0].lower() != "authorization"] + [("Authorization", "Bearer " + key)]
    relay(client, reader, upstream_port, r, hooks, (fields, body))


def relay(client, reader, upstream_port, r, hooks, request):
    fields, body = request
    upstream = socket.create_connection(("127.0.0.1", upstream_port))
    lines = ["%s %s HTTP/1.1" % (r["method"], r["path"])] + ["%s: %s" % f for f in fields]
    upstream.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body + reader.buffer)

    def forward():
        try:
            while data := client.recv(1 << 16):
                upstream.sendall(data)
            upstream.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    threading.Thread(target=forward, daemon=True).start()
    try:
        answer(client, Reader(upstream), r, hooks)
    finally:
        upstream.close()


def answer(client, reader, r, hooks):
    while True:
        head = reader.until(b"\r\n\r\n")
        if head is None:
            return
        line, fields = head_of(head)
        status = int(line.split(" ")[1])
        if status >= 200:
            break
        client.sendall(head + b"\r\n\r\n")
    headers = {n.lower(): v for n, v in fields}
    if "head" in hooks:
        fields = hooks["head"](r, status, fields)
    is_stream = headers.get("content-type", "").startswith("text/event-stream")
    if not is_stream:
        body = b"" if r["method"] == "HEAD" else reader.take(int(headers.get("content-length", 0)))
        if "json" in hooks and body and headers.get("content-type", "").startswith("application/json"):
            value = hooks["json"](r, status, json.loads(body))
            if value != json.loads(body):
                body = json.dumps(value, ensure_ascii=False).encode()
            fields = [(n, str(len(body)) if n.lower() == "content-length" else v) for n, v in fields]
        client.sendall("\r\n".join([line] + ["%s: %s" % f for f in fields]).encode("latin-1") + b"\r\n\r\n" + body)
        return
    client.sendall("\r\n".join([line] + ["%s: %s" % f for f in fields]).encode("latin-1") + b"\r\n\r\n")
    state = {"count": 0}
    pending, held = b"", []
    while True:
        size = reader.until(b"\r\n")
        if size is None:
            return
        data = reader.take(int(size, 16))
        reader.take(2)
        pending += data
        while b"\n\n" in pending:
            frame, pending = pending.split(b"\n\n", 1)
            for part in spoiled(frame.decode() + "\n\n", r, hooks, state):
                coded = b"%x\r\n" % len(part) + part + b"\r\n"
                held.append(coded)
        buffers = hooks.get("buffered") and r["json"].get("max_tokens", 0) >= 200
        if buffers and not data:
            time.sleep(0.3)
        if held and not (buffers and data):
            client.sendall(b"".join(held))
            held = []
        if not data:
            client.sendall(b"0\r\n\r\n")
            return


def spoiled(frame, r, hooks, state):
    state["count"] += 1
    frames = hooks["frame"](r, frame, state) if "frame" in hooks else [frame]
    result = []
    for frame in frames:
        if frame.startswith("data: {") and "event" in hooks:
            values = hooks["event"](r, json.loads(frame[6:]), state)
            result += ["data: " + json.dumps(v, ensure_ascii=False) + "\n\n" for v in values]
        else:
            result.append(frame)
    return [frame.encode() for frame in result]


def handle(client, upstream_port, key):
    try:
        serve(client, upstream_port, key)
    except OSError:
        pass
    finally:
        try:
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        client.close()


def end_with_parent():
    """Ends when whoever started us has ended, or has closed our input."""
    sys.stdin.read()
    os._exit(0)


def main():
    if sys.argv[1:] == ["--list"]:
        print(json.dumps({name: numbers for name, (numbers, _) in FAULTS.items()}))
        return
    port, key = int(sys.argv[1]), sys.argv[2]
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=end_with_parent, daemon=True).start()
    while True:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=handle, args=(client, port, key), daemon=True).start()


if __name__ == "__main__":
    main()

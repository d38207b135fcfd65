"""A load over HTTP: every work yields (what, value, whether smaller is better). Standard library only."""
import asyncio
import json
import socket
import time


def free_port():
    """A port at which nobody listens: a server of somebody else would answer in the place of ours."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# What the official SDKs send with every request, the first attempt included.
RETRY_HEADER = "x-stainless-retry-count: 0\r\n"


async def post(port, path, body, fields=""):
    """Sends a request; yields the lines of the answer's body as they come, chunk marks included."""
    data = json.dumps(body).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    writer.write(f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
                 f"{fields}content-length: {len(data)}\r\nconnection: close\r\n\r\n".encode() + data)
    try:
        status = (await reader.readline()).split()
        if len(status) < 2 or status[1] != b"200":
            raise RuntimeError(f"{path}: {status} {(await reader.read(2000))[-300:]!r}")
        while line := await reader.readline():
            yield line
    finally:
        writer.close()


async def complete(port, prompt, tokens, fields=""):
    """Streams a completion; when it was sent, when each piece came, and how many tokens there were."""
    body = {"model": "default", "prompt": prompt, "max_tokens": tokens, "temperature": 0, "ignore_eos": True,
            "stream": True, "stream_options": {"include_usage": True}}
    start, pieces, count, ended = time.monotonic(), [], 0, False
    async for line in post(port, "/v1/completions", body, fields):
        if line.startswith(b"data: [DONE]"):
            ended = True
        elif line.startswith(b"data: "):
            event = json.loads(line[6:])
            if "error" in event:
                raise RuntimeError(str(event["error"]))
            if usage := event.get("usage"):
                count = usage["completion_tokens"]
            if event.get("choices"):
                pieces.append(time.monotonic())
    if not ended or not pieces:
        raise RuntimeError("a stream ended too early")
    return start, pieces, count or len(pieces)


async def chat(port, body):
    """The text of one whole answer."""
    raw = b"".join([line async for line in post(port, "/v1/chat/completions", body)])
    return json.loads(raw[raw.index(b"{"):raw.rindex(b"}") + 1])["choices"][0]["message"]["content"]


def ids(random, count):
    """Made-up tokens that every vocabulary has."""
    return [random.randrange(300, 600) for _ in range(count)]


async def single(port, random, small):
    """One stream: tokens a second after the first."""
    tokens = 8 if small else 128
    start, pieces, count = await complete(port, ids(random, 16 if small else 100), tokens)
    yield "1 stream, tok/s", (count - 1) / max(pieces[-1] - pieces[0], 1e-9), False


async def prompt(port, random, small):
    """Prompts alone: tokens a second up to the first answer."""
    for size in [16] if small else [512, 1500]:
        start, pieces, _ = await complete(port, ids(random, size), 1)
        yield f"prompt {size}, tok/s", size / (pieces[0] - start), False


async def streams(port, random, small):
    """Several streams at once: tokens a second over all, prompts included."""
    for count in [2] if small else [8, 32]:
        begin = time.monotonic()
        tasks = [complete(port, ids(random, 16 if small else 100), 8 if small else 64) for _ in range(count)]
        answers = await asyncio.gather(*tasks)
        total = sum(tokens for _, _, tokens in answers)
        yield f"{count} streams, tok/s", total / (time.monotonic() - begin), False


async def shared(port, random, small):
    """Sixteen requests with one long beginning: seconds for all."""
    prefix, begin = ids(random, 64 if small else 1430), time.monotonic()
    await asyncio.gather(*[complete(port, prefix + ids(random, 16), 4 if small else 32)
                           for _ in range(4 if small else 16)])
    yield "shared prefix, s", time.monotonic() - begin, True


async def stall(port, random, small):
    """A long prompt arrives beside running streams: their worst gap in milliseconds, and the prompt's own time."""
    tasks = [asyncio.create_task(complete(port, ids(random, 16), 32 if small else 512)) for _ in range(2 if small else 6)]
    await asyncio.sleep(0.05 if small else 1)
    arrival, pieces, _ = await complete(port, ids(random, 64 if small else 4000), 1)
    answers = await asyncio.gather(*tasks)
    gaps = [late - early for _, times, _ in answers for early, late in zip(times, times[1:])
            if late >= arrival and early <= pieces[0]]
    yield "worst gap beside a prompt, ms", 1000 * max(gaps, default=0), True
    yield "that prompt, s", pieces[0] - arrival, True


async def tiny(port, random, small):
    """One-token requests on many connections: requests a second."""
    places, total = asyncio.Semaphore(32), 8 if small else 200

    async def one():
        async with places:
            await complete(port, ids(random, 8), 1)

    begin = time.monotonic()
    await asyncio.gather(*[one() for _ in range(total)])
    yield "one-token requests/s", total / (time.monotonic() - begin), False

"""The official Python client when it loses patience: time-outs, attempts, and answers that are joined."""

import threading
import time

import openai
from harness import KEY, check, http, main, metric, raises, server


def client(**options):
    return openai.OpenAI(base_url=server.url, api_key=KEY, **options)


def long_request(text, **options):
    return {
        "model": "default", "messages": [{"role": "user", "content": text}], "temperature": 1.0, "max_tokens": 400,
        "extra_body": {"ignore_eos": True}, **options}


@check
def a_time_out_is_absorbed_by_the_next_attempt():
    """timeout=…, max_retries=…: closes the connection, and sends the same body with x-stainless-retry-count: 1, 2, …

    A server that starts over each time needs as long each time, so that the client never gets its answer."""
    absorbed, prompts = metric("michat_absorbed_retries_total"), metric("vllm:request_prompt_tokens_count")
    impatient = client(max_retries=10, timeout=0.25)
    raw = impatient.chat.completions.with_raw_response.create(**long_request("Tell me about patience."))
    assert raw.headers["x-michat-absorbed"] == "true" and raw.retries_taken >= 1
    answer = raw.parse()
    assert answer.usage.completion_tokens == 400 and answer.choices[0].finish_reason == "length"
    assert metric("michat_absorbed_retries_total") > absorbed
    assert metric("vllm:request_prompt_tokens_count") == prompts + 1, "generated once"


@check
def whoever_never_comes_back_is_not_generated_for_for_long():
    """max_retries=0 with a time-out: the header says attempt 0, the connection closes, and nobody returns."""
    raises(openai.APITimeoutError, lambda: client(max_retries=0, timeout=0.3).chat.completions.create(
        **long_request("Tell me about the past.", max_tokens=2000)))
    deadline = time.monotonic() + 30
    while metric("vllm:num_requests_running") > 0:
        assert time.monotonic() < deadline, "it is still running"
        time.sleep(0.2)


@check
def a_stream_that_is_still_read_is_told_to_the_next_attempt_too():
    """A proxy that tries again while the first connection is open: the same body and the next attempt's number."""
    texts, heads = {}, {}

    def read(number):
        raw = client(max_retries=0).with_streaming_response.chat.completions.create(
            **long_request("Tell me about streams.", stream=True),
            extra_headers={"x-stainless-retry-count": str(number)})
        with raw as response:
            heads[number] = response.headers.get("x-michat-absorbed")
            begun.set()
            texts[number] = [
                chunk.choices[0].delta.content for chunk in response.parse() if chunk.choices[0].delta.content]

    begun = threading.Event()
    first = threading.Thread(target=read, args=[0])
    first.start()
    begun.wait()
    read(1)
    first.join()
    assert heads == {0: None, 1: "true"}, heads
    assert "".join(texts[0]) == "".join(texts[1]) and len("".join(texts[0])) > 100


@check
def two_clients_that_ask_the_same_get_answers_of_their_own():
    """The same body twice at once, both as attempt 0: drawn twice, not shared."""
    answers = []

    def ask():
        answers.append(client().chat.completions.create(**long_request("Invent a story.", max_tokens=60)))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers[0].id != answers[1].id
    assert answers[0].choices[0].message.content != answers[1].choices[0].message.content


@check
def errors_that_a_client_may_repeat_say_so():
    """A 429 or 5xx is tried again after Retry-After; a 400 must not be, or a client waits for nothing."""
    impatient = client(max_retries=2)
    started = time.monotonic()
    raises(openai.BadRequestError, lambda: impatient.chat.completions.create(**long_request("hi", n=0)))
    assert time.monotonic() - started < 0.4, "no second attempt"
    assert http("GET", "/health")[0] == 200


main(__file__)

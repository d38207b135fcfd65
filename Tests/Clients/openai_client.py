"""The official Python client against a real process.

    python openai_client.py PROGRAM MODEL

Prints one line for each check that failed, and `N passed, N failed` at the end.
"""

import asyncio
import pathlib
import re
import subprocess
import sys
import traceback

import openai

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class Server:
    """`michat serve` on a free port, with a key."""

    KEY = "a-key-for-tests"

    def __init__(self, program, model, *flags):
        self.process = subprocess.Popen(
            [program, "serve", "--model", model, "--port", "0", *flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={"PATH": "/usr/bin:/bin", "MICHAT_HTTP_API_KEY": self.KEY})
        self.url = None
        for line in self.process.stderr:
            found = re.match(r"michat is ready at (http://\S+)", line)
            if found:
                self.url = found.group(1) + "/v1"
                break
        if self.url is None:
            raise SystemExit("the server did not start")
        # Nobody reads on: the log must not fill its pipe.
        import threading
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def client(self, **options):
        return openai.OpenAI(base_url=self.url, api_key=self.KEY, max_retries=0, **options)

    def async_client(self):
        return openai.AsyncOpenAI(base_url=self.url, api_key=self.KEY, max_retries=0)

    def stop(self):
        self.process.terminate()
        return self.process.wait()


def messages(text):
    return [{"role": "user", "content": text}]


def ask(client, text, **options):
    options = {"model": "default", "temperature": 0, "max_tokens": 16, **options}
    return client.chat.completions.create(messages=messages(text), **options)


def joined(stream):
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


@check
def models_are_listed(server):
    client = server.client()
    names = [model.id for model in client.models.list()]
    assert len(names) == 1, names
    assert client.models.retrieve(names[0]).id == names[0]


@check
def an_answer_is_whole_and_counted(server):
    answer = ask(server.client(), "What is the capital of Germany?")
    assert "Berlin" in answer.choices[0].message.content, answer
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.system_fingerprint.startswith("fp_")


@check
def a_stream_joins_to_the_answer(server):
    client = server.client()
    whole = ask(client, "Name three colours.")
    chunks = list(ask(client, "Name three colours.", stream=True, stream_options={"include_usage": True}))
    assert joined(chunks) == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices == [] and chunks[-1].usage == whole.usage.model_copy(
        update={"prompt_tokens_details": chunks[-1].usage.prompt_tokens_details})
    assert len({chunk.id for chunk in chunks}) == 1


@check
def the_async_client_gets_the_same(server):
    async def both():
        async with server.async_client() as client:
            whole = await ask(client, "Name three animals.")
            text = ""
            async for chunk in await ask(client, "Name three animals.", stream=True):
                text += chunk.choices[0].delta.content or ""
            return whole.choices[0].message.content, text

    whole, text = asyncio.run(both())
    assert whole == text and whole


@check
def thirty_two_at_once_are_equal_to_alone(server):
    questions = [f"Say something about the number {number}." for number in range(32)]
    client = server.client()
    alone = [ask(client, question).choices[0].message.content for question in questions]

    async def together(stream):
        async with server.async_client() as client:
            async def one(question):
                answer = await ask(client, question, stream=stream)
                if not stream:
                    return answer.choices[0].message.content
                return "".join([chunk.choices[0].delta.content or "" async for chunk in answer])

            return await asyncio.gather(*[one(question) for question in questions])

    assert asyncio.run(together(False)) == alone
    assert asyncio.run(together(True)) == alone


@check
def seeds_choices_and_logprobs(server):
    client = server.client()

    def drawn(seed):
        answer = ask(client, "Invent a name.", temperature=1.2, seed=seed, n=3)
        return [choice.message.content for choice in answer.choices]

    assert drawn(1) == drawn(1)
    assert len(set(drawn(1) + drawn(2))) > 1
    answer = ask(client, "Say yes.", logprobs=True, top_logprobs=3, max_tokens=4)
    content = answer.choices[0].logprobs.content
    assert all(len(entry.top_logprobs) == 3 and entry.logprob <= 0 for entry in content)
    assert "".join(entry.token for entry in content).startswith(answer.choices[0].message.content)


@check
def stop_strings_cut_the_answer(server):
    client = server.client()
    text = ask(client, "Count from one to five.", max_tokens=40).choices[0].message.content
    mark = text[len(text) // 2:len(text) // 2 + 2]
    answer = ask(client, "Count from one to five.", max_tokens=40, stop=[mark])
    assert answer.choices[0].message.content == text[:text.index(mark)]
    assert answer.choices[0].finish_reason == "stop"


@check
def legacy_completions(server):
    answer = server.client().completions.create(model="default", prompt="Once upon a", max_tokens=4, temperature=0)
    assert answer.choices[0].text
    stream = server.client().completions.create(
        model="default", prompt="Once upon a", max_tokens=4, temperature=0, stream=True)
    assert "".join(chunk.choices[0].text for chunk in stream if chunk.choices) == answer.choices[0].text


@check
def errors_are_the_client_s_own_types(server):
    client = server.client()
    for expected, call in [
        (openai.AuthenticationError, lambda: ask(openai.OpenAI(base_url=server.url, api_key="x", max_retries=0), "hi")),
        (openai.NotFoundError, lambda: ask(client, "hi", model="another")),
        (openai.BadRequestError, lambda: ask(client, "hi", temperature=9)),
        (openai.BadRequestError, lambda: ask(client, "word " * 9000)),
    ]:
        try:
            call()
        except expected as error:
            assert error.body["message"], error
        else:
            raise AssertionError(f"no {expected.__name__}")


@check
def a_stream_that_is_left_ends(server):
    client = server.client()
    stream = ask(client, "Tell me a long story.", stream=True, max_tokens=2000, extra_body={"ignore_eos": True})
    next(iter(stream))
    stream.close()
    assert ask(client, "Say hello.").choices[0].message.content


# Checks of a server whose chat template opens a block of thinking.
THINKING_CHECKS = []


def thinking(function):
    THINKING_CHECKS.append(function)
    return function


def think(client, text, budget, **options):
    return ask(client, text, max_tokens=60, extra_body={"max_thinking_tokens": budget}, **options)


@thinking
def reasoning_comes_before_the_answer(server):
    answer = think(server.client(), "Tell me about the sea.", 24)
    message = answer.choices[0].message
    assert message.reasoning_content and message.reasoning == message.reasoning_content
    assert message.content and "think>" not in message.content + message.reasoning
    assert answer.usage.completion_tokens_details.reasoning_tokens == 24
    assert answer.choices[0].reasoning_closed_by == "budget"


@thinking
def reasoning_streams_join_to_the_whole(server):
    client = server.client()
    for options in [{}, {"n": 2, "temperature": 0.8, "seed": 7}, {"logprobs": True, "top_logprobs": 2}]:
        whole = think(client, "Why is the sky blue?", 20, **options)
        stream = think(
            client, "Why is the sky blue?", 20, stream=True, stream_options={"include_usage": True}, **options)
        parts = [["", "", None] for _ in whole.choices]
        for chunk in stream:
            for choice in chunk.choices:
                part = parts[choice.index]
                thought = getattr(choice.delta, "reasoning_content", None)
                assert thought is None or (thought and not part[1]), "thinking comes first"
                part[0] += thought or ""
                part[1] += choice.delta.content or ""
                part[2] = choice.finish_reason or part[2]
            usage = chunk.usage
        assert parts == [
            [choice.message.reasoning_content, choice.message.content, choice.finish_reason] for choice in whole.choices]
        thought = whole.usage.completion_tokens_details.reasoning_tokens
        assert usage.completion_tokens_details.reasoning_tokens == thought
        assert usage.completion_tokens == whole.usage.completion_tokens


@thinking
def cut_while_thinking(server):
    answer = ask(server.client(), "Tell me about the sea.", max_tokens=8)
    assert answer.choices[0].message.content == "" and answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens_details.reasoning_tokens == 8


@thinking
def effort_none_thinks_nothing(server):
    answer = ask(server.client(), "Say hello.", reasoning_effort="none")
    assert answer.choices[0].message.content and answer.choices[0].message.reasoning_content is None
    try:
        ask(server.client(), "Say hello.", reasoning_effort="much")
    except openai.BadRequestError as error:
        assert error.param == "reasoning_effort"
    else:
        raise AssertionError("no error")


@thinking
def thinking_goes_on_where_it_stopped(server):
    client = server.client()
    conversation = messages("Tell me about the sea.") + [{"role": "assistant", "content": "<think>\nThe sea is"}]
    answer = client.chat.completions.create(
        model="default", messages=conversation, max_tokens=40, temperature=0,
        extra_body={"continue_final_message": True, "max_thinking_tokens": 16})
    message = answer.choices[0].message
    assert message.reasoning_content and message.content
    conversation = conversation[:1] + [message.model_dump(exclude_none=True)] + messages("And the sky?")
    assert client.chat.completions.create(model="default", messages=conversation, max_tokens=4).choices


@thinking
def thirty_two_thinking_at_once_are_equal_to_alone(server):
    questions = [f"Say something about the number {number}." for number in range(32)]
    options = {"temperature": 0.7, "seed": 3}

    def both(answer):
        return answer.choices[0].message.reasoning_content, answer.choices[0].message.content

    alone = [both(think(server.client(), question, 8 + place, **options)) for place, question in enumerate(questions)]

    async def together():
        async with server.async_client() as client:
            answers = [think(client, question, 8 + place, **options) for place, question in enumerate(questions)]
            return [both(answer) for answer in await asyncio.gather(*answers)]

    assert asyncio.run(together()) == alone


def run(checks, server):
    passed = failed = 0
    for function in checks:
        try:
            function(server)
            passed += 1
        except Exception:
            failed += 1
            print(f"FAILED {function.__name__}\n{traceback.format_exc()}")
    code = server.stop()
    if code == 0:
        passed += 1
    else:
        failed += 1
        print(f"FAILED the server ended with {code}")
    return passed, failed


def main():
    template = pathlib.Path(__file__).parent.parent / "Fixtures/templates/thinking/opens-the-block.jinja"
    results = [
        run(CHECKS, Server(*sys.argv[1:3])),
        run(THINKING_CHECKS, Server(*sys.argv[1:3], "--model.chat_template", str(template))),
    ]
    passed, failed = map(sum, zip(*results))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

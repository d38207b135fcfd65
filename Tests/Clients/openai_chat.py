"""The official Python client: chat, streams, errors, headers; run with the newest version and with an older major."""

import asyncio

import openai
from harness import KEY, check, http, main, raises, server


def client(**options):
    return openai.OpenAI(base_url=server.url, api_key=KEY, max_retries=0, **options)


def async_client():
    return openai.AsyncOpenAI(base_url=server.url, api_key=KEY, max_retries=0)


def messages(text):
    return [{"role": "user", "content": text}]


def ask(text, using=None, **options):
    options = {"model": "default", "temperature": 0, "max_tokens": 16, **options}
    return (using or client()).chat.completions.create(messages=messages(text), **options)


def joined(stream):
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


@check
def models_are_listed():
    """GET /v1/models, then /v1/models/{id}, which some servers lack."""
    names = [model.id for model in client().models.list()]
    assert len(names) == 1, names
    model = client().models.retrieve(names[0])
    assert model.id == names[0] and model.object == "model" and isinstance(model.created, int)


@check
def an_answer_is_whole_and_counted():
    """x-stainless-* headers and Accept-Encoding: gzip, deflate, zstd; a naive server answers in a coding it was offered."""
    answer = ask("What is the capital of Germany?")
    assert "Berlin" in answer.choices[0].message.content, answer
    assert answer.choices[0].message.role == "assistant" and answer.choices[0].message.refusal is None
    assert answer.choices[0].finish_reason in ("stop", "length")
    usage = answer.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usage.prompt_tokens_details.cached_tokens >= 0 and usage.completion_tokens_details.reasoning_tokens == 0
    assert answer.system_fingerprint.startswith("fp_")


@check
def a_stream_joins_to_the_answer():
    """stream_options.include_usage: the last chunk has no choices, and clients that index choices[0] must not see others so."""
    whole = ask("Name three colours.")
    chunks = list(ask("Name three colours.", stream=True, stream_options={"include_usage": True}))
    assert joined(chunks) == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices == [] and chunks[-1].usage == whole.usage.model_copy(
        update={"prompt_tokens_details": chunks[-1].usage.prompt_tokens_details})
    assert all(len(chunk.choices) == 1 and chunk.usage is None for chunk in chunks[:-1])
    assert len({chunk.id for chunk in chunks}) == 1
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1] if chunk.choices[0].finish_reason] == ["length"]


@check
def the_streaming_helper_accumulates():
    """`chat.completions.stream` merges deltas by index and type, and fails on a missing index or a role repeated."""
    text = ask("Name three rivers.").choices[0].message.content
    options = {"stop": [text[-6:-3]], "logprobs": True}
    whole = ask("Name three rivers.", **options)
    with client().chat.completions.stream(
        model="default", messages=messages("Name three rivers."), temperature=0, max_tokens=16,
        stream_options={"include_usage": True}, **options,
    ) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_completion()
    assert "content.delta" in kinds and kinds.count("content.done") == 1 and "logprobs.content.delta" in kinds, kinds
    assert final.choices[0].message.content == whole.choices[0].message.content
    assert final.choices[0].finish_reason == "stop" and final.usage.completion_tokens == whole.usage.completion_tokens
    assert final.choices[0].logprobs.content == whole.choices[0].logprobs.content


@check
def the_async_client_gets_the_same():
    """The async client, its stream and its streaming helper, over one connection that is kept."""
    async def all_ways():
        async with async_client() as using:
            whole = await ask("Name three animals.", using)
            text = ""
            async for chunk in await ask("Name three animals.", using, stream=True):
                text += chunk.choices[0].delta.content or ""
            async with using.chat.completions.stream(
                model="default", messages=messages("Name three animals."), temperature=0, max_tokens=16
            ) as stream:
                helped = "".join([event.delta async for event in stream if event.type == "content.delta"])
            return whole.choices[0].message.content, text, helped

    whole, text, helped = asyncio.run(all_ways())
    assert whole == text == helped and whole


@check
def thirty_two_at_once_are_equal_to_alone():
    """32 requests at once; a server that mixes up slots, or whose numbers depend on the batch, answers otherwise."""
    questions = [f"Say something about the number {number}." for number in range(32)]
    alone = [ask(question).choices[0].message.content for question in questions]

    async def together(stream):
        async with async_client() as using:
            async def one(question):
                answer = await ask(question, using, stream=stream)
                if not stream:
                    return answer.choices[0].message.content
                return "".join([chunk.choices[0].delta.content or "" async for chunk in answer])

            return await asyncio.gather(*[one(question) for question in questions])

    assert asyncio.run(together(False)) == alone
    assert asyncio.run(together(True)) == alone


@check
def seeds_choices_and_logprobs():
    """n, seed, logprobs with top_logprobs: the entries' bytes are read as integers, and joined."""
    def drawn(seed):
        answer = ask("Invent a name.", temperature=1.2, seed=seed, n=3)
        assert [choice.index for choice in answer.choices] == [0, 1, 2]
        return [choice.message.content for choice in answer.choices]

    assert drawn(1) == drawn(1)
    assert len(set(drawn(1) + drawn(2))) > 1
    answer = ask("Say yes.", logprobs=True, top_logprobs=3, max_tokens=4)
    content = answer.choices[0].logprobs.content
    assert all(len(entry.top_logprobs) == 3 and entry.logprob <= 0 for entry in content)
    assert bytes(sum((entry.bytes for entry in content), [])).decode() == answer.choices[0].message.content


@check
def several_choices_stream_side_by_side():
    """n = 3 with stream: chunks of the choices interleave, each has its index, one role and one finish."""
    whole = ask("Invent a word.", n=3, temperature=1, seed=5)
    texts, roles, finishes = [""] * 3, [0] * 3, [0] * 3
    for chunk in ask("Invent a word.", n=3, temperature=1, seed=5, stream=True):
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
            roles[choice.index] += choice.delta.role is not None
            finishes[choice.index] += choice.finish_reason is not None
    assert texts == [choice.message.content for choice in whole.choices]
    assert roles == finishes == [1, 1, 1]


@check
def stop_strings_cut_the_answer():
    """`stop` as a list; the text must not show a part of the stop string that came in an earlier chunk."""
    text = ask("Count from one to five.", max_tokens=40).choices[0].message.content
    mark = text[len(text) // 2:len(text) // 2 + 2]
    for stream in [False, True]:
        answer = ask("Count from one to five.", max_tokens=40, stop=[mark], stream=stream)
        found = joined(answer) if stream else answer.choices[0].message.content
        assert found == text[:text.index(mark)]
    assert ask("Count from one to five.", max_tokens=40, stop=mark).choices[0].finish_reason == "stop"


@check
def every_role_and_content_as_parts():
    """developer and system messages, content as a list of typed parts in every role, assistant content null with calls."""
    part = lambda text: [{"type": "text", "text": text}]
    answer = client().chat.completions.create(
        model="default", temperature=0, max_tokens=8,
        messages=[
            {"role": "developer", "content": part("Answer in one word.")},
            {"role": "user", "content": part("What is") + part(" the capital of France?")},
            {"role": "assistant", "content": part("Paris")},
            {"role": "user", "content": "And of Germany?", "name": "somebody"},
        ])
    assert answer.choices[0].message.content


@check
def known_fields_that_change_nothing_here():
    """user, metadata, store, service_tier, safety_identifier, prompt_cache_key, verbosity: SDK users send them all."""
    plain = ask("Say hello.").choices[0].message.content
    response = client().chat.completions.with_raw_response.create(
        model="default", messages=messages("Say hello."), temperature=0, max_completion_tokens=16, user="somebody",
        metadata={"a": "b"}, store=False, service_tier="auto", safety_identifier="x", prompt_cache_key="y",
        verbosity="low", extra_body={"not_a_field": 1})
    assert response.parse().choices[0].message.content == plain
    assert "not_a_field" in response.headers["x-michat-ignored"]
    assert response.headers["x-request-id"] and int(response.headers["openai-processing-ms"]) >= 0


@check
def prediction_and_null_fields():
    """Explicit nulls and `prediction`, as editors send it."""
    answer = ask(
        "Count: one, two,", stop=None, tools=openai.NOT_GIVEN, prediction={"type": "content", "content": "one, two"},
        logit_bias=None, presence_penalty=None, extra_body={"top_k": None})
    assert answer.usage.completion_tokens_details.accepted_prediction_tokens >= 0
    assert answer.choices[0].message.content == ask("Count: one, two,").choices[0].message.content


@check
def legacy_completions():
    """POST /v1/completions with a text, several texts, token ids, echo and logprobs, streamed and not."""
    complete = client().completions.create
    answer = complete(model="default", prompt="Once upon a", max_tokens=4, temperature=0)
    assert answer.choices[0].text and answer.object == "text_completion"
    stream = complete(model="default", prompt="Once upon a", max_tokens=4, temperature=0, stream=True)
    assert "".join(chunk.choices[0].text for chunk in stream if chunk.choices) == answer.choices[0].text
    ids = http("POST", "/tokenize", {"content": "Once upon a"})[2]
    tokens = [int(part) for part in ids[ids.index("[") + 1:ids.index("]")].split(",")]
    several = complete(
        model="default", prompt=[tokens, tokens], max_tokens=4, temperature=0, echo=True, logprobs=1, n=1)
    assert [choice.text for choice in several.choices] == ["Once upon a" + answer.choices[0].text] * 2
    logprobs = several.choices[1].logprobs
    assert logprobs.token_logprobs[0] is None and len(logprobs.tokens) == len(tokens) + 4
    assert "".join(logprobs.tokens) == several.choices[1].text
    assert raises(openai.BadRequestError, lambda: complete(model="default", prompt="a", suffix="b")).param == "suffix"


@check
def errors_are_the_client_s_own_types():
    """The client picks its exception by the status, and reads message, type, param and code from the body."""
    wrong_key = openai.OpenAI(base_url=server.url, api_key="x", max_retries=0)
    for expected, code, call in [
        (openai.AuthenticationError, "invalid_api_key", lambda: ask("hi", wrong_key)),
        (openai.NotFoundError, "model_not_found", lambda: ask("hi", model="another")),
        (openai.BadRequestError, None, lambda: ask("hi", temperature=9)),
        (openai.BadRequestError, "context_length_exceeded", lambda: ask("word " * 9000)),
        (openai.BadRequestError, "context_length_exceeded", lambda: list(ask("word " * 9000, stream=True))),
    ]:
        error = raises(expected, call)
        assert error.body["message"] and (code is None or error.code == code), error
        assert error.request_id, "every response carries x-request-id"
    assert raises(openai.BadRequestError, lambda: ask("hi", temperature=9)).param == "temperature"
    assert raises(openai.NotFoundError, lambda: client().embeddings.create(model="default", input="a")).body["message"]


@check
def a_stream_that_is_left_ends():
    """`stream.close()` closes the connection; the server must stop, and serve the next."""
    stream = ask("Tell me a long story.", stream=True, max_tokens=2000, extra_body={"ignore_eos": True})
    next(iter(stream))
    stream.close()
    assert ask("Say hello.").choices[0].message.content


@check
def an_async_task_that_is_cancelled():
    """A cancelled task drops its connection in the middle; eight of them, and the ninth is answered."""
    async def leave():
        async with async_client() as using:
            tasks = [
                asyncio.create_task(ask(f"Story {n}.", using, max_tokens=2000, extra_body={"ignore_eos": True}))
                for n in range(8)
            ]
            await asyncio.sleep(0.3)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return await ask("Say hello.", using)

    assert asyncio.run(leave()).choices[0].message.content


main(__file__)

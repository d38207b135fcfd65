"""The official Python client against a server whose chat template opens a block of thinking."""

import asyncio

import openai
from harness import FIXTURES, KEY, Server, check, main, raises

own = Server("--model.chat_template", str(FIXTURES / "templates/thinking/opens-the-block.jinja"))
client = openai.OpenAI(base_url=own.url, api_key=KEY, max_retries=0)


def messages(text):
    return [{"role": "user", "content": text}]


def ask(text, using=client, **options):
    options = {"model": "default", "temperature": 0, "max_tokens": 16, **options}
    return using.chat.completions.create(messages=messages(text), **options)


def think(text, budget, using=client, **options):
    return ask(text, using, max_tokens=60, extra_body={"max_thinking_tokens": budget}, **options)


@check
def reasoning_comes_before_the_answer():
    """Reads message.reasoning_content and message.reasoning, fields that the client does not know but keeps."""
    answer = think("Tell me about the sea.", 24)
    message = answer.choices[0].message
    assert message.reasoning_content and message.reasoning == message.reasoning_content
    assert message.content and "think>" not in message.content + message.reasoning
    assert answer.usage.completion_tokens_details.reasoning_tokens == 24
    assert answer.choices[0].reasoning_closed_by == "budget"


@check
def reasoning_streams_join_to_the_whole():
    """Streams with n = 2 and with logprobs, where reasoning and content come in fields of their own."""
    for options in [{}, {"n": 2, "temperature": 0.8, "seed": 7}, {"logprobs": True, "top_logprobs": 2}]:
        whole = think("Why is the sky blue?", 20, **options)
        stream = think("Why is the sky blue?", 20, stream=True, stream_options={"include_usage": True}, **options)
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


@check
def cut_while_thinking():
    """A limit that ends inside the thinking: content is an empty string, never null, or clients add None to a str."""
    answer = ask("Tell me about the sea.", max_tokens=8)
    assert answer.choices[0].message.content == "" and answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens_details.reasoning_tokens == 8


@check
def effort_none_thinks_nothing():
    """reasoning_effort as the client types it; an unknown effort is an error that names the field."""
    answer = ask("Say hello.", reasoning_effort="none")
    assert answer.choices[0].message.content and answer.choices[0].message.reasoning_content is None
    error = raises(openai.BadRequestError, lambda: ask("Say hello.", reasoning_effort="much"))
    assert error.param == "reasoning_effort"


@check
def thinking_goes_on_where_it_stopped():
    """An answer sent back as model_dump() gives it, with reasoning_content and fields of the client's own."""
    conversation = messages("Tell me about the sea.") + [{"role": "assistant", "content": "<think>\nThe sea is"}]
    answer = client.chat.completions.create(
        model="default", messages=conversation, max_tokens=40, temperature=0,
        extra_body={"continue_final_message": True, "max_thinking_tokens": 16})
    message = answer.choices[0].message
    assert message.reasoning_content and message.content
    conversation = conversation[:1] + [message.model_dump(exclude_none=True)] + messages("And the sky?")
    assert client.chat.completions.create(model="default", messages=conversation, max_tokens=4).choices


@check
def thirty_two_thinking_at_once_are_equal_to_alone():
    """32 at once with budgets of their own."""
    questions = [f"Say something about the number {number}." for number in range(32)]
    options = {"temperature": 0.7, "seed": 3}

    def both(answer):
        return answer.choices[0].message.reasoning_content, answer.choices[0].message.content

    alone = [both(think(question, 8 + place, **options)) for place, question in enumerate(questions)]

    async def together():
        async with openai.AsyncOpenAI(base_url=own.url, api_key=KEY, max_retries=0) as using:
            answers = [think(question, 8 + place, using, **options) for place, question in enumerate(questions)]
            return [both(answer) for answer in await asyncio.gather(*answers)]

    assert asyncio.run(together()) == alone


with own:
    main(__file__)

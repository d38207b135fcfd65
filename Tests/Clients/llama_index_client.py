"""LlamaIndex's OpenAILike: complete, chat, streams, tools, structured output."""

import asyncio
from typing import Literal

from harness import KEY, check, main, raises, server
from llama_index.core.llms import ChatMessage, TextBlock
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel, Field


def model(**options):
    options = {"is_chat_model": True, "max_tokens": 16, "max_retries": 0, "context_window": 2048, **options}
    return OpenAILike(model="default", api_base=server.url, api_key=KEY, **options)


class Person(BaseModel):
    """A person."""

    name: Literal["Ada", "Alan", "Grace"]
    age: int = Field(ge=1, le=99)


def weather(city: Literal["Berlin", "Paris"]) -> str:
    """Looks up the weather of a city."""
    return f"sunny in {city}"


@check
def chat_and_its_stream():
    """temperature: 0.1 unless told otherwise, and `stream` always written out."""
    asked = [ChatMessage(role="system", content="Be short."), ChatMessage(role="user", content="Name three colours.")]
    whole = model(temperature=0).chat(asked)
    assert whole.message.content and whole.raw.usage.total_tokens > 0
    pieces = list(model(temperature=0).stream_chat(asked))
    assert pieces[-1].message.content == whole.message.content
    assert "".join(piece.delta or "" for piece in pieces) == whole.message.content
    assert model().chat(asked).message.content


@check
def content_in_blocks():
    """Content as blocks of text, which are sent as typed parts."""
    asked = [ChatMessage(role="user", blocks=[TextBlock(text="Name "), TextBlock(text="a colour.")])]
    assert model().chat(asked).message.content


@check
def completions():
    """is_chat_model=False posts to /v1/completions, streamed and not."""
    legacy = model(is_chat_model=False, temperature=0)
    whole = legacy.complete("Once upon a")
    assert whole.text and "".join(piece.delta for piece in legacy.stream_complete("Once upon a")) == whole.text


@check
def async_calls():
    """achat and astream_chat, eight at once."""
    asked = [ChatMessage(role="user", content="Name three colours.")]

    async def together():
        using = model(temperature=0)
        answers = await asyncio.gather(*[using.achat(asked) for _ in range(8)])
        text = ""
        async for piece in await using.astream_chat(asked):
            text += piece.delta or ""
        return {answer.message.content for answer in answers} | {text}

    assert len(asyncio.run(together())) == 1


@check
def logprobs():
    """logprobs and top_logprobs through the model's own parameters."""
    answer = model(logprobs=True, top_logprobs=2).chat([ChatMessage(role="user", content="Say yes.")])
    assert len(answer.raw.choices[0].logprobs.content[0].top_logprobs) == 2


@check
def tools():
    """chat_with_tools sends tools with `strict: false` and tool_choice as a string or an object."""
    using = model(is_function_calling_model=True, max_tokens=100)
    for choice in [{"tool_required": True}, {"tool_choice": "weather"}]:
        answer = using.chat_with_tools([FunctionTool.from_defaults(weather)], user_msg="How is Paris?", **choice)
        calls = using.get_tool_calls_from_response(answer)
        assert calls and calls[0].tool_name == "weather" and calls[0].tool_kwargs["city"] in ("Berlin", "Paris")
    *_, last = using.stream_chat_with_tools(
        [FunctionTool.from_defaults(weather)], user_msg="How is Paris?", tool_required=True)
    assert using.get_tool_calls_from_response(last)[0].tool_name == "weather"


@check
def structured_output():
    """as_structured_llm by tools, and by response_format with should_use_structured_outputs."""
    for options in [{"is_function_calling_model": True}, {"should_use_structured_outputs": True}]:
        using = model(max_tokens=100, **options).as_structured_llm(Person)
        person = using.chat([ChatMessage(role="user", content="Who?")]).raw
        assert isinstance(person, Person), (options, person)


@check
def errors():
    """A request that cannot be answered is an exception, not an empty text."""
    error = raises(Exception, lambda: model(max_tokens=4).chat([ChatMessage(role="user", content="word " * 9000)]))
    assert "context" in str(error)


main(__file__)

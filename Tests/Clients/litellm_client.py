"""LiteLLM's SDK: the openai/ route through the official client, and hosted_vllm/ through its own."""

import asyncio
import json
from typing import Literal

import litellm
from harness import KEY, check, main, raises, server
from pydantic import BaseModel, Field

litellm.telemetry = False
litellm.suppress_debug_info = True
ROUTES = ["openai/default", "hosted_vllm/default"]
TOOLS = [{
    "type": "function",
    "function": {
        "name": "weather", "description": "Looks up the weather of a city.",
        "parameters": {
            "type": "object", "properties": {"city": {"enum": ["Berlin", "Paris"]}}, "required": ["city"],
            "additionalProperties": False},
    },
}]


class Person(BaseModel):
    name: Literal["Ada", "Alan", "Grace"]
    age: int = Field(ge=1, le=99)


def arguments(route, text, **options):
    return {
        "model": route, "messages": [{"role": "user", "content": text}], "api_base": server.url, "api_key": KEY,
        "temperature": 0, "max_tokens": 16, "num_retries": 0, **options}


def ask(route, text="Name three colours.", **options):
    return litellm.completion(**arguments(route, text, **options))


@check
def whole_and_streamed():
    """hosted_vllm/ has an HTTP client of its own with Accept: */*; stream_options in both."""
    for route in ROUTES:
        whole = ask(route)
        assert whole.choices[0].message.content and whole.usage.total_tokens > 0
        chunks = list(ask(route, stream=True, stream_options={"include_usage": True}))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text == whole.choices[0].message.content, route
        rebuilt = litellm.stream_chunk_builder(chunks)
        assert rebuilt.usage.completion_tokens == whole.usage.completion_tokens
        assert rebuilt.choices[0].finish_reason == whole.choices[0].finish_reason


@check
def async_streams():
    """acompletion streamed, eight at once on each route."""
    async def one(route):
        text = ""
        async for chunk in await litellm.acompletion(**arguments(route, "Name three colours.", stream=True)):
            text += chunk.choices[0].delta.content or ""
        return text

    async def together():
        return await asyncio.gather(*[one(route) for route in ROUTES * 8])

    assert len(set(asyncio.run(together()))) == 1


@check
def fields_of_other_servers():
    """top_k, repetition_penalty and min_p go into the body as they are."""
    for route in ROUTES:
        answer = ask(route, top_k=20, repetition_penalty=1.1, min_p=0.05, temperature=0.7, seed=1)
        assert answer.choices[0].message.content


@check
def text_completion():
    """text_completion posts to /v1/completions."""
    answer = litellm.text_completion(
        model="text-completion-openai/default", prompt="Once upon a", api_base=server.url, api_key=KEY, max_tokens=6)
    assert answer.choices[0].text


@check
def errors_are_litellm_s_own_types():
    """The exception is picked by status and by words of the message; ContextWindowExceededError starts fallbacks."""
    for route in ROUTES:
        raises(litellm.BadRequestError, lambda: ask(route, n=0))
        raises(litellm.AuthenticationError, lambda: ask(route, api_key="x"))
        raises(litellm.ContextWindowExceededError, lambda: ask(route, "word " * 9000))
        raises(litellm.NotFoundError, lambda: ask(route.replace("default", "another")))


@check
def tools():
    """tools and tool_choice, whole and streamed, rebuilt from chunks by index."""
    for route in ROUTES:
        options = {"tools": TOOLS, "tool_choice": "required", "max_tokens": 100}
        message = ask(route, "How is Paris?", **options).choices[0].message
        assert json.loads(message.tool_calls[0].function.arguments)["city"] in ("Berlin", "Paris")
        rebuilt = litellm.stream_chunk_builder(list(ask(route, "How is Paris?", stream=True, **options)))
        assert [call.function.arguments for call in rebuilt.choices[0].message.tool_calls] == [
            call.function.arguments for call in message.tool_calls]
        conversation = [
            {"role": "user", "content": "How is Paris?"}, message.model_dump(),
            *({"role": "tool", "tool_call_id": call.id, "content": "sunny"} for call in message.tool_calls)]
        assert ask(route, messages=conversation, tools=TOOLS, tool_choice="none").choices[0].message.content


@check
def structured_output():
    """response_format as a Pydantic model, which LiteLLM turns into a strict schema."""
    for route in ROUTES:
        answer = ask(route, "Who?", response_format=Person, max_tokens=100)
        assert Person.model_validate_json(answer.choices[0].message.content)


main(__file__)

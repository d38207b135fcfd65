"""The official Python client against /v1/responses: create, stream, parse, tools. Its own types judge every answer."""

import asyncio
import typing
from typing import Literal

import openai
from harness import KEY, check, main, raises, server
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter


class Weather(BaseModel):
    """Looks up the weather."""

    city: Literal["Berlin", "Paris", "Rome"]
    unit: Literal["celsius", "fahrenheit"]


QUESTION = [{"role": "user", "content": "What is the weather in Paris tomorrow?"}]
TOOL = {
    "type": "function", "name": "Weather", "description": "Looks up the weather.", "strict": True,
    "parameters": {**Weather.model_json_schema(), "additionalProperties": False},
}
EVENTS = {
    typing.get_args(event.model_fields["type"].annotation)[0]
    for event in typing.get_args(typing.get_args(ResponseStreamEvent)[0])
}


def client():
    return openai.OpenAI(base_url=server.url, api_key=KEY, max_retries=0)


def ask(**options):
    options = {"model": "default", "input": QUESTION, "temperature": 0, "max_output_tokens": 40, **options}
    return client().responses.create(**options)


def judged(response):
    """The response, held against the client's own type, with no conversion allowed."""
    data = response.to_dict()
    Response.model_validate_json(response.to_json())
    for name in ["id", "object", "created_at", "status", "output", "tools", "tool_choice", "text", "usage"]:
        assert name in data, name
    assert isinstance(data["created_at"], int) or data["created_at"].is_integer()
    return response


@check
def create():
    """A text as input; `output_text` joins the parts, `created_at` is whole, the id is the response's."""
    answer = judged(ask(input="Say hello.", instructions="Be brief.", metadata={"a": "b"}))
    assert answer.id.startswith("resp_") and answer.object == "response"
    assert answer.status in ["completed", "incomplete"] and answer.output_text
    assert answer.output[0].type == "message" and answer.output[0].content[0].type == "output_text"
    assert answer.metadata == {"a": "b"} and answer.store is False
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert answer.usage.output_tokens_details.reasoning_tokens == 0


@check
def the_limit():
    """status: incomplete says why."""
    answer = judged(ask(max_output_tokens=2))
    assert answer.status == "incomplete" and answer.incomplete_details.reason == "max_output_tokens"


@check
def events():
    """Raw events: every one of a type that the client knows, numbered from 0, and the last one carries the response."""
    events = list(ask(stream=True))
    adapter = TypeAdapter(ResponseStreamEvent)
    for number, event in enumerate(events):
        assert event.type in EVENTS, event.type
        assert event.sequence_number == number
        adapter.validate_json(event.to_json())
    assert [event.type for event in events[:2]] == ["response.created", "response.in_progress"]
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text and text == events[-1].response.output_text
    assert text == ask().output_text


@check
def stream():
    """The accumulator: it raises where an item is closed but was never opened, and where no response is completed."""
    options = {
        "model": "default", "input": QUESTION, "temperature": 0, "max_output_tokens": 200, "extra_body": {"stop": ["."]}}
    with client().responses.stream(**options) as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(deltas) == final.output_text == ask(**options).output_text
    judged(final)


@check
def parse():
    """text_format: a pydantic model as a strict schema, and back."""
    answer = client().responses.parse(
        model="default", input=QUESTION, text_format=Weather, temperature=0, max_output_tokens=120)
    assert isinstance(answer.output_parsed, Weather)
    with client().responses.stream(
            model="default", input=QUESTION, text_format=Weather, temperature=0, max_output_tokens=120) as stream:
        final = stream.get_final_response()
    assert final.output_parsed == answer.output_parsed


@check
def tools():
    """tool_choice: required; the arguments are a string, the call has both its ids, and its item goes back as it came."""
    answer = judged(ask(tools=[TOOL], tool_choice="required", parallel_tool_calls=False, max_output_tokens=120))
    call = answer.output[-1]
    assert call.type == "function_call" and call.name == "Weather" and call.status == "completed"
    assert call.id.startswith("fc_") and call.call_id.startswith("call_")
    Weather.model_validate_json(call.arguments)
    assert answer.tools[0].name == "Weather" and answer.tools[0].strict is True
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "Sunny, 21 degrees."}
    second = judged(ask(input=QUESTION + [item.to_dict() for item in answer.output] + [output], tools=[TOOL]))
    assert second.usage.input_tokens > answer.usage.input_tokens


@check
def tools_streamed():
    """Arguments as deltas that join to the whole, and every form of a choice that forces the call."""
    forced = {"type": "function", "name": "Weather"}
    allowed = {"type": "allowed_tools", "mode": "required", "tools": [forced]}
    for choice in ["required", forced, allowed]:
        events = list(ask(tools=[TOOL], tool_choice=choice, stream=True, max_output_tokens=120))
        deltas = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
        done = [event for event in events if event.type == "response.function_call_arguments.done"]
        assert deltas and "".join(deltas).startswith(done[0].arguments)
        Weather.model_validate_json(done[0].arguments)
    assert ask(tools=[TOOL], tool_choice="none").output[0].type == "message"


@check
def parsed_tools():
    """pydantic_function_tool, which the client flattens itself, with parsed arguments."""
    answer = client().responses.parse(
        model="default", input=QUESTION, tools=[openai.pydantic_function_tool(Weather)], tool_choice="required",
        temperature=0, max_output_tokens=120)
    assert isinstance(answer.output[-1].parsed_arguments, Weather)


@check
def dropped_tools():
    """Tools that others would run are left out, not refused: agents always send some."""
    raw = client().responses.with_raw_response.create(
        model="default", input="Hi.", tools=[{"type": "web_search"}, TOOL], max_output_tokens=4)
    assert raw.headers["x-michat-ignored"] == "tools[0]"
    assert [tool.name for tool in raw.parse().tools] == ["Weather"]


@check
def refusals():
    """What needs a store is refused by its name, before anything is generated."""
    for name, value in [("previous_response_id", "resp_1"), ("conversation", "conv_1"), ("background", True)]:
        error = raises(openai.BadRequestError, lambda: ask(**{name: value}))
        assert error.param == name, error
    error = raises(openai.BadRequestError, lambda: ask(tool_choice="required"))
    assert error.param == "tool_choice", error
    assert raises(openai.NotFoundError, lambda: ask(model="moon")).code == "model_not_found"


@check
def concurrent():
    """The asynchronous client, eight at once, each with its own response."""
    async def all_of_them():
        async with openai.AsyncOpenAI(base_url=server.url, api_key=KEY, max_retries=0) as many:
            return await asyncio.gather(*[
                many.responses.create(model="default", input=f"Count to {n}.", max_output_tokens=8) for n in range(8)])

    answers = asyncio.run(all_of_them())
    assert len({answer.id for answer in answers}) == 8 and all(answer.output_text for answer in answers)


main(__file__)

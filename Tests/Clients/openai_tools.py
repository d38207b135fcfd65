"""The official Python client calls tools. The model is too small to call any on its own, so the server's grammar must."""

import asyncio
import json
from typing import Literal

import openai
from harness import KEY, check, main, raises, server
from pydantic import BaseModel, Field


class Weather(BaseModel):
    """Looks up the weather."""

    city: Literal["Berlin", "Paris", "Rome"]
    unit: Literal["celsius", "fahrenheit"]
    days: int = Field(ge=1, le=7)


class Clock(BaseModel):
    """Tells the time."""

    zone: Literal["UTC", "CET"]


weather, clock = (openai.pydantic_function_tool(model) for model in [Weather, Clock])
loose = {"type": "function", "function": {"name": "ping"}}
QUESTION = [{"role": "user", "content": "What is the weather in Paris tomorrow?"}]


def client():
    return openai.OpenAI(base_url=server.url, api_key=KEY, max_retries=0)


def ask(tools, tool_choice=openai.NOT_GIVEN, **options):
    options = {"model": "default", "messages": QUESTION, "temperature": 0, "max_tokens": 120, **options}
    return client().chat.completions.create(tools=tools, tool_choice=tool_choice, **options)


def named(name):
    return {"type": "function", "function": {"name": name}}


def valid(call):
    """Whether a call's arguments are what its function takes."""
    assert call.id.startswith("call_") and call.type == "function"
    model = {"Weather": Weather, "Clock": Clock}[call.function.name]
    return model.model_validate_json(call.function.arguments)


@check
def required_calls_a_tool():
    """tool_choice: required, a string; content must be null or a text, the arguments a string of JSON, never an object."""
    answer = ask([weather, clock], "required", parallel_tool_calls=False)
    choice = answer.choices[0]
    assert choice.finish_reason == "tool_calls", choice
    assert choice.message.tool_calls and all(valid(call) for call in choice.message.tool_calls)
    assert len({call.id for call in choice.message.tool_calls}) == len(choice.message.tool_calls)
    usage = answer.usage
    assert usage.prompt_tokens > 0 and usage.completion_tokens > 0
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


@check
def a_named_function_is_called_once():
    """tool_choice: {type: function, function: {name}}, an object where llama-server reads strings only."""
    choice = ask([weather, clock], named("Clock")).choices[0]
    assert [call.function.name for call in choice.message.tool_calls] == ["Clock"]
    assert valid(choice.message.tool_calls[0]) and choice.finish_reason == "stop", "as OpenAI ends it"


@check
def allowed_tools_bound_the_choice():
    """tool_choice: {type: allowed_tools, …}, the newest form."""
    choice = ask([weather, clock], {
        "type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [named("Clock")]}}).choices[0]
    assert {call.function.name for call in choice.message.tool_calls} == {"Clock"}


@check
def none_calls_nothing():
    """tool_choice: none with tools present: a text, and no tool_calls at all."""
    choice = ask([weather], "none", max_tokens=12).choices[0]
    assert choice.message.content and not choice.message.tool_calls and choice.finish_reason in ("stop", "length")


@check
def auto_is_a_text_or_a_valid_call():
    """No tool_choice: whichever the model takes, finish_reason says it."""
    choice = ask([weather, clock], max_tokens=40).choices[0]
    if choice.finish_reason == "tool_calls":
        assert all(valid(call) for call in choice.message.tool_calls)
    else:
        assert choice.message.content is not None


@check
def several_calls_at_once():
    """Calls side by side, as they are by default; a small model may go on until its limit, in the middle of a call."""
    choice = ask([weather, clock], "required", temperature=1, seed=1, max_tokens=200).choices[0]
    calls = choice.message.tool_calls
    assert choice.finish_reason in ("tool_calls", "length")
    assert all(valid(call) for call in (calls[:-1] if choice.finish_reason == "length" else calls))
    assert len({call.id for call in calls}) == len(calls)


@check
def one_call_where_only_one_is_wanted():
    """parallel_tool_calls: false with required."""
    for seed in range(3):
        choice = ask([weather, clock], "required", parallel_tool_calls=False, temperature=1.5, seed=seed).choices[0]
        assert len(choice.message.tool_calls) == 1 and valid(choice.message.tool_calls[0])


def gathered(stream):
    """The calls of a stream, with what each fragment may and may not have; and the content and the finish."""
    calls, content, finish = [], "", None
    for chunk in stream:
        for choice in chunk.choices:
            content += choice.delta.content or ""
            finish = choice.finish_reason or finish
            for fragment in choice.delta.tool_calls or []:
                if fragment.index == len(calls):
                    assert fragment.id and fragment.type == "function" and fragment.function.name
                    calls.append({"id": fragment.id, "name": fragment.function.name, "arguments": "", "fragments": 0})
                else:
                    assert fragment.index == len(calls) - 1, "fragments of a call come together"
                    assert fragment.id is None and fragment.type is None and fragment.function.name is None
                calls[-1]["arguments"] += fragment.function.arguments or ""
                calls[-1]["fragments"] += 1
    return calls, content, finish


@check
def calls_stream_in_fragments():
    """Streamed: the client merges by `index`; id, type and name come once, arguments as they are written."""
    for choice in ["required", named("Weather")]:
        whole = ask([weather, clock], choice).choices[0]
        calls, content, finish = gathered(ask([weather, clock], choice, stream=True))
        assert [(call["name"], call["arguments"]) for call in calls] == [
            (call.function.name, call.function.arguments) for call in whole.message.tool_calls]
        assert finish == whole.finish_reason and content == (whole.message.content or "")
        assert all(call["fragments"] > 1 for call in calls), "not all at once"


@check
def the_streaming_helper_parses_arguments():
    """`chat.completions.stream` with Pydantic tools: strict schemas, and a parsed object at the end of each call."""
    with client().chat.completions.stream(
        model="default", messages=QUESTION, tools=[weather, clock], tool_choice="required", temperature=0, max_tokens=120,
        parallel_tool_calls=False,
    ) as stream:
        events = list(stream)
        final = stream.get_final_completion()
    done = [event for event in events if event.type == "tool_calls.function.arguments.done"]
    assert done and all(isinstance(event.parsed_arguments, (Weather, Clock)) for event in done)
    assert [event.type for event in events].count("tool_calls.function.arguments.delta") >= len(done)
    assert [call.function.parsed_arguments for call in final.choices[0].message.tool_calls] == [
        event.parsed_arguments for event in done]


@check
def parse_returns_objects():
    """`chat.completions.parse` with strict tools; additionalProperties: false, every property required."""
    answer = client().chat.completions.parse(
        model="default", messages=QUESTION, tools=[weather], tool_choice="required", temperature=1.2, seed=4,
        max_tokens=200, parallel_tool_calls=False)
    calls = answer.choices[0].message.tool_calls
    assert calls and all(isinstance(call.function.parsed_arguments, Weather) for call in calls)


@check
def a_whole_round_of_calls():
    """The assistant's message comes back as model_dump() gives it, content null, followed by a result for each id."""
    first = ask([weather, clock], "required", temperature=1, seed=1, max_tokens=200).choices[0].message
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": json.dumps({"answer": "sunny"})}
        for call in first.tool_calls]
    for message in [first.model_dump(), first.model_dump(exclude_none=True), first]:
        answer = ask([weather, clock], "none", messages=[*QUESTION, message, *reversed(results)], max_tokens=12)
        assert answer.choices[0].message.content
    error = raises(openai.BadRequestError, lambda: ask(
        [weather], messages=[*QUESTION, first, *results, {**results[0], "tool_call_id": "call_of_nobody"}]))
    assert error.param.startswith("messages") and "call_of_nobody" in error.body["message"]


@check
def several_choices_with_calls_and_logprobs():
    """n = 2 with logprobs and tools, streamed as well: calls of both choices interleave, each by its index."""
    answer = ask(
        [weather], "required", n=2, temperature=1, seed=2, parallel_tool_calls=False, logprobs=True, top_logprobs=2)
    for choice in answer.choices:
        assert all(valid(call) for call in choice.message.tool_calls) and choice.logprobs.content
    texts = {}
    for chunk in ask([weather], "required", n=2, temperature=1, seed=2, parallel_tool_calls=False, stream=True):
        for choice in chunk.choices:
            for fragment in choice.delta.tool_calls or []:
                key = choice.index, fragment.index
                texts[key] = texts.get(key, "") + (fragment.function.arguments or "")
    assert texts == {
        (choice.index, place): call.function.arguments
        for choice in answer.choices for place, call in enumerate(choice.message.tool_calls)}


@check
def a_call_that_is_cut_off():
    """max_tokens inside a call: finish_reason is length, or the client parses half an object."""
    choice = ask([weather], named("Weather"), max_tokens=4).choices[0]
    assert choice.finish_reason == "length"


@check
def tools_without_parameters():
    """A function without `parameters` and without `strict`; its arguments are an object all the same."""
    choice = ask([loose], named("ping")).choices[0]
    assert isinstance(json.loads(choice.message.tool_calls[0].function.arguments), dict)


@check
def wrong_choices_are_errors():
    """A choice that cannot be kept is a 400 that names its field; taken for auto, it is a bug nobody finds."""
    for tools, choice in [
        ([weather], named("Nothing")), ([weather], "always"), ([weather], {"type": "function"}),
        (openai.NOT_GIVEN, "required"),
    ]:
        error = raises(openai.BadRequestError, lambda: ask(tools, choice))
        assert error.param.startswith("tool_choice"), error
    assert ask([], max_tokens=2).choices[0].message.content, "an empty list is no list"
    assert raises(openai.BadRequestError, lambda: ask([{"type": "function"}])).param.startswith("tools")


@check
def many_calls_at_once():
    """Sixteen requests at once with different choices: each gets its own function, valid, and the same as alone."""
    async def together():
        async with openai.AsyncOpenAI(base_url=server.url, api_key=KEY, max_retries=0) as using:
            answers = await asyncio.gather(*[
                using.chat.completions.create(
                    model="default", messages=[{"role": "user", "content": f"Question {n // 2}"}], temperature=0,
                    tools=[weather, clock], tool_choice=named(["Weather", "Clock"][n % 2]), max_tokens=120)
                for n in range(16)])
            return [answer.choices[0].message.tool_calls[0].function for answer in answers]

    functions = asyncio.run(together())
    assert [function.name for function in functions] == ["Weather", "Clock"] * 8
    alone = ask(
        [weather, clock], named("Weather"), messages=[{"role": "user", "content": "Question 3"}])
    assert functions[6].arguments == alone.choices[0].message.tool_calls[0].function.arguments


main(__file__)

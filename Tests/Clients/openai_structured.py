"""The official Python client asks for answers of a form: `parse` with Pydantic models, JSON, and vLLM's spellings."""

import asyncio
import enum
import json
import re
from typing import List, Literal, Optional, Union

import openai
from harness import KEY, check, main, raises, server
from pydantic import BaseModel, Field


class Colour(str, enum.Enum):
    red = "red"
    green = "green"


class Point(BaseModel):
    x: int = Field(ge=-10, le=10)
    y: int = Field(ge=-10, le=10)


class Drawing(BaseModel):
    title: str = Field(max_length=12)
    colour: Colour
    points: List[Point] = Field(min_length=1, max_length=3)
    note: Optional[Literal["big", "small"]]
    shape: Union[Literal["circle"], Point]
    isFilled: bool


class Chain(BaseModel):
    value: Literal[1, 2]
    rest: Optional["Chain"]


MESSAGES = [{"role": "user", "content": "Describe a drawing as JSON."}]


def client():
    return openai.OpenAI(base_url=server.url, api_key=KEY, max_retries=0)


def options(**more):
    return {"model": "default", "messages": MESSAGES, "temperature": 0, "max_tokens": 300, **more}


def schema(content, **more):
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": content, **more}}


def object_of(**properties):
    return {
        "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


@check
def parse_returns_an_object():
    """`parse`: response_format {type: json_schema, json_schema: {schema, name, strict: true}} with $defs, $ref and anyOf."""
    for seed in range(3):
        answer = client().chat.completions.parse(
            response_format=Drawing, **options(temperature=1.0, seed=seed))
        drawing = answer.choices[0].message.parsed
        assert isinstance(drawing, Drawing) and answer.choices[0].finish_reason == "stop"
        keys = list(json.loads(answer.choices[0].message.content))
        assert keys == list(Drawing.model_fields), "in the schema's order"


@check
def schemas_may_be_recursive():
    """A Pydantic model that holds itself, sent as a $ref to the definition of the root."""
    for seed in range(20):
        try:
            answer = client().chat.completions.parse(
                response_format=Chain, **options(temperature=1.8, top_p=1, extra_body={"min_p": 0}, seed=seed, max_tokens=80))
        except openai.LengthFinishReasonError:
            continue  # The model went on; another seed will not.
        assert isinstance(answer.choices[0].message.parsed, Chain)
        return
    raise AssertionError("no seed ended")


@check
def the_async_parse_and_the_streaming_helper():
    """`stream` with response_format parses the content as it grows, and must end with the same object as `parse`."""
    async def both():
        async with openai.AsyncOpenAI(base_url=server.url, api_key=KEY, max_retries=0) as using:
            whole = await using.chat.completions.parse(response_format=Drawing, **options())
            async with using.chat.completions.stream(response_format=Drawing, **options()) as stream:
                deltas = [event.parsed async for event in stream if event.type == "content.delta"]
                final = await stream.get_final_completion()
            return whole.choices[0].message.parsed, final.choices[0].message.parsed, deltas

    whole, streamed, deltas = asyncio.run(both())
    assert isinstance(whole, Drawing) and whole == streamed and len(deltas) > 3


@check
def json_without_a_schema():
    """response_format {type: json_object}: an object, however the model would have begun."""
    answer = client().chat.completions.create(response_format={"type": "json_object"}, **options(max_tokens=400))
    if answer.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(answer.choices[0].message.content), dict)
    else:
        assert answer.choices[0].message.content.lstrip().startswith("{")
    text = client().chat.completions.create(response_format={"type": "text"}, **options(max_tokens=8))
    assert text.choices[0].message.content


@check
def schemas_without_strict():
    """json_schema without `strict` and without `required`, as instructor and LangChain send it."""
    for strict in [{}, {"strict": False}, {"strict": None}, {"strict": True}]:
        asked = schema(object_of(ok={"type": "boolean"}, size={"enum": [1, 2, "many"]}), **strict)
        answer = client().chat.completions.create(response_format=asked, **options())
        value = json.loads(answer.choices[0].message.content)
        assert value.keys() <= {"ok", "size"}, value


@check
def formats_and_patterns():
    """pattern, format: date and uuid, const, minLength, multipleOf: what people write into schemas."""
    asked = schema(object_of(
        code={"type": "string", "pattern": "^[A-Z]{3}-[0-9]{2}$"}, day={"type": "string", "format": "date"},
        id={"type": "string", "format": "uuid"}, kind={"const": "fixed"},
        count={"type": "integer", "minimum": 0, "maximum": 99}), strict=True)
    for seed in range(3):
        answer = client().chat.completions.create(response_format=asked, **options(temperature=1.5, seed=seed))
        value = json.loads(answer.choices[0].message.content)
        assert re.fullmatch("[A-Z]{3}-[0-9]{2}", value["code"]) and re.fullmatch(r"\d{4}-\d\d-\d\d", value["day"])
        assert re.fullmatch("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value["id"])
        assert value["kind"] == "fixed" and 0 <= value["count"] <= 99


@check
def what_cannot_be_kept_is_an_error():
    """A keyword that the server does not know, or a type that it has not, is a 400 and never ignored."""
    for asked in [
        schema({"type": "object", "unevaluatedItems": False, "contains": {"type": "string"}}, strict=True),
        schema({"$ref": "https://example.com/schema"}, strict=True), schema({"type": "nonsense"}, strict=True),
        {"type": "json_schema"}, {"type": "xml"},
    ]:
        error = raises(openai.BadRequestError, lambda: client().chat.completions.create(
            response_format=asked, **options()))
        assert error.param.startswith("response_format"), error


@check
def choices_patterns_and_grammars():
    """extra_body with vLLM's guided_* and structured_outputs, and llama.cpp's grammar."""
    def ask(**body):
        answer = client().chat.completions.create(extra_body=body, **options(max_tokens=40))
        assert answer.choices[0].finish_reason == "stop", answer
        return answer.choices[0].message.content

    for choice in [{"guided_choice": ["yes", "no"]}, {"structured_outputs": {"choice": ["yes", "no"]}}]:
        assert ask(**choice) in ("yes", "no")
    for pattern in [{"guided_regex": "[a-c]{4}"}, {"structured_outputs": {"regex": "[a-c]{4}"}}]:
        assert re.fullmatch("[a-c]{4}", ask(**pattern))
    for grammar in [
        {"grammar": 'root ::= "a" [0-9] "z"'}, {"guided_grammar": 'root ::= "a" [0-9] "z"'},
        {"structured_outputs": {"grammar": 'root ::= "a" [0-9] "z"'}},
    ]:
        assert re.fullmatch("a[0-9]z", ask(**grammar))
    for form in [{"guided_json": object_of(ok={"type": "boolean"})},
                 {"structured_outputs": {"json": object_of(ok={"type": "boolean"})}}]:
        assert isinstance(json.loads(ask(**form))["ok"], bool)


@check
def several_choices_with_logprobs():
    """n = 3 with logprobs and a schema: every choice is valid, and the entries join to its text."""
    answer = client().chat.completions.create(
        response_format=schema(object_of(answer={"enum": ["yes", "no", "maybe"]}), strict=True), n=3, logprobs=True,
        top_logprobs=2, **options(temperature=1.2, seed=9))
    for choice in answer.choices:
        assert json.loads(choice.message.content)["answer"] in ("yes", "no", "maybe")
        assert bytes(sum((entry.bytes for entry in choice.logprobs.content), [])).decode() == choice.message.content


@check
def many_schemas_at_once():
    """Sixteen schemas at once: each answer keeps its own, and is the same as alone."""
    def asked(number):
        return {"response_format": schema(object_of(**{f"key{number}": {"const": number}}), strict=True), **options()}

    async def together():
        async with openai.AsyncOpenAI(base_url=server.url, api_key=KEY, max_retries=0) as using:
            answers = await asyncio.gather(*[using.chat.completions.create(**asked(number)) for number in range(16)])
            return [answer.choices[0].message.content for answer in answers]

    contents = asyncio.run(together())
    assert [json.loads(content) for content in contents] == [{f"key{number}": number} for number in range(16)]
    assert client().chat.completions.create(**asked(5)).choices[0].message.content == contents[5]


main(__file__)

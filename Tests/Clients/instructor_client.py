"""instructor: objects by tools, by JSON in the prompt, and by JSON Schema; lists and partial objects streamed."""

import asyncio
from typing import List, Literal

import instructor
import openai
from harness import KEY, check, main, server
from pydantic import BaseModel, Field


class Person(BaseModel):
    name: Literal["Ada", "Alan", "Grace"]
    age: int = Field(ge=1, le=99)


class Team(BaseModel):
    title: Literal["north", "south"]
    people: List[Person] = Field(min_length=1, max_length=2)


MESSAGES = [{"role": "user", "content": "Name a person and an age."}]


def client(mode):
    return instructor.from_openai(openai.OpenAI(base_url=server.url, api_key=KEY, max_retries=0), mode=mode)


def ask(mode, wanted, **options):
    options = {"temperature": 0, "max_tokens": 200, "max_retries": 0, **options}
    return client(mode).create(model="default", messages=MESSAGES, response_model=wanted, **options)


@check
def tools():
    """tools with a forced tool_choice {type: function, …}; finish_reason is stop, and a call is expected all the same."""
    assert isinstance(ask(instructor.Mode.TOOLS, Person), Person)
    assert isinstance(ask(instructor.Mode.TOOLS, Team, temperature=1, seed=3), Team)


@check
def strict_tools():
    """Mode.TOOLS_STRICT: strict: true in the function."""
    assert isinstance(ask(instructor.Mode.TOOLS_STRICT, Team), Team)


@check
def json_schema():
    """Mode.JSON_SCHEMA: response_format json_schema without `strict`."""
    assert isinstance(ask(instructor.Mode.JSON_SCHEMA, Team), Team)


@check
def json_in_the_prompt():
    """Mode.JSON: json_object, and the schema as a system message; what comes is JSON, right or wrong."""
    answer = client(instructor.Mode.JSON).create_with_completion
    try:
        person, _ = answer(
            model="default", messages=MESSAGES, response_model=Person, temperature=0, max_tokens=300, max_retries=0)
        assert isinstance(person, Person)
    except Exception as error:
        assert "Person" in str(error) or "max_tokens" in str(error) or "incomplete" in str(error), error


@check
def partial_objects_stream():
    """create_partial: the arguments of a streamed call are parsed while they grow."""
    people = list(client(instructor.Mode.TOOLS).create_partial(
        model="default", messages=MESSAGES, response_model=Person, temperature=0, max_tokens=200))
    assert len(people) > 1 and Person.model_validate(people[-1].model_dump())


@check
def lists_stream():
    """create_iterable: a list of objects out of one streamed call."""
    people = list(client(instructor.Mode.TOOLS).create_iterable(
        model="default", messages=MESSAGES, response_model=Team, temperature=0, max_tokens=300))
    assert all(isinstance(person, Team) for person in people)


@check
def async_objects():
    """The async client, eight at once."""
    async def together():
        using = instructor.from_openai(
            openai.AsyncOpenAI(base_url=server.url, api_key=KEY, max_retries=0), mode=instructor.Mode.TOOLS)
        return await asyncio.gather(*[
            using.create(
                model="default", messages=MESSAGES, response_model=Person, temperature=1, seed=seed, max_tokens=200)
            for seed in range(8)])

    assert all(isinstance(person, Person) for person in asyncio.run(together()))


main(__file__)

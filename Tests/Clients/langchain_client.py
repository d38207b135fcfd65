"""LangChain's ChatOpenAI: messages, streams, batches, bind_tools, with_structured_output in each of its methods."""

import asyncio
from typing import Literal

import openai
from harness import KEY, check, main, raises, server
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI
from pydantic import BaseModel, Field


def model(**options):
    options = {"temperature": 0, "max_tokens": 16, "max_retries": 0, **options}
    return ChatOpenAI(model="default", base_url=server.url, api_key=KEY, **options)


class Person(BaseModel):
    """A person."""

    name: Literal["Ada", "Alan", "Grace"]
    age: int = Field(ge=1, le=99)


@tool
def weather(city: Literal["Berlin", "Paris"]) -> str:
    """Looks up the weather of a city."""
    return f"sunny in {city}"


@check
def invoke():
    """`stream: false` written out, max_completion_tokens for max_tokens, and token counts read from usage."""
    answer = model().invoke([SystemMessage("Be short."), HumanMessage("What is the capital of Germany?")])
    assert answer.content and isinstance(answer, AIMessage)
    assert answer.usage_metadata["total_tokens"] == sum(
        answer.usage_metadata[key] for key in ["input_tokens", "output_tokens"])
    assert answer.response_metadata["finish_reason"] in ("stop", "length")
    assert answer.response_metadata["system_fingerprint"] and answer.id


@check
def stream():
    """stream with stream_options.include_usage; the usage chunk's empty choices end in the sum of all chunks."""
    whole = model().invoke("Name three colours.")
    chunks = list(model(stream_usage=True).stream("Name three colours."))
    total = chunks[0]
    for chunk in chunks[1:]:
        total += chunk
    assert total.content == whole.content and len(chunks) > 3
    assert total.usage_metadata["output_tokens"] == whole.usage_metadata["output_tokens"]


@check
def batch_and_async():
    """Sixteen at once by threads, and again by asyncio."""
    questions = [f"Number {number}?" for number in range(16)]
    alone = [model().invoke(question).content for question in questions]
    assert [answer.content for answer in model().batch(questions)] == alone

    async def together():
        return await asyncio.gather(*[model().ainvoke(question) for question in questions])

    assert [answer.content for answer in asyncio.run(together())] == alone


@check
def a_chain():
    """A prompt template, the model, a parser; system, user and assistant turns."""
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Answer in one word."), ("user", "2 + 2?"), ("assistant", "4"), ("user", "{question}")])
    assert (prompt | model() | StrOutputParser()).invoke({"question": "3 + 3?"})


@check
def logprobs_and_seed():
    """logprobs and top_logprobs as parameters of the model."""
    answer = model(logprobs=True, top_logprobs=2, seed=1).invoke("Say yes.")
    assert all(len(entry["top_logprobs"]) == 2 for entry in answer.response_metadata["logprobs"]["content"])


@check
def the_legacy_model():
    """langchain_openai.OpenAI posts to /v1/completions with best_of, n and a list of prompts."""
    legacy = OpenAI(model="default", base_url=server.url, api_key=KEY, temperature=0, max_tokens=6, max_retries=0)
    answers = legacy.generate(["Once upon a", "The end of"])
    assert [len(generations) for generations in answers.generations] == [1, 1]
    assert "".join(legacy.stream("Once upon a")) == answers.generations[0][0].text


@check
def errors():
    """Errors come as the OpenAI client's, and context_length_exceeded is told by its code."""
    assert raises(openai.BadRequestError, lambda: model(temperature=1.0, top_p=7).invoke("hi")).param == "top_p"
    assert raises(openai.BadRequestError, lambda: model().invoke("word " * 9000)).code == "context_length_exceeded"


@check
def structured_output_streams():
    """with_structured_output streamed: the object grows, and the last is whole."""
    people = list(model(max_tokens=100).with_structured_output(
        Person.model_json_schema(), method="json_schema", strict=True).stream("Who?"))
    assert Person.model_validate(people[-1])


main(__file__)

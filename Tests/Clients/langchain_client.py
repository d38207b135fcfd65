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
def bind_tools():
    """bind_tools sends tools without `strict`; tool_choice "any" becomes required, a name becomes an object."""
    for choice in ["any", "weather", True]:
        answer = model(max_tokens=100).bind_tools([weather], tool_choice=choice).invoke("How is Paris?")
        assert answer.tool_calls and not answer.invalid_tool_calls, answer
        call = answer.tool_calls[0]
        assert call["name"] == "weather" and call["args"]["city"] in ("Berlin", "Paris") and call["id"]
    result = weather.invoke(call)
    assert isinstance(result, ToolMessage)
    after = model().bind_tools([weather], tool_choice="none").invoke([HumanMessage("How is Paris?"), answer, result])
    assert isinstance(after, AIMessage) and after.content and not after.tool_calls


@check
def tool_calls_stream():
    """tool_call_chunks are merged by index, with id and name only in the first."""
    bound = model(max_tokens=100).bind_tools([weather], tool_choice="any")
    total = None
    for chunk in bound.stream("How is Paris?"):
        total = chunk if total is None else total + chunk
    assert [(call["name"], call["args"]) for call in total.tool_calls] == [
        (call["name"], call["args"]) for call in bound.invoke("How is Paris?").tool_calls]
    assert total.tool_calls and not total.invalid_tool_calls


@check
def structured_output_in_each_method():
    """function_calling forces a tool, json_mode sends json_object, json_schema goes through `parse`."""
    for method, more in [("function_calling", {}), ("json_schema", {}), ("json_schema", {"strict": True})]:
        person = model(max_tokens=100).with_structured_output(Person, method=method, **more).invoke("Who?")
        assert isinstance(person, Person), (method, person)
    asked = model(max_tokens=200).with_structured_output(Person, method="json_mode", include_raw=True)
    try:
        content = asked.invoke("Name a person, as JSON.")["raw"].content
    except openai.LengthFinishReasonError as error:
        content = error.completion.choices[0].message.content
    assert content.lstrip().startswith("{")


@check
def structured_output_streams():
    """with_structured_output streamed: the object grows, and the last is whole."""
    people = list(model(max_tokens=100).with_structured_output(
        Person.model_json_schema(), method="json_schema", strict=True).stream("Who?"))
    assert Person.model_validate(people[-1])


main(__file__)

"""`@traced` and `span`: steps of a trace, for every kind of function, in both lifecycles (R-CAP-3)."""

import asyncio
import contextvars
import functools
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI

from app.observability import span, traced
from tests.conftest import Start
from tests.inbox import Inbox
from tests.recorded import LIFECYCLES, recorded

pytestmark = pytest.mark.anyio

Flush = Callable[[], None]


@pytest.fixture(params=LIFECYCLES)
def app(start: Start, request: pytest.FixtureRequest) -> FastAPI:
    """The service with every request traced, in each lifecycle."""
    return start(sentry_traces_sample_rate=1.0, sentry_trace_lifecycle=request.param)


class Work:
    """One of each kind of function."""

    @traced
    def method(self, number: int) -> int:
        return number

    @traced(op="work", name="work.coroutine")
    async def coroutine(self, number: int) -> int:
        with span("inner", "inner step") as step:
            step.set_data("count", number)
            return number

    @traced
    def generator(self) -> Iterator[int]:
        yield 1
        yield 2

    @traced
    async def async_generator(self) -> AsyncIterator[int]:
        yield 1
        yield 2

    @staticmethod
    @traced
    def static(number: int) -> int:
        return number


async def _work() -> list[int]:
    async def plain(number: int) -> int:
        return number

    work = Work()
    partial = traced(functools.partial(plain, 5))
    return [
        work.method(1),
        await work.coroutine(2),
        *work.generator(),
        *[item async for item in work.async_generator()],
        Work.static(4),
        await partial(),
    ]


async def test_traced_times_every_kind_of_function(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    app.get("/work")(_work)
    assert (await client.get("/work")).json() == [1, 2, 1, 2, 1, 2, 4, 5]
    flush()
    [trace] = recorded(inbox)
    prefix = f"{__name__}.Work."
    assert sorted(step.name for step in trace.steps) == sorted(
        [
            f"{prefix}method",
            "inner step",
            "work.coroutine",
            f"{prefix}generator",
            f"{prefix}async_generator",
            f"{prefix}static",
            f"{__name__}._work.<locals>.plain",
        ]
    )
    by_name = {step.name: step for step in trace.steps}
    assert by_name["inner step"].parent_id == by_name["work.coroutine"].span_id
    assert by_name["work.coroutine"].parent_id == trace.span_id
    assert by_name["inner step"].facts["count"] == 2


async def test_outside_of_a_request_traced_makes_a_trace(app: FastAPI, inbox: Inbox, flush: Flush) -> None:
    # In a context of its own: the tests' HTTP client leaves spans behind in this one.
    for number in range(2):
        await asyncio.create_task(Work().coroutine(number), context=contextvars.Context())
    flush()
    first, second = recorded(inbox, least=2)
    assert (first.name, first.source, first.op) == ("work.coroutine", "task", "work")
    assert [step.name for step in first.steps] == ["inner step"]
    assert first.trace_id != second.trace_id


async def test_traced_leaves_errors_to_whoever_catches_them(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    @traced
    async def fails() -> None:
        raise RuntimeError("inside a span")

    @app.get("/caught")
    async def caught() -> str:
        try:
            await fails()
        except RuntimeError:
            return "caught"
        return "not raised"

    app.get("/uncaught")(fails)
    assert (await client.get("/caught")).json() == "caught"
    flush()
    assert inbox.events == []
    await client.get("/uncaught")
    flush()
    assert len(inbox.events) == 1
    assert all(step.failed for trace in recorded(inbox, least=2) for step in trace.steps)


def test_without_sentry_traced_only_calls(start: Start, inbox: Inbox) -> None:
    start(sentry_enabled=False)
    assert Work().method(3) == 3
    assert list(Work().generator()) == [1, 2]
    assert inbox.requests == 0

"""Traces: who decides about sampling, what is recorded, what other services are told (R-CAP-3, R-FLT-2)."""

import asyncio
import contextvars
import functools
import json
from collections.abc import AsyncIterator, Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pytest
import sentry_sdk
from fastapi import FastAPI

from app.observability import span, traced, tracing
from app.observability.tracing import carrier
from tests.conftest import Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

Flush = Callable[[], None]

TRACE, PARENT = "0123456789abcdef0123456789abcdef", "0123456789abcdef"


@pytest.fixture
def app(start: Start) -> FastAPI:
    """The service with every request traced."""
    return start(sentry_traces_sample_rate=1.0)


class Peer:
    """Another service; remembers the headers it was called with."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                peer.headers.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def peer() -> Iterator[Peer]:
    running = Peer()
    yield running
    running.server.shutdown()
    running.server.server_close()


def calling(app: FastAPI, peer: Peer) -> FastAPI:
    @app.get("/call/{name}")
    async def endpoint(name: str) -> None:
        async with httpx.AsyncClient() as client:
            await client.get(peer.url, params={"password": "hunter2"})

    return app


@pytest.mark.parametrize(
    ("incoming", "rate", "sampled"),
    [
        (None, 1.0, True),
        (None, 0.0, False),
        (f"{TRACE}-{PARENT}-1", 0.000001, True),
        (f"{TRACE}-{PARENT}-0", 1.0, False),
        (f"{TRACE}-{PARENT}", 1.0, True),
        (f"{TRACE}-{PARENT}", 0.000001, False),
        ("not a trace header", 1.0, True),
    ],
)
async def test_who_decides_whether_a_request_is_traced(
    start: Start,
    client_for: Client,
    inbox: Inbox,
    flush: Flush,
    peer: Peer,
    incoming: str | None,
    rate: float,
    sampled: bool,
) -> None:
    app = calling(start(sentry_traces_sample_rate=rate, sentry_trace_propagation_targets="127.0.0.1"), peer)
    headers = {"sentry-trace": incoming} if incoming else {}
    async with client_for(app) as client:
        await client.get("/call/ada-lovelace", headers=headers)
        await client.post("/diagnostics/unhandled", headers=headers)
    flush()
    assert bool(inbox.transactions) is sampled
    assert peer.headers[0]["sentry-trace"].endswith("-1" if sampled else "-0")
    if incoming and incoming.startswith(TRACE):
        assert peer.headers[0]["sentry-trace"].startswith(TRACE)
        assert inbox.events[0]["contexts"]["trace"]["trace_id"] == TRACE
        assert inbox.events[0]["contexts"]["trace"]["parent_span_id"] == PARENT
    assert "ada" not in json.dumps(peer.headers[0].get("baggage", ""))


async def test_the_real_rate_is_told_and_requests_are_drawn_by_it(
    start: Start, client_for: Client, inbox: Inbox, flush: Flush
) -> None:
    app = start(sentry_traces_sample_rate=0.5)
    async with client_for(app) as client:
        for _ in range(60):
            await client.get("/orders/quote?item=pencil")
    flush()
    assert 5 < len(inbox.transactions) < 55  # more than 6 standard deviations
    rates = {
        envelope.headers["trace"]["sample_rate"]
        for envelope in inbox.envelopes
        if "trace" in envelope.headers
    }
    assert rates == {"0.5"}


async def test_a_request_is_a_transaction_with_the_routes_name(
    start: Start, client_for: Client, inbox: Inbox, flush: Flush, peer: Peer
) -> None:
    app = calling(start(sentry_traces_sample_rate=1.0), peer)
    async with client_for(app) as client:
        await client.get("/call/ada-lovelace?born=1815")
    flush()
    [transaction] = inbox.transactions
    assert transaction["transaction"] == "/call/{name}"
    assert transaction["transaction_info"] == {"source": "route"}
    assert transaction["contexts"]["trace"]["op"] == "http.server"
    assert transaction["contexts"]["trace"]["status"] == "ok"
    assert transaction["tags"]["component"] == "api"
    assert [item["op"] for item in transaction["spans"]] == ["http.client"]
    assert "sentry-trace" not in peer.headers[0]  # not one of our own services
    assert b"lovelace" not in inbox.raw


async def test_requests_are_counted_for_release_health(  # R-INIT-8
    client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    await client.get("/orders/quote?item=pencil")
    await client.post("/diagnostics/captured-message")
    await client.post("/diagnostics/unhandled")
    flush()
    sessions = [item.json for item in inbox.items("sessions")]
    totals = {
        name: sum(group.get(name, 0) for session in sessions for group in session["aggregates"])
        for name in ("exited", "errored", "crashed")
    }
    assert totals == {"exited": 1, "errored": 1, "crashed": 1}
    assert sessions[0]["attrs"]["release"].endswith("@0.1.0")


@pytest.mark.parametrize("rate", [1.0, 0.0])
async def test_a_job_carries_the_trace_of_the_request_that_queued_it(
    start: Start, client_for: Client, inbox: Inbox, flush: Flush, rate: float
) -> None:
    app = start(sentry_traces_sample_rate=rate)
    queued: list[dict[str, str]] = []

    @app.get("/queue/{name}")
    async def endpoint(name: str) -> None:
        with span("queue.publish", "queue a job"):
            queued.append(carrier())

    def work() -> None:
        with (
            sentry_sdk.isolation_scope(),
            tracing.begin(queued[0], name="job", op="queue.task", rate=1.0, source="task", origin="manual"),
        ):
            queued.append(carrier())

    async with client_for(app) as client:
        await client.get("/queue/ada-lovelace")
    contextvars.Context().run(work)
    flush()
    (first, second) = (headers["sentry-trace"].split("-") for headers in queued)
    assert first[0] == second[0]
    assert first[1] != second[1]
    assert first[2] == second[2] == ("1" if rate else "0")
    assert "lovelace" not in json.dumps(queued)
    traces = {one["transaction"]: one["contexts"]["trace"] for one in inbox.transactions}
    assert set(traces) == ({"/queue/{name}", "job"} if rate else set())
    if rate:
        assert traces["job"]["trace_id"] == traces["/queue/{name}"]["trace_id"]
        assert traces["job"]["parent_span_id"] == first[1]


def test_outside_of_every_trace_there_is_nothing_to_carry(start: Start) -> None:
    start(sentry_traces_sample_rate=1.0)
    assert contextvars.Context().run(carrier) == {}


class Work:
    """One of each kind of function."""

    @traced
    def method(self, number: int) -> int:
        return number

    @traced(op="work", name="work.coroutine")
    async def coroutine(self, number: int) -> int:
        with span("inner", "inner step"):
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
    [transaction] = inbox.transactions
    prefix = f"{__name__}.Work."
    assert sorted(item["description"] for item in transaction["spans"]) == sorted(
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
    by_name = {item["description"]: item for item in transaction["spans"]}
    assert by_name["inner step"]["parent_span_id"] == by_name["work.coroutine"]["span_id"]


async def test_outside_of_a_request_traced_makes_a_transaction(
    app: FastAPI, inbox: Inbox, flush: Flush
) -> None:
    # In a context of its own: the tests' HTTP client leaves spans behind in this one.
    await asyncio.create_task(Work().coroutine(1), context=contextvars.Context())
    flush()
    [transaction] = inbox.transactions
    assert transaction["transaction"] == "work.coroutine"
    assert [item["description"] for item in transaction["spans"]] == ["inner step"]


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


def test_without_sentry_traced_only_calls(start: Start, inbox: Inbox) -> None:
    start(sentry_enabled=False)
    assert Work().method(3) == 3
    assert list(Work().generator()) == [1, 2]
    assert inbox.requests == 0

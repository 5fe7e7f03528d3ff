"""Traces of requests and jobs: who decides about sampling, what is recorded, what other services are told.

Each promise holds in both lifecycles (R-FLT-2, R-WRK-2).
"""

import contextvars
import functools
import json
from collections.abc import Callable, Iterator

import httpx
import pytest
import sentry_sdk
from fastapi import FastAPI

from app.observability import carrier, logger, set_user, span, tracing
from tests.conftest import Client, Start
from tests.inbox import Inbox
from tests.peer import Peer
from tests.recorded import LIFECYCLES, recorded

pytestmark = pytest.mark.anyio

Flush = Callable[[], None]

TRACE, PARENT = "0123456789abcdef0123456789abcdef", "0123456789abcdef"


@pytest.fixture(params=LIFECYCLES)
def start(start: Start, request: pytest.FixtureRequest) -> Start:
    """Start the service with every request traced, in each lifecycle."""
    return functools.partial(start, sentry_trace_lifecycle=request.param, sentry_traces_sample_rate=1.0)


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as running:
        yield running


def calling(app: FastAPI, peer: Peer) -> FastAPI:
    @app.get("/call/{name}")
    async def endpoint(name: str) -> None:
        async with httpx.AsyncClient(verify=False) as client:
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
    trace_id, span_id, flag = peer.headers[0]["sentry-trace"].split("-")
    assert flag == ("1" if sampled else "0")
    assert len(recorded(inbox, least=2 if sampled else 0)) == (2 if sampled else 0)
    if sampled:
        assert recorded(inbox)[0].trace_id == trace_id
        assert recorded(inbox)[0].steps[0].span_id == span_id
    if incoming and incoming.startswith(TRACE):
        assert trace_id == TRACE
        assert inbox.events[0]["contexts"]["trace"]["trace_id"] == TRACE
        assert inbox.events[0]["contexts"]["trace"]["parent_span_id"] == PARENT
    assert "lovelace" not in json.dumps(peer.headers[0].get("baggage", ""))


async def test_what_only_says_that_the_service_is_there_is_never_traced(  # R-FLT-2
    start: Start, client_for: Client, inbox: Inbox, flush: Flush
) -> None:
    async with client_for(start()) as client:
        await client.get("/health/live", headers={"sentry-trace": f"{TRACE}-{PARENT}-1"})
    flush()
    assert recorded(inbox, least=0) == []


async def test_the_real_rate_is_told_and_requests_are_drawn_by_it(
    start: Start, client_for: Client, inbox: Inbox, flush: Flush
) -> None:
    async with client_for(start(sentry_traces_sample_rate=0.5)) as client:
        for _ in range(60):
            await client.get("/probe/price")
    flush()
    assert 5 < len(recorded(inbox, least=6)) < 55  # more than 6 standard deviations
    told = [envelope.headers["trace"] for envelope in inbox.envelopes if "trace" in envelope.headers]
    assert {trace["sample_rate"] for trace in told} == {"0.5"}
    assert all(float(trace["sample_rand"]) <= 0.5 for trace in told)


async def test_a_request_is_a_trace_with_the_routes_name(
    start: Start, client_for: Client, inbox: Inbox, flush: Flush, peer: Peer
) -> None:
    app = calling(start(), peer)
    async with client_for(app) as client:
        await client.get("/call/ada-lovelace?born=1815")
    flush()
    [trace] = recorded(inbox)
    assert (trace.name, trace.source, trace.op, trace.failed) == (
        "/call/{name}",
        "route",
        "http.server",
        False,
    )
    assert trace.facts["component"] == "api"
    assert trace.facts["http.response.status_code"] == 200
    [call] = trace.steps
    assert (call.op, call.parent_id) == ("http.client", trace.span_id)
    assert call.facts.get("sentry.segment.name", "/call/{name}") == "/call/{name}"
    assert "sentry-trace" not in peer.headers[0]  # not one of our own services
    assert b"lovelace" not in inbox.raw


async def test_one_trace_id_goes_through_lines_events_spans_logs_and_metrics(
    start: Start,
    client_for: Client,
    inbox: Inbox,
    flush: Flush,
    lines: Callable[[], list[dict[str, str]]],
) -> None:
    app = start(sentry_logs_enabled=True)

    @app.get("/break")
    async def endpoint() -> None:
        set_user("user-17", tenant="tenant-3")
        sentry_sdk.metrics.count("breaks", 1)
        with span("work", "first half"):
            logger.error("the first half failed")
        raise RuntimeError("and so did the rest")

    lines()
    async with client_for(app) as client:
        answer = await client.get("/break")
    flush()
    [trace] = recorded(inbox)
    [half] = trace.steps
    assert trace.failed
    assert trace.facts["http.response.status_code"] == 500
    logged, unhandled = inbox.events
    assert logged["contexts"]["trace"]["span_id"] == half.span_id
    assert unhandled["contexts"]["trace"]["span_id"] == trace.span_id
    logs = [log for item in inbox.items("log") for log in item.json["items"] if "half" in log["body"]]
    metrics = [metric for item in inbox.items("trace_metric") for metric in item.json["items"]]
    ids = [
        *(event["contexts"]["trace"]["trace_id"] for event in inbox.events),
        *(one["trace_id"] for one in [*logs, *metrics]),
        *(line["trace_id"] for line in lines()),
        half.trace_id,
    ]
    assert set(ids) == {trace.trace_id}
    said = {"request_id": answer.headers["x-request-id"], "tenant": "tenant-3"}
    assert trace.facts.items() >= said.items()
    assert {name: logs[0]["attributes"][name]["value"] for name in said} == said
    assert logs[0]["attributes"]["user.id"]["value"] == unhandled["user"]["id"]


async def test_methods_that_nobody_knows_are_not_told(
    start: Start, client_for: Client, inbox: Inbox, flush: Flush, capsys: pytest.CaptureFixture[str]
) -> None:
    async with client_for(start()) as client:
        await client.request("LOVELACE", "/nowhere")
    flush()
    assert [trace.name for trace in recorded(inbox)] == ["_OTHER unmatched"]
    assert "LOVELACE" not in inbox.raw.decode() + capsys.readouterr().err


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
    traces = {trace.name: trace for trace in recorded(inbox, least=2 if rate else 0)}
    assert set(traces) == ({"/queue/{name}", "job"} if rate else set())
    if rate:
        [queueing] = traces["/queue/{name}"].steps
        assert traces["job"].trace_id == traces["/queue/{name}"].trace_id
        assert traces["job"].parent_id == first[1] == queueing.span_id


def test_outside_of_every_trace_there_is_nothing_to_carry(start: Start) -> None:
    start()
    assert contextvars.Context().run(carrier) == {}


def test_a_job_says_how_it_ended(start: Start, inbox: Inbox, flush: Flush) -> None:
    start()

    def work(fails: bool) -> None:
        with (
            sentry_sdk.isolation_scope(),
            tracing.begin({}, name="job", op="queue.task", rate=1.0, source="task", origin="manual") as trace,
        ):
            trace.rename("retried job", "task")
            trace.set_data("attempt", 2)
            trace.set_status("error" if fails else "ok")

    for fails in (False, True):
        contextvars.Context().run(work, fails)
    flush()
    traces = recorded(inbox, least=2)
    found = [(trace.name, trace.source, trace.failed, trace.facts["attempt"]) for trace in traces]
    assert sorted(found) == [("retried job", "task", False, 2), ("retried job", "task", True, 2)]
    assert len({trace.trace_id for trace in traces}) == 2


async def test_requests_are_counted_for_release_health(  # R-INIT-8
    start: Start, client_for: Client, inbox: Inbox, flush: Flush
) -> None:
    async with client_for(start()) as client:
        await client.get("/probe/price")
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

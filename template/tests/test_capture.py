"""Helpers for what application code knows better than a stack trace (R-CAP)."""

import time
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI

from app import observability
from app.errors import Unavailable
from app.observability import (
    Service,
    business_event,
    capture_business_error,
    credit_operation,
    external_api_error,
    set_business_context,
    slow_operation,
)
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

Flush = Callable[[], None]


def test_a_business_error(app: FastAPI, inbox: Inbox, flush: Flush) -> None:  # R-CAP-1
    event_id = capture_business_error(
        ValueError("the balance does not add up"),
        feature="billing",
        user_id="user-7",
        tags={"ledger": "main"},
        context={"difference": 12},
    )
    flush()
    [event] = inbox.events
    assert event["event_id"] == event_id
    assert event["user"] == {"id": "user-7"}
    assert (event["tags"]["feature"], event["tags"]["ledger"]) == ("billing", "main")
    assert event["contexts"]["business_error"] == {"difference": 12}


async def test_business_events_lead_up_to_an_error(  # R-CAP-2, R-CTX-5
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    @app.get("/buy")
    def endpoint() -> None:
        set_business_context(action="buy", feature="shop", basket_id=7, coupon_id=None)
        business_event("basket_paid", items=3)
        credit_operation("spend", amount=10, tenant="tenant-1", succeeded=False)
        raise RuntimeError("after it all")

    await client.get("/buy")
    flush()
    [event] = inbox.events
    assert event["contexts"]["business"] == {"action": "buy", "basket_id": "7"}
    assert {event["tags"][name] for name in ("action", "feature", "business_event", "credit_operation")} == {
        "buy",
        "shop",
        "basket_paid",
        "spend",
    }
    crumbs = [crumb for crumb in event["breadcrumbs"]["values"] if crumb["category"] == "business"]
    assert [(crumb["message"], crumb["level"]) for crumb in crumbs] == [
        ("basket_paid", "info"),
        ("credit spend", "warning"),
    ]
    assert crumbs[1]["data"]["amount"] == 10


def test_slow_work_is_reported_above_its_threshold(app: FastAPI, inbox: Inbox, flush: Flush) -> None:
    assert slow_operation("report", 999.0, threshold_ms=1_000) is None
    event_id = slow_operation("report", 2_500.0, threshold_ms=1_000)
    flush()
    [event] = inbox.events
    assert event["event_id"] == event_id
    assert event["level"] == "warning"
    assert event["contexts"]["slow_operation"] == {
        "operation": "report",
        "duration_ms": 2500.0,
        "threshold_ms": 1000,
        "factor": 2.5,
    }


def test_slow_work_of_one_kind_is_one_issue(app: FastAPI, inbox: Inbox, flush: Flush) -> None:
    slow_operation("report", 1_500.0)
    slow_operation("report", 2_500.0)
    flush()
    assert [event["fingerprint"] for event in inbox.events] == [["slow_operation", "report"]] * 2


def test_an_external_service_that_fails(app: FastAPI, inbox: Inbox, flush: Flush) -> None:
    external_api_error("rates", endpoint="/v1/latest", status=503, duration_ms=120.0)
    flush()
    [event] = inbox.events
    assert event["logentry"]["formatted"] == "rates failed: /v1/latest answered 503"
    assert event["tags"]["external_service"] == "rates"
    assert event["contexts"]["external_api"]["status"] == 503


class StockUnavailable(Unavailable):
    """Nobody can say what there is."""

    public = "the stock is not known right now"


class Stock(Service):
    """A class that asks another service."""

    async def count(self) -> int:
        """Fail as a client of another service does."""
        with self.operation("count"):
            try:
                raise TimeoutError
            except TimeoutError as error:
                external_api_error("stock", endpoint="/v1/stock", status=None, duration_ms=1.0, error=error)
                raise StockUnavailable("the stock service failed") from error


async def test_an_external_failure_that_fails_the_request_is_one_event(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    @app.get("/stock")
    async def stock() -> int:
        return await Stock().count()

    answer = await client.get("/stock")
    assert (answer.status_code, answer.json()["detail"]) == (503, "the stock is not known right now")
    flush()
    [event] = inbox.events
    types = [value["type"] for value in event["exception"]["values"]]
    assert types[-2:] == ["TimeoutError", "StockUnavailable"]
    assert event["tags"]["external_service"] == "stock"
    assert event["contexts"]["external_api"]["endpoint"] == "/v1/stock"
    assert event["contexts"]["operation"]["name"] == "Stock.count"


class Reports(Service):
    slow_ms = 5.0

    def build(self, *, fail: bool = False, slow: bool = False) -> None:
        with self.operation("build", report_id=7):
            if fail:
                raise RuntimeError("no data")
            if slow:
                observability.logger.info("working")
                time.sleep(0.02)


def test_an_operation_is_known_by_name_when_it_fails(
    app: FastAPI, inbox: Inbox, flush: Flush
) -> None:  # R-CAP-4
    with pytest.raises(RuntimeError), observability.reported("a test"):
        Reports().build(fail=True)
    flush()
    [event] = inbox.events
    assert event["contexts"]["operation"] == {"name": "Reports.build", "report_id": 7}
    assert event["tags"]["during"] == "a test"
    crumbs = [crumb.get("message") for crumb in event["breadcrumbs"]["values"]]
    assert crumbs[-2:] == ["Reports.build started", "Reports.build failed"]


def test_an_operation_reports_that_it_was_slow(app: FastAPI, inbox: Inbox, flush: Flush) -> None:  # R-CAP-4
    Reports().build(slow=True)
    flush()
    [event] = inbox.events
    assert event["tags"]["operation"] == "Reports.build"


class Nested(Service):
    def outer(self) -> None:
        with self.operation("outer"):
            with self.operation("inner"):
                pass
            raise RuntimeError("after the inner one")


def test_a_nested_operation_gives_the_name_back(app: FastAPI, inbox: Inbox, flush: Flush) -> None:  # R-CAP-4
    with pytest.raises(RuntimeError), observability.reported("a test"):
        Nested().outer()
    flush()
    [event] = inbox.events
    assert event["contexts"]["operation"]["name"] == "Nested.outer"

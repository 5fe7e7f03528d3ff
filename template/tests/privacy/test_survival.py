"""R-PRV-7: what tells nothing about anybody survives; type, stack, route, status and ids always do."""

import json

import pytest
import sentry_sdk

from tests.privacy.harness import Bench
from tests.privacy.leaks import survival
from tests.privacy.surfaces import capture

SHARE = {"standard": 1.0, "gdpr": 0.75, "hipaa": 0.55}


@pytest.mark.parametrize("level", SHARE)
def test_harmless_values_survive(level: str) -> None:
    kept, total = survival(level)
    assert kept >= SHARE[level] * total


def middleware_event(bench: Bench) -> None:
    """What our middleware puts on an event of a failed request."""
    name = bench.privacy.trust_name("POST /widgets/{widget_id}/parts")
    sentry_sdk.set_tag("request_id", "3f2b8c1e-9d4a-4c6b-8e1f-0a1b2c3d4e5f")
    sentry_sdk.set_tag("service", "orders")
    sentry_sdk.set_context("response", {"status_code": 502})
    sentry_sdk.add_breadcrumb(category="business", message="stock was reserved")
    try:
        raise ConnectionError("payment provider did not answer within 30 s, retry 3")
    except ConnectionError as error:
        capture(
            error, transaction=name, request={"method": "POST", "url": "https://svc.example/widgets/17/parts"}
        )


def test_what_is_needed_to_repair_an_error_always_arrives(bench: Bench) -> None:
    bench.run(lambda: None)
    with sentry_sdk.isolation_scope():
        middleware_event(bench)
    sentry_sdk.flush(5)
    ((_, event),) = [item for item in bench.inbox.take_items() if item[0]["type"] == "event"]
    error = event["exception"]["values"][0]
    frame = error["stacktrace"]["frames"][-1]
    assert error["type"] == "ConnectionError"
    assert error["value"] == "payment provider did not answer within 30 s, retry 3"
    assert frame["function"] == "middleware_event"
    assert frame["filename"].endswith("test_survival.py")
    assert frame["lineno"] > 0
    assert "raise ConnectionError" in json.dumps(frame)
    assert event["transaction"] == "POST /widgets/{widget_id}/parts"
    assert event["contexts"]["response"]["status_code"] == 502
    assert event["tags"]["request_id"] == "3f2b8c1e-9d4a-4c6b-8e1f-0a1b2c3d4e5f"
    assert event["tags"]["service"] == "orders"
    assert event["release"] == "orders@1.2.3"
    assert event["breadcrumbs"]["values"][-1]["message"] == "stock was reserved"
    assert event["request"]["url"].startswith("https://svc.example/widgets/")
    assert len(event["contexts"]["trace"]["trace_id"]) == 32


def test_every_event_and_transaction_arrives(bench: Bench) -> None:
    def act() -> None:
        for number in range(10):
            with sentry_sdk.start_transaction(
                name="GET /orders/{order_id}", op="http.server", source="route"
            ):
                try:
                    raise ValueError(f"order {number} is broken beyond repair")
                except ValueError as error:
                    capture(error)

    bench.inbox.clear()
    with sentry_sdk.isolation_scope():
        act()
    sentry_sdk.flush(5)
    kinds = [header["type"] for header, _ in bench.inbox.take_items()]
    assert kinds.count("event") == 10
    assert kinds.count("transaction") == 10

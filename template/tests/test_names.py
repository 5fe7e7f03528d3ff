"""Names of spans, operations, events and loggers: those in the code stay, data in them never (R-PRV-3, 7)."""

import asyncio
import contextvars
import logging
from collections.abc import Callable

import pytest
import sentry_sdk

from app.observability import (
    Service,
    business_event,
    credit_operation,
    external_api_error,
    logger,
    reported,
    set_business_context,
    slow_operation,
    span,
    traced,
)
from app.observability.privacy import LEVELS
from tests.conftest import Start
from tests.inbox import Inbox
from tests.recorded import LIFECYCLES, recorded

IMPORT = "import prices"


def number() -> str:
    """A value that no constant of the code equals."""
    return "-".join(("431", "27", "9876"))


class Records(Service):
    def open(self, name: str) -> None:
        with self.operation(f"open {name}"), self.operation("open"):
            pass


def tell_everything(ssn: str) -> None:
    """Put a number into every name there is."""
    with span("work", IMPORT):
        with span("db", f"file of {ssn}"), span("db", ssn), span("db", "store file"):
            Records().open(ssn)
        traced(name=f"work on {ssn}")(asyncio.sleep)  # a name that is given where the function is decorated
        traced(name=f"work on {ssn}")(len)("four")
        business_event(f"filed_{ssn}")
        set_business_context(action=f"file {ssn}", feature=ssn)
        credit_operation(f"spend for {ssn}", amount=1, tenant="t-1", succeeded=True)
        sentry_sdk.add_breadcrumb(category=ssn, message="a step")
        logging.getLogger(f"files.{ssn}").error("a file is missing")
        slow_operation(f"open {ssn}", 5_000.0)
        external_api_error(f"files of {ssn}", endpoint=f"/files/{ssn}", status=503, duration_ms=3.0)
    with pytest.raises(ValueError, match="constant"), reported(f"import of {ssn}"):
        raise ValueError("a constant text")


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
@pytest.mark.parametrize("level", LEVELS)
def test_a_name_holds_no_data(
    start: Start,
    inbox: Inbox,
    flush: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    level: str,
    lifecycle: str,
) -> None:
    ssn = number()
    start(
        level=level, sentry_traces_sample_rate=1.0, sentry_logs_enabled=True, sentry_trace_lifecycle=lifecycle
    )
    # In a context of its own: an earlier test may have left a span in this one.
    contextvars.Context().run(tell_everything, ssn)
    flush()
    written = capsys.readouterr().err
    assert ssn not in inbox.raw.decode()
    assert ssn not in written
    names = {part.name for trace in recorded(inbox) for part in (trace, *trace.steps)}
    filled = {"file of [..]", "work on [..]"}
    assert {IMPORT, "store file", "Records.open", *filled} <= names


@pytest.mark.parametrize("level", LEVELS)
def test_a_name_in_the_code_stays(  # R-PRV-7
    start: Start, inbox: Inbox, flush: Callable[[], None], level: str
) -> None:
    start(level=level)
    set_business_context(action="place_order", feature="shop")
    business_event("order_placed")
    logger.error("a constant message")
    slow_operation("orders.place", 5_000.0)
    flush()
    first, slow = inbox.events
    assert first["tags"]["action"] == "place_order"
    assert first["tags"]["feature"] == "shop"
    assert first["tags"]["business_event"] == "order_placed"
    assert "order_placed" in [crumb.get("message") for crumb in first["breadcrumbs"]["values"]]
    assert first["logger"] == __name__
    assert slow["logentry"]["formatted"] == "slow operation: orders.place"
    assert slow["tags"]["operation"] == "orders.place"

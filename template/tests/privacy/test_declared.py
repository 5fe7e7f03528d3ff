"""R-PRV-6: what code declares, or what lay under a sensitive key, disappears wherever else it is."""

import asyncio
import contextvars
import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import sentry_sdk
import sentry_sdk.logger
import sentry_sdk.metrics
from loguru import logger
from pydantic import BaseModel

from app.observability.privacy import Personal, PersonalStr, begin, learn, protect
from app.observability.privacy.declared import declared
from tests.privacy.harness import Bench
from tests.privacy.surfaces import fail

SECRET = "blue heron over the weir"


class Visitor(BaseModel):
    nickname_shown: PersonalStr
    started: Annotated[datetime.date, Personal]
    order_id: str


def test_a_protected_value_leaves_by_no_way(bench: Bench) -> None:
    def act() -> None:
        protect(SECRET)
        sentry_sdk.set_context("business", {"order_id": SECRET, "step": f"before {SECRET} after"})
        sentry_sdk.set_tag("component", "heron")
        sentry_sdk.add_breadcrumb(category="business", message="blue heron over the weir")
        sentry_sdk.logger.info("blue heron over the weir", attributes={"order_id": SECRET, "list": [SECRET]})
        sentry_sdk.metrics.count("visits", 1, attributes={"order_id": SECRET})
        fail(extra={SECRET: 1, "order_id": SECRET})

    assert "heron over" not in bench.run(act)


def test_a_protected_value_leaves_no_log_line(bench: Bench) -> None:
    def act() -> None:
        protect(SECRET)
        logger.bind(order_id=SECRET).info("we saw {} today", SECRET)
        try:
            raise ValueError(f"we saw {SECRET} today")
        except ValueError:
            logger.exception("observation failed because of weather")

    text = bench.run_lines(act)
    assert "observation failed" in text
    assert "heron" not in text


def test_marked_model_fields_are_declared(bench: Bench) -> None:
    def act() -> None:
        visitor = Visitor(
            nickname_shown="quiet otter", started=datetime.date(2019, 5, 4), order_id="ord_8f3k2"
        )
        local = {"anything": visitor.nickname_shown}
        assert local
        fail(
            extra={"order_id": f"{visitor.nickname_shown} ord_8f3k2"},
            contexts={"business": {"file_name": repr(visitor)}},
        )

    text = bench.run(act)
    assert "quiet otter" not in text
    assert "2019-05-04" not in text


def test_declarations_in_threads_and_child_tasks_count_for_the_request() -> None:
    async def request() -> bool:
        with begin():
            context = contextvars.copy_context()
            with ThreadPoolExecutor(1) as pool:
                await asyncio.get_running_loop().run_in_executor(pool, context.run, protect, "from a thread")
            await asyncio.create_task(asyncio.to_thread(protect, "from a child task"))
            box = declared()
            assert box is not None
            return "thread" not in box.remove("from a thread") and "child" not in box.remove(
                "x from a child task"
            )

    assert asyncio.run(request())


def test_requests_never_teach_each_other(bench: Bench) -> None:
    """50 concurrent requests: each protects its own word, which the others may say."""

    async def request(number: int) -> None:
        with begin(), sentry_sdk.isolation_scope():
            protect(f"private-word-{number}")
            await asyncio.sleep(0.001)
            sentry_sdk.set_tag("order_id", f"private-word-{(number + 1) % 50}")
            sentry_sdk.set_context("business", {"order_id": f"private-word-{number}"})
            fail(extra={"order_ref": f"n{number}"})

    async def all_requests() -> None:
        await asyncio.gather(*(request(number) for number in range(50)))

    bench.inbox.clear()
    asyncio.run(all_requests())
    sentry_sdk.flush(5)
    events = [payload for header, payload in bench.inbox.take_items() if header["type"] == "event"]
    assert len(events) == 50
    for event in events:
        assert event["contexts"]["business"]["order_id"] == "[protected]"
        assert event["tags"]["order_id"].startswith("private-word-")


def test_logs_of_one_batch_never_teach_each_other(bench: Bench) -> None:
    def act() -> None:
        sentry_sdk.logger.info(
            "first line of it", attributes={"password": "swordfish-9", "order_id": "swordfish-9"}
        )
        sentry_sdk.logger.info("second line of it", attributes={"order_id": "swordfish-9"})

    text = bench.run(act)
    assert text.count("swordfish-9") == 1


def test_learned_values_are_removed_in_other_forms(bench: Bench) -> None:
    def act() -> None:
        learn({"outer": {"password": "päss wörd/1"}})
        fail(
            extra={
                "order_id": "p%C3%A4ss%20w%C3%B6rd%2F1",
                "file_name": "PÄSS WÖRD/1",
                "author": "päss wörd/1",
            }
        )

    text = bench.run(act).lower()
    assert "päss" not in text
    assert "p%c3%a4ss" not in text


def test_nothing_is_remembered_after_the_request() -> None:
    with begin():
        protect("gone afterwards")
    with begin():
        assert declared() is None

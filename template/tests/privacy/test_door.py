"""R-PRV-2: every item of every kind passes the door, which drops what it cannot clean and says so without
content.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
import sentry_sdk.logger
from sentry_sdk.envelope import Envelope, Item

from app.observability.privacy import Privacy
from app.observability.privacy.passes import Pass
from tests.privacy.harness import KEY, Bench
from tests.privacy.surfaces import capture, fail

CANARY = "anneliese.brandstaetter@example.org"


@pytest.fixture(params=["standard", "gdpr", "hipaa"])
def fresh(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with Bench(request.param) as running:
        yield running


def send(envelope: Envelope) -> None:
    transport = sentry_sdk.get_client().transport
    assert transport is not None
    transport.capture_envelope(envelope)


def test_a_failing_scrubber_costs_only_the_item(fresh: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Pass, value: Any) -> Any:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(Pass, "headers", broken)
    text = fresh.run(lambda: fail(request={"method": "GET", "headers": {"accept": CANARY}}))
    assert "exception" not in text
    assert CANARY not in text
    assert fresh.reports == ["privacy: dropped one event item, scrubbing raised RuntimeError"]
    monkeypatch.undo()
    again = fresh.run(lambda: fail())
    assert "payment provider did not answer" in again


def test_a_lost_item_is_counted(fresh: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[tuple[str, str | None, int]] = []
    transport = sentry_sdk.get_client().transport
    assert transport is not None

    def record(reason: str, data_category: Any = None, item: Any = None, *, quantity: int = 1) -> None:
        lost.append((reason, data_category, quantity))

    monkeypatch.setattr(transport, "record_lost_event", record)
    envelope = Envelope()
    envelope.add_item(Item(payload=b"not json " + CANARY.encode(), type="event"))
    envelope.add_item(Item(payload=b"[]", type="log", headers={"item_count": 7}))
    send(envelope)
    assert lost == [("before_send", "error", 1), ("before_send", "log_item", 7)]
    assert all(CANARY not in line for line in fresh.reports)


def test_counting_that_fails_does_not_fail_the_service(fresh: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = sentry_sdk.get_client().transport
    monkeypatch.setattr(transport, "record_lost_event", lambda *args, **options: 1 / 0)
    envelope = Envelope()
    envelope.add_item(Item(payload=b"{", type="event"))
    send(envelope)


def test_reporting_that_fails_does_not_fail_the_service(fresh: Bench) -> None:
    def broken(line: str) -> None:
        raise OSError("stderr is closed")

    door = fresh.privacy.transport.door
    door._report = broken
    envelope = Envelope()
    envelope.add_item(Item(payload=b"{", type="event"))
    send(envelope)


@pytest.mark.parametrize(
    "hook", ["before_send_log", "before_send_metric", "before_send_span", "before_breadcrumb", "before_send"]
)
def test_a_failing_hook_blanks_the_item(fresh: Bench, hook: str) -> None:
    class Bomb(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            if key in ("attributes", "message", "body", "name", "exception"):
                raise RuntimeError(CANARY)
            return super().get(key, default)

    item = Bomb(
        {"message": CANARY, "body": CANARY, "name": CANARY, "attributes": {"a": CANARY}, "type": "default"}
    )
    try:
        answer = getattr(fresh.privacy, hook)(item, {})
    except RuntimeError:
        assert hook == "before_send"  # the SDK drops the event and counts it
        return
    assert CANARY not in json.dumps(answer)


def test_unknown_types_go_at_gdpr_and_hipaa(fresh: Bench) -> None:
    envelope = Envelope()
    envelope.add_item(Item(payload=json.dumps({"email": CANARY, "step": 7}).encode(), type="future_kind"))
    text = fresh.run(lambda: send(envelope))
    assert CANARY not in text
    assert ("future_kind" in text) == (fresh.privacy.level == "standard")


def test_binary_attachments_never_leave(fresh: Bench) -> None:
    envelope = Envelope()
    envelope.add_item(
        Item(payload=b"\x89PNG\x00\xff" + CANARY.encode(), type="attachment", filename=f"{CANARY}.png")
    )
    assert fresh.run(lambda: send(envelope)) == ""


def test_envelope_and_item_headers_are_rebuilt(fresh: Bench) -> None:
    envelope = Envelope(
        headers={"event_id": "a" * 32, "dsn": CANARY, "trace": {"trace_id": "b" * 32, "user_segment": CANARY}}
    )
    envelope.add_item(Item(payload=b'{"message": "x"}', type="event", headers={"note": CANARY}))
    text = fresh.run(lambda: send(envelope))
    assert "b" * 32 in text
    assert CANARY not in text


def test_the_callers_objects_are_not_changed(fresh: Bench) -> None:
    payload = {"message": "x", "extra": {"email": CANARY}}
    envelope = Envelope(headers={"event_id": "a" * 32})
    envelope.add_event(payload)  # type: ignore[arg-type]
    fresh.run(lambda: send(envelope))
    assert payload == {"message": "x", "extra": {"email": CANARY}}


def test_scrubbing_twice_changes_nothing(fresh: Bench) -> None:
    event = {
        "message": f"mail {CANARY}",
        "user": {"id": "usr_17", "role": "clerk"},
        "extra": {"user_id": "usr_17", "email": CANARY, "order_id": "ord_8f3k2"},
        "request": {"method": "GET", "url": f"https://svc.example/users/{CANARY}?q={CANARY}"},
    }
    once = fresh.privacy.explain(event).after
    assert fresh.privacy.explain(once).after == once


@pytest.mark.parametrize("level", ["gdpr", "hipaa"])
def test_spotlight_is_refused(level: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    privacy = Privacy(level, service="orders", pseudonym_key=KEY)
    options = {**privacy.init_options(), "spotlight": True}
    with pytest.raises(ValueError, match="Spotlight"):
        sentry_sdk.init(dsn="http://k@127.0.0.1:9/1", **options)
    monkeypatch.setenv("SENTRY_SPOTLIGHT", "1")
    with pytest.raises(ValueError, match="Spotlight"):
        sentry_sdk.init(dsn="http://k@127.0.0.1:9/1", **{**options, "spotlight": None})


def test_a_second_init_is_noticed(fresh: Bench) -> None:
    assert fresh.privacy.problems() == []
    sentry_sdk.init(dsn=fresh.inbox.dsn, default_integrations=False)
    assert any("privacy transport" in problem for problem in fresh.privacy.problems())


def test_the_door_alone_denies_when_hooks_are_missing(fresh: Bench) -> None:
    options: dict[str, Any] = {key: None for key in fresh.privacy.init_options() if key.startswith("before_")}
    with Bench(fresh.privacy.level, **options) as bare:

        def act() -> None:
            try:
                raise ValueError(f"could not write to {CANARY}")
            except ValueError as error:
                capture(error, extra={"email": CANARY})
            sentry_sdk.logger.info(f"wrote to {CANARY}")

        text = bare.run(act)
    assert "ValueError" in text
    assert CANARY not in text


def test_user_ids_are_pseudonyms_everywhere_above_standard(fresh: Bench) -> None:
    def act() -> None:
        sentry_sdk.set_user({"id": "usr_17", "ip_address": "203.0.113.77"})
        sentry_sdk.start_session(session_mode="application")
        fail(extra={"user_id": "usr_17"})
        sentry_sdk.end_session()

    text = fresh.run(act)
    known = fresh.privacy.pseudonym("usr_17")
    assert text.count(known) >= 3
    assert ("usr_17" in text) == (fresh.privacy.level == "standard")
    assert "203.0.113.77" not in text


def test_error_events_keep_type_and_stack_over_every_budget(fresh: Bench) -> None:
    huge = {f"key_{at}": {"text": "word " * 400, "rows": list(range(50))} for at in range(400)}
    text = fresh.run(lambda: fail(extra=huge))
    assert "payment provider did not answer" in text
    assert '"function":"fail"' in text
    assert len(text) < 1_000_000

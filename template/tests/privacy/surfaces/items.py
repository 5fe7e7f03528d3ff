"""Envelope items that are no events, streamed spans among them."""

import json
from urllib.parse import quote, urlencode

import sentry_sdk
import sentry_sdk.logger
import sentry_sdk.metrics
import sentry_sdk.traces
from loguru import logger
from sentry_sdk.attachments import Attachment
from sentry_sdk.envelope import Envelope, Item

from app.observability.privacy import Privacy, learn
from tests.privacy.surfaces.registry import fail, streamed, surface


@surface
def sentry_log(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.logger.info("stored {what} in the ledger", what=value, attributes={key: value})
    sentry_sdk.logger.warning(f"refused {label} {value} at the desk")


@surface
def metric(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.metrics.count("rows.stored", 1, attributes={key: value})


@surface
def check_in(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.set_tag(key, value)
    sentry_sdk.set_extra(key, value)
    with sentry_sdk.monitor(
        monitor_slug="nightly-import", monitor_config={"schedule": {"type": "crontab", "value": "5 * * * *"}}
    ):
        pass


@surface
def session(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.set_user({"id": value, "ip_address": value, "email": value})
    sentry_sdk.start_session(session_mode="application")
    sentry_sdk.end_session()


@surface
def attachment(privacy: Privacy, key: str, label: str, value: str) -> None:
    client = sentry_sdk.get_client()
    data = json.dumps({key: value}).encode()
    client.capture_event(
        {"message": "with attachment"},
        {
            "attachments": [
                Attachment(bytes=data, filename=f"{value[:20]}.json"),
                Attachment(bytes=f"{label}: {value}".encode(), filename="a.txt"),
            ]
        },
    )


@surface
def feedback(privacy: Privacy, key: str, label: str, value: str) -> None:
    envelope = Envelope(headers={"event_id": "a" * 32, key: value})
    payload = {
        "type": "feedback",
        "event_id": "a" * 32,
        "contexts": {
            "feedback": {"message": f"{label}: {value}", "contact_email": value, "name": value, "url": value}
        },
    }
    envelope.add_item(Item(payload=json.dumps(payload).encode(), type="feedback"))
    _send(envelope)


@surface
def unknown_item(privacy: Privacy, key: str, label: str, value: str) -> None:
    envelope = Envelope()
    envelope.add_item(Item(payload=json.dumps({key: value}).encode(), type="brand_new", headers={key: value}))
    _send(envelope)


@surface
def baggage(privacy: Privacy, key: str, label: str, value: str) -> None:
    envelope = Envelope(
        headers={
            "event_id": "a" * 32,
            "trace": {
                "trace_id": "b" * 32,
                "transaction": f"GET /p/{quote(value, safe='')}",
                "user_id": value,
                "user_segment": value,
            },
        }
    )
    envelope.add_event({"message": "with trace header", "event_id": "a" * 32})
    _send(envelope)


@surface
def profile(privacy: Privacy, key: str, label: str, value: str) -> None:
    envelope = Envelope()
    envelope.add_profile(
        {
            "platform": "python",
            "version": "1",
            "profile": {
                "frames": [{"function": "f", key: value}],
                "stacks": [[0]],
                "samples": [],
                "thread_metadata": {"1": {"name": value}},
            },
            "transactions": [{"name": f"GET /p/{quote(value, safe='')}", "id": "a" * 32}],
            key: value,
        }
    )
    _send(envelope)


def _send(envelope: Envelope) -> None:
    transport = sentry_sdk.get_client().transport
    assert transport is not None
    transport.capture_envelope(envelope)


@surface
def learned_elsewhere(privacy: Privacy, key: str, label: str, value: str) -> None:
    learn({"password": value})
    sentry_sdk.set_context("operation", {"step": "one", "detail": f"went on with {value} then"})
    fail(extra={"text": f"again {value} here"})


@surface
def loguru_error(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise ValueError(f"could not store {label} {value} in the ledger")
    except ValueError:
        logger.bind(**{key.replace("-", "_"): value}).exception("refused {} at the desk", value)


@streamed
def streamed_spans(privacy: Privacy, key: str, label: str, value: str) -> None:
    quoted = value.replace("'", "''")
    with sentry_sdk.traces.start_span(
        name=f"GET /people/{quote(value, safe='')}", attributes={"sentry.op": "http.server", key: value}
    ):
        with sentry_sdk.traces.start_span(
            name=f"SELECT * FROM p WHERE x = '{quoted}'",
            attributes={"sentry.op": "db", "db.query.text": f"SELECT '{quoted}'"},
        ):
            pass
        with sentry_sdk.traces.start_span(
            name=f"GET https://api.example/{quote(value, safe='')}",
            attributes={
                "sentry.op": "http.client",
                "url.full": f"https://u:{quote(value, safe='')}@api.example/{quote(value, safe='')}"
                f"?{urlencode({key: value})}",
                "url.query": urlencode({key: value}),
            },
        ):
            pass
        with sentry_sdk.traces.start_span(
            name=f"handle {label} {value}",
            attributes={"sentry.op": "function", key: value, "http.request.header.x-any": value},
        ):
            pass

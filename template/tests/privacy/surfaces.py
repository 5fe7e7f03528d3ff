"""Every surface of R-PRV-3 as one function: it makes telemetry in which a value lies, as application code
would.

Each takes (privacy, key, label, value); `label` stands in sentences, `key` in data. The caller has opened an
isolation scope and a box for declared values.
"""

import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import sentry_sdk
import sentry_sdk.logger
import sentry_sdk.metrics
import sentry_sdk.traces
from loguru import logger
from pydantic import BaseModel, ValidationError
from sentry_sdk.attachments import Attachment
from sentry_sdk.envelope import Envelope, Item
from sentry_sdk.utils import event_from_exception
from starlette.exceptions import HTTPException

from app.observability.privacy import Privacy, learn


class Row(NamedTuple):
    first: str
    second: int


class Model(BaseModel):
    inside: str


Surface = Callable[[Privacy, str, str, str], None]

SURFACES: dict[str, Surface] = {}
STREAMED: dict[str, Surface] = {}
LINES: dict[str, Surface] = {}


def surface(function: Surface) -> Surface:
    SURFACES[function.__name__] = function
    return function


def streamed(function: Surface) -> Surface:
    STREAMED[function.__name__] = function
    return function


def line(function: Surface) -> Surface:
    LINES[function.__name__] = function
    return function


def capture(error: BaseException, **parts: Any) -> None:
    """What our middleware does."""
    client = sentry_sdk.get_client()
    event, hint = event_from_exception(
        error, client_options=client.options, mechanism={"type": "middleware", "handled": False}
    )
    event.update(parts)  # type: ignore[typeddict-item]
    sentry_sdk.capture_event(event, hint)


def fail(**parts: Any) -> None:
    try:
        raise RuntimeError("payment provider did not answer")
    except RuntimeError as error:
        capture(error, **parts)


@surface
def exception_fstring(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise ValueError(f"could not store {label} {value} in the ledger")
    except ValueError as error:
        capture(error)


@surface
def exception_bare(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise ValueError(value)
    except ValueError as error:
        capture(error)


@surface
def exception_percent(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise LookupError("no row for %s=%r in cache after 12 ms" % (key, value))  # noqa: UP031
    except LookupError as error:
        capture(error)


@surface
def exception_chain(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        try:
            raise KeyError(value)
        except KeyError as inner:
            raise RuntimeError(f"lookup failed: {inner}") from inner
    except RuntimeError as error:
        capture(error)


@surface
def exception_context(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        try:
            int(value + "x")
        except ValueError:
            raise RuntimeError("second failure while handling the first")  # noqa: B904
    except RuntimeError as error:
        capture(error)


@surface
def exception_group(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise ExceptionGroup(
            f"batch for {value}", [ValueError(f"{label}: {value}"), OSError(2, "No such file", value)]
        )
    except ExceptionGroup as error:
        capture(error)


@surface
def exception_note(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        error = RuntimeError("import of one row failed")
        error.add_note(f"the row had {label} {value}")
        raise error
    except RuntimeError as caught:
        capture(caught)


@surface
def exception_args_dict(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise RuntimeError({key: value, "row": 7})
    except RuntimeError as error:
        capture(error)


@surface
def exception_json(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise RuntimeError("upstream said " + json.dumps({"outer": {key: value}}))
    except RuntimeError as error:
        capture(error)


@surface
def http_exception(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        raise HTTPException(status_code=409, detail=f"{label} {value} exists already")
    except HTTPException as error:
        capture(error)


@surface
def validation_error(privacy: Privacy, key: str, label: str, value: str) -> None:
    class Row(BaseModel):
        amount: int

    try:
        Row(amount=f"{value} x")
    except ValidationError as error:
        capture(error)


@surface
def frame_variables(privacy: Privacy, key: str, label: str, value: str) -> None:
    row = {key: value, "nested": [{key: value}]}
    packed = json.dumps({key: value})
    try:
        raise RuntimeError("variables are in reach")
    except RuntimeError as error:
        assert row
        assert packed
        capture(error)


@surface
def frame_reprs(privacy: Privacy, key: str, label: str, value: str) -> None:
    row = Row(value, 7)
    model = Model(inside=value)
    packed = f"{{{key!r}: {value!r}}}".encode()
    try:
        raise RuntimeError("variables are in reach")
    except RuntimeError as error:
        assert row
        assert model
        assert packed
        capture(error)


@surface
def message(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.capture_message(f"refused {label} {value} at the desk")


@surface
def logentry(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.capture_event(
        {
            "level": "error",
            "logentry": {"message": "refused %s", "params": [value], "formatted": f"refused {value}"},
        }
    )


@surface
def extra(privacy: Privacy, key: str, label: str, value: str) -> None:
    fail(extra={key: value, "deep": {"list": [{key: value}]}})


@surface
def contexts(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.set_context("business", {key: value, "order_id": "ord_8f3k2"})
    fail()


@surface
def context_json(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.set_context("operation", {"raw": json.dumps({key: value}), "size": 12})
    fail()


@surface
def tag(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.set_tag(key, value)
    fail()


@surface
def fingerprint(privacy: Privacy, key: str, label: str, value: str) -> None:
    fail(fingerprint=["{{default}}", value])


@surface
def user(privacy: Privacy, key: str, label: str, value: str) -> None:
    fail(user={"id": value, "username": value, "email": value, "ip_address": value, key: value})


@surface
def transaction_name(privacy: Privacy, key: str, label: str, value: str) -> None:
    fail(transaction=f"GET /people/{quote(value, safe='')}")


@surface
def request_url(privacy: Privacy, key: str, label: str, value: str) -> None:
    fail(
        request={
            "method": "GET",
            "url": f"https://svc.example/people/{quote(value, safe='')}/file"
            f"?{urlencode({key: value})}#{quote(value)}",
        }
    )


@surface
def request_userinfo(privacy: Privacy, key: str, label: str, value: str) -> None:
    fail(request={"method": "GET", "url": f"https://svc:{quote(value, safe='')}@svc.example/health"})


@surface
def request_query(privacy: Privacy, key: str, label: str, value: str) -> None:
    fail(
        request={
            "method": "GET",
            "url": "https://svc.example/find",
            "query_string": urlencode({key: value, "page": 2}),
        }
    )


@surface
def request_headers(privacy: Privacy, key: str, label: str, value: str) -> None:
    fail(
        request={
            "method": "GET",
            "headers": {
                key: value,
                "Authorization": value,
                "Cookie": f"{key}={value}",
                "X-Patient": value,
                "Accept": "application/json",
            },
            "cookies": {key: value},
        }
    )


@surface
def request_json(privacy: Privacy, key: str, label: str, value: str) -> None:
    fail(request={"method": "POST", "data": {"outer": {key: value}, "items": [{key: value}], "page": 3}})


@surface
def request_form(privacy: Privacy, key: str, label: str, value: str) -> None:
    fail(request={"method": "POST", "data": urlencode({key: value, "page": "3"})})


@surface
def request_multipart(privacy: Privacy, key: str, label: str, value: str) -> None:
    body = f'--frontier\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n--frontier--\r\n'
    fail(request={"method": "POST", "data": body})


@surface
def request_raw(privacy: Privacy, key: str, label: str, value: str) -> None:
    fail(request={"method": "POST", "data": f"{label}: {value}"})


@surface
def response_context(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.set_context("response", {"status_code": 502, "headers": {key: value}, "data": {key: value}})
    fail()


@surface
def breadcrumb_message(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.add_breadcrumb(category="business", message=f"looked up {label} {value} in the index")
    fail()


@surface
def breadcrumb_data(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.add_breadcrumb(category="business", message="row was read", data={key: value})
    fail()


@surface
def breadcrumb_sql(privacy: Privacy, key: str, label: str, value: str) -> None:
    quoted = value.replace("'", "''")
    sentry_sdk.add_breadcrumb(
        category="query", message=f"SELECT id FROM people WHERE {'f'} = '{quoted}' AND n = 12345"
    )
    fail()


@surface
def breadcrumb_redis(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.add_breadcrumb(
        category="redis",
        message=f"SET 'person:{value}' '{value}'",
        data={"redis.key": value, "redis.command": "SET"},
    )
    fail()


@surface
def breadcrumb_http(privacy: Privacy, key: str, label: str, value: str) -> None:
    sentry_sdk.add_breadcrumb(
        category="httplib",
        type="http",
        data={
            "url": f"https://api.example/people/{quote(value, safe='')}",
            "http.query": urlencode({key: value}),
            "http.fragment": value,
            "method": "GET",
        },
    )
    fail()


@surface
def task_arguments(privacy: Privacy, key: str, label: str, value: str) -> None:
    fail(extra={"celery-job": {"task_name": "mail.send", "args": [value, 3], "kwargs": {key: value}}})


@surface
def classic_spans(privacy: Privacy, key: str, label: str, value: str) -> None:
    quoted = value.replace("'", "''")
    with sentry_sdk.start_transaction(
        name=f"GET /people/{quote(value, safe='')}", op="http.server", source="url"
    ) as root:
        root.set_data(key, value)
        root.set_tag(key, value)
        with sentry_sdk.start_span(op="db", name=f"SELECT * FROM p WHERE x = '{quoted}'") as span:
            span.set_data("db.statement", f"SELECT * FROM p WHERE x = '{quoted}'")
        with sentry_sdk.start_span(
            op="http.client",
            name=f"GET https://api.example/people/{quote(value, safe='')}?{urlencode({key: value})}",
        ) as span:
            span.set_data("url", f"https://api.example/people/{quote(value, safe='')}")
            span.set_data("http.query", urlencode({key: value}))
        with sentry_sdk.start_span(op="db.redis", name=f"GET 'person:{value}'"):
            pass
        with sentry_sdk.start_span(op="function", name=f"handle {label} {value}") as span:
            span.set_data(key, value)
            span.set_tag(key, value)


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


@line
def line_message(privacy: Privacy, key: str, label: str, value: str) -> None:
    logger.info("stored {} {} in the ledger after 12 ms", label, value)


@line
def line_fstring(privacy: Privacy, key: str, label: str, value: str) -> None:
    logger.warning(f"refused {label} {value} at the desk")


@line
def line_extra(privacy: Privacy, key: str, label: str, value: str) -> None:
    logger.bind(**{key.replace("-", "_"): value}, payload={key: value}).info("row was read from the ledger")


@line
def line_exception(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        try:
            raise KeyError(value)
        except KeyError as inner:
            raise ValueError(f"could not store {label} {value} in the ledger") from inner
    except ValueError:
        logger.exception("job stopped with an error")


assert sys.version_info >= (3, 11)

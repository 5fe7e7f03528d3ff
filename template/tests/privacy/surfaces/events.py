"""Messages, contexts, tags, users and requests of events."""

import json
from urllib.parse import quote, urlencode

import sentry_sdk
import sentry_sdk.logger
import sentry_sdk.metrics
import sentry_sdk.traces

from app.observability.privacy import Privacy
from tests.privacy.surfaces.registry import fail, surface


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

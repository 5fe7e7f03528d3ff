"""Breadcrumbs, arguments of tasks, and spans of classic transactions."""

from urllib.parse import quote, urlencode

import sentry_sdk
import sentry_sdk.logger
import sentry_sdk.metrics
import sentry_sdk.traces

from app.observability.privacy import Privacy
from tests.privacy.surfaces.registry import fail, surface


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

"""Payloads as the SDK makes them, each with fresh data: no id, time or value of one comes back in the next.

What code writes (keys, files, functions, source lines, names of tables) is the same in all of them, as it is
in a running service.
"""

import random
import uuid
from typing import Any

FRAMES, OWN = 28, 6
FIRST = ("Anna", "Boris", "Chiara", "Dilan", "Emre", "Fatou", "Greta", "Hugo")
LAST = ("Schmidt", "Rossi", "Kowalski", "Demir", "Diallo", "Larsson", "Costa", "Weber")
STATES = ("paid", "open", "refunded", "in review")


def _hex(rng: random.Random, size: int) -> str:
    return f"{rng.getrandbits(size * 4):0{size}x}"


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _time(rng: random.Random) -> str:
    return f"2026-11-22T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:30.{rng.randint(0, 999999):06}Z"


def _order(rng: random.Random) -> str:
    return f"ord_{_hex(rng, 5)}"


def _frame(at: int, own: bool) -> dict[str, Any]:
    name = f"app/services/part_{at}.py" if own else f"starlette/routing_{at}.py"
    return {
        "filename": name,
        "abs_path": f"/srv/{name}",
        "function": f"handle_{at}",
        "module": name.removesuffix(".py").replace("/", "."),
        "lineno": 40 + at,
        "in_app": own,
        "pre_context": [f"        value_{n} = await self.load_{at}({n}, limit=limit)" for n in range(5)],
        "context_line": f"        raise PaymentError(f'order {{order.id}} failed in step {at}')",
        "post_context": [f"        return Response(status_code=201, step={at + n})" for n in range(5)],
    }


def person(rng: random.Random) -> dict[str, Any]:
    """What a form asks for."""
    first, last = rng.choice(FIRST), rng.choice(LAST)
    return {
        "name": f"{first} {last}",
        "email": f"{first}.{last}{rng.randint(1, 999)}@mail.example".lower(),
        "phone": f"+49 151 {rng.randint(1000, 9999)} {rng.randint(1000, 9999)}",
    }


def body(rng: random.Random) -> dict[str, Any]:
    """A request body: a customer, order lines, a card."""
    lines = [
        {"sku": f"A-{rng.randint(1, 999)}", "quantity": at, "price": 12.5, "comment": "gift"}
        for at in range(12)
    ]
    return {"customer": person(rng), "items": lines, "card_number": "4111 1111 1111 1111"}


def variables(rng: random.Random, at: int) -> dict[str, Any]:
    """Variables of one frame, as the SDK shows them: `repr` for strings and objects."""
    someone, order = person(rng), _order(rng)
    return {
        "self": f"<app.services.orders.OrderService object at 0x7f{_hex(rng, 10)}>",
        "order": {
            "id": repr(order),
            "email": repr(someone["email"]),
            "total": f"{rng.randint(1, 999)}.5",
            "status": repr(rng.choice(STATES)),
            "lines": [f"'a-{rng.randint(1, 99)}'" for _ in range(3)],
        },
        "attempt": str(rng.randint(1, 9)),
        "payload": f"{{'sku': 'A-{rng.randint(1, 99)}', 'quantity': {at}, 'phone': '{someone['phone']}'}}",
        "url": f"'https://api.partner.example/v1/orders/{rng.randint(1, 9999)}?token={_hex(rng, 6)}'",
        "limit": str(10 + at),
        "text": repr(f"order {order} waits for {rng.choice(FIRST)} since {rng.randint(1, 99)} minutes"),
    }


def error(rng: random.Random) -> dict[str, Any]:
    """An error with its stack, 20 breadcrumbs, tags, contexts and request, without variables and body."""
    frames = [_frame(at, at >= FRAMES - OWN) for at in range(FRAMES)]
    crumbs = [
        {
            "timestamp": _time(rng),
            "type": "default",
            "level": "info",
            "category": "app.services.orders",
            "message": f"step done in {rng.randint(1, 99)} ms",
            "data": {"attempt": at, "step": "reserve"},
        }
        for at in range(20)
    ]
    mechanism = {"type": "asgi", "handled": False}
    raised = {
        "type": "PaymentError",
        "module": "app.errors",
        "value": f"order {rng.randint(1, 9999)} failed in step 3",
        "mechanism": mechanism,
        "stacktrace": {"frames": frames},
    }
    return {
        "event_id": _hex(rng, 32),
        "timestamp": _time(rng),
        "platform": "python",
        "level": "error",
        "release": "orders@1.2.3",
        "environment": "production",
        "transaction": "POST /orders/{order_id}/items",
        "exception": {"values": [raised]},
        "tags": {"service": "orders", "component": "api", "request_id": _uuid(rng), "tenant": "acme"},
        "contexts": {
            "trace": {"trace_id": _hex(rng, 32), "span_id": _hex(rng, 16), "op": "http.server"},
            "business": {"order_id": _order(rng), "amount": rng.randint(1, 9999) / 10},
            "runtime": {"name": "CPython", "version": "3.11.7"},
        },
        "user": {"id": f"usr_{rng.randint(1, 99999)}", "role": "clerk"},
        "breadcrumbs": {"values": crumbs},
        "request": {
            "method": "POST",
            "url": f"https://svc.example/orders/{rng.randint(1, 9999)}/items",
            "headers": {"accept": "application/json", "user-agent": "curl/8.5", "host": "svc.example"},
        },
        "sdk": {"name": "sentry.python", "version": "2.75.0"},
    }


def error_with_data(rng: random.Random) -> dict[str, Any]:
    """The same with a body, and variables in the frames of the service's own code."""
    event = error(rng)
    for at, frame in enumerate(event["exception"]["values"][0]["stacktrace"]["frames"][-OWN:]):
        frame["vars"] = variables(rng, at)
    event["request"]["data"] = body(rng)
    return event


def heavy(rng: random.Random) -> dict[str, Any]:
    """More than 100 kB: twenty frames with variables, and 20 tables of rows as extra data."""
    event = error_with_data(rng)
    frames = [_frame(at, own=True) | {"vars": variables(rng, at)} for at in range(20)]
    event["exception"]["values"][0]["stacktrace"]["frames"] += frames
    event["extra"] = {
        f"block_{at}": {
            "rows": [f"row {n} of table {at} took {rng.randint(1, 999)} ms, {_uuid(rng)}" for n in range(40)],
            "owner": person(rng),
        }
        for at in range(20)
    }
    return event


def _query(rng: random.Random) -> tuple[str, dict[str, Any]]:
    number = rng.randint(1, 9999)
    statement = f"SELECT orders.id, orders.total FROM orders WHERE orders.customer_id = {number} LIMIT 10"
    return statement, {"db.system": "postgresql", "db.name": "orders", "server.address": "db"}


def _call(rng: random.Random) -> tuple[str, dict[str, Any]]:
    url = f"https://api.partner.example/v1/orders/{rng.randint(1, 9999)}"
    return f"GET {url}", {"url": url, "http.method": "GET", "http.response.status_code": 200}


def _span(rng: random.Random, at: int) -> tuple[dict[str, Any], str, dict[str, Any]]:
    said, data = (_query if at % 2 else _call)(rng)
    ids = {
        "trace_id": "b" * 32,
        "span_id": _hex(rng, 16),
        "parent_span_id": "c" * 16,
        "start_timestamp": 1795318230.1 + at,
    }
    return ids, said, {**data, "thread.id": "1401", "thread.name": "MainThread"}


def transaction(rng: random.Random) -> dict[str, Any]:
    """A classic transaction of 50 spans, half of them queries and half calls."""
    event = error(rng)
    del event["exception"]
    event |= {"type": "transaction", "transaction_info": {"source": "route"}, "start_timestamp": 1795318230.1}
    event["spans"] = []
    for at in range(50):
        ids, said, data = _span(rng, at)
        op = "db" if at % 2 else "http.client"
        event["spans"].append({**ids, "op": op, "timestamp": 1795318231.1, "description": said, "data": data})
    return event


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: {"value": value, "type": "integer" if isinstance(value, int) else "string"}
        for key, value in values.items()
    }


def streamed(rng: random.Random) -> dict[str, Any]:
    """The same 50 spans as a batch of streamed ones."""
    rows: list[dict[str, Any]] = []
    for at in range(50):
        ids, said, data = _span(rng, at)
        values = {"sentry.op": "db" if at % 2 else "http.client", **data, "sentry.release": "orders@1.2.3"}
        rows.append({**ids, "end_timestamp": 1795318231.1, "name": said, "attributes": _typed(values)})
    return {"version": 2, "items": rows}


def logs(rng: random.Random) -> dict[str, Any]:
    """A batch of 100 log lines with a few attributes."""
    rows: list[dict[str, Any]] = []
    for _ in range(100):
        values = {
            "sentry.release": "orders@1.2.3",
            "sentry.environment": "production",
            "server.address": "orders-1",
            "logger.name": "app.services.orders",
            "order_id": _order(rng),
            "request_id": _uuid(rng),
            "attempt": rng.randint(1, 9),
        }
        rows.append(
            {
                "timestamp": 1795318230.47,
                "level": "info",
                "body": f"order {rng.randint(1, 9999)} took {rng.randint(1, 99)} ms",
                "trace_id": _hex(rng, 32),
                "attributes": _typed(values),
            }
        )
    return {"version": 2, "items": rows}

"""Cookies and body of a request as data, so that the privacy door can judge them key by key."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs

from app.observability.privacy import learn

KEPT_BODY_BYTES: Final = 10_000
"""A longer body is no part of an event."""


def payload(headers: Mapping[bytes, bytes], body: bytes) -> dict[str, Any]:
    """The fields `cookies` and `data` of an event's request, where there are any.

    What lies under sensitive keys is removed wherever else it occurs in this request's events and lines.

    Args:
        headers: of the request, with lower-case names.
        body: its first bytes; left out when there may be more than `KEPT_BODY_BYTES`.
    """
    told: dict[str, Any] = {}
    if cookies := headers.get(b"cookie"):
        pairs = (pair.partition("=") for pair in cookies.decode("latin-1").split(";"))
        told["cookies"] = {name.strip(): value for name, _, value in pairs if name.strip()}
    if body and len(body) <= KEPT_BODY_BYTES:
        data = _parsed(headers.get(b"content-type", b""), body)
        if data is not None:
            learn(data)
            told["data"] = data
    return told


def _parsed(content_type: bytes, body: bytes) -> Any:
    try:
        if b"json" in content_type:
            return json.loads(body)
        if b"x-www-form-urlencoded" in content_type:
            return {name: " ".join(values) for name, values in parse_qs(body.decode()).items()}
    except (ValueError, RecursionError):
        return None
    return None  # files and texts of people: nothing that has keys to judge it by

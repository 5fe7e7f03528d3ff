"""What anybody may send without a token: how much, how often, and from which pages."""

import time
import zlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from fastapi import HTTPException, Request

if TYPE_CHECKING:
    from app.settings import Settings

MOST_VISITORS: Final = 10_000
WINDOW_SECONDS: Final = 60.0


class VisitorRate:
    """At most so many requests a minute from one network address; the oldest addresses are forgotten."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def check(self, request: Request) -> None:
        """Raises HTTPException 429 with Retry-After for one request too many."""
        visitor = request.client.host if request.client else ""
        now = time.monotonic()
        started, count = self._seen.pop(visitor, (now, 0))
        if now - started >= WINDOW_SECONDS:
            started, count = now, 0
        self._seen[visitor] = (started, count + 1)
        if len(self._seen) > MOST_VISITORS:
            self._seen.popitem(last=False)
        if count >= self._per_minute:
            wait = int(started + WINDOW_SECONDS - now) + 1
            raise HTTPException(429, "too many requests", {"Retry-After": str(wait)})


def check_origin(request: Request, settings: "Settings") -> None:
    """Let pages of this origin and of CORS_ORIGINS pass. Raises HTTPException 403 for any other."""
    origin = request.headers.get("origin", "")
    own = bool(origin) and _host(origin) == request.headers.get("host")
    if not own and origin not in settings.cors_origins:
        raise HTTPException(403, "this origin may not send here")


def _host(origin: str) -> str | None:
    """Host and port of an origin, or None when it is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


async def read(request: Request, most: int) -> bytes:
    """The body, of at most `most` bytes. Raises HTTPException 413 as soon as there are more."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise HTTPException(413, "the body is too large")
    return bytes(body)


def unpacked(request: Request, body: bytes, most: int) -> bytes:
    """The body without its compression, of at most `most` bytes.

    Raises:
        HTTPException: 413 when there is more in it, 415 for a compression that no page of ours uses, 400 when
            it is broken.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding == "identity":
        return body
    if encoding != "gzip":
        raise HTTPException(415, "this compression is not accepted; send gzip or none")
    try:
        plain = zlib.decompressobj(wbits=31).decompress(body, most + 1)
    except zlib.error:
        raise HTTPException(400, "the body is not gzip") from None
    if len(plain) > most:
        raise HTTPException(413, "the body is too large")
    return plain

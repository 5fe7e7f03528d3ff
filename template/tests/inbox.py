"""A Sentry on this machine that keeps what it is sent: tests look at the bytes that left the process."""

import gzip
import importlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an envelope."""

    type: str
    headers: dict[str, Any]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One envelope, as it was received."""

    headers: dict[str, Any]
    items: list[Item]
    raw: bytes


@dataclass
class Answer:
    """How the inbox answers; tests change it to play a Sentry in trouble."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)
    """While it is cleared, the inbox takes requests and answers none."""

    def __post_init__(self) -> None:
        self.gate.set()


class Inbox:
    """The loopback Sentry. Use as a context manager."""

    def __init__(self) -> None:
        self.answer = Answer()
        # A port may be another test's inbox a moment later, and its late envelopes must not count here.
        self.key = secrets.token_hex(16)
        self.envelopes: list[Envelope] = []
        self.requests = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True)

    def __enter__(self) -> "Inbox":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.gate.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def dsn(self) -> str:
        return f"http://{self.key}@127.0.0.1:{self._server.server_address[1]}/1"

    def items(self, kind: str) -> list[Item]:
        return [item for envelope in list(self.envelopes) for item in envelope.items if item.type == kind]

    @property
    def events(self) -> list[dict[str, Any]]:
        """Error and message events."""
        return [item.json for item in self.items("event")]

    @property
    def transactions(self) -> list[dict[str, Any]]:
        return [item.json for item in self.items("transaction")]

    @property
    def raw(self) -> bytes:
        """Everything that arrived, decompressed."""
        return b"\n".join(envelope.raw for envelope in list(self.envelopes))

    def wait_for(self, condition: Callable[["Inbox"], bool], seconds: float = 10.0) -> bool:
        """Wait until `condition` holds; False if it still does not after `seconds`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition(self):
                return True
            time.sleep(0.02)
        return condition(self)

    def clear(self) -> None:
        self.envelopes.clear()
        self.requests = 0

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One packet an answer: several would each wait for the other side's delayed acknowledgement.
            wbufsize = 65_536
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                # Browsers put the key into the query: a header of its own would need a request before.
                if inbox.key not in self.headers.get("x-sentry-auth", self.path):
                    self.send_error(403)
                    return
                inbox.requests += 1
                body = _decompress(body, self.headers.get("content-encoding", ""))
                inbox.answer.gate.wait(timeout=60)
                if inbox.answer.status == 200:
                    inbox.envelopes.append(parse(body))
                self.send_response(inbox.answer.status)
                for name, value in inbox.answer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def parse(body: bytes) -> Envelope:
    """Take an envelope apart: a line of headers, then for each item a line of headers and a payload."""
    first, _, rest = body.partition(b"\n")
    return Envelope(json.loads(first), list(_items(rest)), body)


def _decompress(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "br":  # what the SDK prefers where the package is installed
        return bytes(importlib.import_module("brotli").decompress(body))
    return body


def _items(rest: bytes) -> Iterator[Item]:
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        headers = json.loads(line)
        length = headers.get("length")
        if length is None:
            payload, _, rest = rest.partition(b"\n")
        else:
            payload, rest = rest[:length], rest[length:].removeprefix(b"\n")
        yield Item(headers["type"], headers, payload)

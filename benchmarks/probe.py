"""One contender in a process of its own, which measures what it is asked for.

    python -m benchmarks.probe service 10      (with the folder of a rendered service in PYTHONPATH)

It reads lines such as `answer 300` and prints the CPU time of one of that many requests, in microseconds;
`memory` prints what the process holds, in kB.
"""

import asyncio
import contextlib
import gc
import os
import sys
import time
from typing import Any

from fastapi import FastAPI

from benchmarks.contenders import application

PATHS = {"answer": "/item/1", "user": "/item/1", "lines": "/lines/1", "failure": "/fail/1"}


def scope_of(kind: str) -> dict[str, Any]:
    """What a server makes of a request."""
    headers = [(b"host", b"service.test"), (b"user-agent", b"benchmark"), (b"accept", b"*/*")]
    if kind == "user":
        headers.append((b"authorization", f"Bearer {os.environ['BENCHMARK_TOKEN']}".encode()))
    path = PATHS[kind]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "server": ("service.test", 80),
        "client": ("127.0.0.1", 1),
        "state": {},
    }


async def receive() -> dict[str, Any]:
    """A request without a body."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(_message: Any) -> None:
    """Whoever asked is content with anything."""


async def measure(app: FastAPI, kind: str, count: int) -> float:
    """CPU time of one request in microseconds, with the sending of what it led to."""
    from sentry_sdk import flush

    gc.collect()
    started = time.process_time()
    for _ in range(count):
        with contextlib.suppress(ValueError):  # servers see it, too, after the answer
            await app(scope_of(kind), receive, send)
    flush(timeout=30)
    return (time.process_time() - started) / count * 1e6


def held() -> int:
    """What the process holds, in kB (resident, Linux)."""
    gc.collect()
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


async def main() -> None:
    """Answer until nobody asks."""
    app = application(sys.argv[1], os.environ["SENTRY_DSN"], int(sys.argv[2]))
    print("ready", flush=True)
    for line in sys.stdin:
        kind, _, count = line.strip().partition(" ")
        found = held() if kind == "memory" else await measure(app, kind, int(count))
        print(found, flush=True)


if __name__ == "__main__":
    asyncio.run(main())

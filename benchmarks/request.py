"""What a request costs: bare FastAPI, the SDK's defaults, and a rendered service, side by side.

    make bench

Each contender runs in processes of its own, in alternation, and answers the same route and the same failing
route in process (no network). Times are CPU time per request; trust the ratios, not the microseconds.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5
CONTENDERS = ("bare", "sdk", "standard", "gdpr", "hipaa")

WORKLOAD = """
import asyncio, json, os, sys, time

kind, routes = sys.argv[1], int(sys.argv[2])
sys.stderr = open(os.devnull, "w")
from tests.inbox import Inbox
inbox = Inbox().__enter__()
os.environ.update(SENTRY_DSN=inbox.dsn, ENVIRONMENT="production", SENTRY_TRACES_SAMPLE_RATE="0.1")
from fastapi import APIRouter, FastAPI
if kind in ("bare", "sdk"):
    if kind == "sdk":
        import sentry_sdk
        sentry_sdk.init(dsn=inbox.dsn, traces_sample_rate=0.1, release="service@1")
    app = FastAPI()
else:
    from app.main import app
    app.router.routes.clear()

router = APIRouter()

@router.get("/item/{number}")
async def item(number: int) -> dict[str, int]:
    return {"number": number}

@router.get("/fail/{number}")
async def fail(number: int) -> None:
    raise ValueError("it failed")

async def other(number: int) -> dict[str, int]:
    return {"number": number}

for number in range(routes):
    router.add_api_route(f"/other-{number}/{{number}}", other)
app.include_router(router)

async def call(path):
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": [(b"host", b"service.test"), (b"user-agent", b"benchmark"), (b"accept", b"*/*")],
             "http_version": "1.1", "scheme": "http", "server": ("service.test", 80), "root_path": "",
             "client": ("127.0.0.1", 1), "asgi": {"version": "3.0"}}
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}
    async def send(message):
        pass
    try:
        await app(scope, receive, send)
    except ValueError:
        pass

async def main():
    found = {}
    for name, path, count in (("answer", "/item/1", 2000), ("failure", "/fail/1", 60)):
        for _ in range(count // 5):
            await call(path)
        started = time.process_time()
        for _ in range(count):
            await call(path)
        found[name] = (time.process_time() - started) / count * 1e6
    print(json.dumps(found), flush=True)

asyncio.run(main())
os._exit(0)
"""


def main() -> None:
    """Measure in alternation and print medians, spread and ratios."""
    sys.path.insert(0, str(ROOT))
    from tests.rendering import render_to

    python = ROOT / ".cache" / "service" / "bin" / "python"
    if not python.exists():
        sys.exit("Run `make test` once: it installs what the rendered service needs.")
    with tempfile.TemporaryDirectory() as folder:
        folders = {level: Path(folder) / level for level in CONTENDERS[2:]}
        for level, target in folders.items():
            render_to(target, compliance=level)
        found: dict[tuple[str, str], list[float]] = {}
        for number in range(ROUNDS):
            for kind in CONTENDERS:
                print(f"\rround {number + 1} of {ROUNDS}: {kind:<10}", end="", file=sys.stderr, flush=True)
                done = subprocess.run(
                    [python, "-c", WORKLOAD, kind, "10"],
                    cwd=folders.get(kind, folders["gdpr"]),
                    env={**os.environ, "PYTHONPATH": str(folders.get(kind, folders["gdpr"]))},
                    capture_output=True,
                    text=True,
                    check=True,
                )
                for name, value in json.loads(done.stdout).items():
                    found.setdefault((kind, name), []).append(value)
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    for name in ("answer", "failure"):
        peer = statistics.median(found["sdk", name])
        print(f"{name}: CPU per request in microseconds (median, least to most), ratio to the SDK's defaults")
        for kind in CONTENDERS:
            values = found[kind, name]
            middle = statistics.median(values)
            print(
                f"  {kind:<9} {middle:>8.0f}  ({min(values):.0f} to {max(values):.0f})  {middle / peer:.2f}"
            )


if __name__ == "__main__":
    main()

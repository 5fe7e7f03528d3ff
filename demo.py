"""`make demo`: render a service, start it, break it on purpose, and show the error as it arrived.

Everything happens on this machine: the "Sentry" is an inbox on loopback that keeps what it is sent.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from copier import run_copy

from template.tests.inbox import Inbox  # the rendered service's own inbox

ROOT = Path(__file__).resolve().parent
SERVICE = ROOT / "demo-service"
PRESET = ROOT / "presets" / "podcast.yml"


SENT = {
    "a password in the query": "correct-horse-battery",
    "a session cookie": "s3ss10n-c00kie-value",
    "an API key in a header": "sk_live_51H8xample",
    "the bearer token": "",  # filled in when it was made
}


def main() -> None:
    """Run the demo; its steps print what they do."""
    started = time.monotonic()
    step("Rendering presets/podcast.yml to demo-service/")
    render()
    step("Installing what the service needs (uv sync)")
    run(uv(), "sync", "--quiet", "--no-group", "dev", "--compile-bytecode")
    with Inbox() as inbox, running(inbox.dsn) as address:
        token = run(str(python()), "-m", "app", "token", "--user", "user-17", "--tenant", "studio-3").strip()
        SENT["the bearer token"] = token
        show("GET", f"{address}/orders/quote?item=notebook&quantity=3")
        show("GET", f"{address}/health")
        failing = f"{address}/diagnostics/division-by-zero?password={SENT['a password in the query']}"
        headers = {
            "Authorization": f"Bearer {token}",
            "Cookie": f"session={SENT['a session cookie']}",
            "X-Api-Key": SENT["an API key in a header"],
        }
        show("POST", failing, headers)
        if not inbox.wait_for(lambda box: bool(box.events)):
            sys.exit("The event did not arrive within 10 s; please report this with the output above.")
        tell(inbox)
    step(f"Done in {time.monotonic() - started:.0f} s; everything is stopped. Next:")
    print(
        f"    uvx copier copy {template_address()} my-service\n"
        "                                        start a service of your own\n"
        "    cd demo-service && make errors      see captured errors in a browser\n"
        "    cd demo-service && make test        run the service's tests\n"
        "    make test                           run the template's tests"
    )


def template_address() -> str:
    """Where this repository was cloned from; its folder if that is not known."""
    asked = subprocess.run(
        ["git", "-C", str(ROOT), "remote", "get-url", "origin"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or str(ROOT)


def render() -> None:
    """Render the preset into a fresh folder; only a folder that the demo made is removed."""
    if SERVICE.exists():
        if not (SERVICE / ".copier-answers.yml").exists():
            sys.exit(f"{SERVICE} is not a rendered service; move it away and run `make demo` again.")
        shutil.rmtree(SERVICE)
    answers: dict[str, Any] = yaml.safe_load(PRESET.read_text(encoding="utf-8"))
    run_copy(str(ROOT), SERVICE, data=answers, defaults=True, quiet=True, vcs_ref="HEAD")
    shutil.copy(SERVICE / ".env.example", SERVICE / ".env")


@contextlib.contextmanager
def running(dsn: str) -> Iterator[str]:
    """Start the service on a free port; stop it at the end, whatever happens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    step(f"Starting the service on {address}")
    # Nobody else is asked: the service stands in for the exchange-rate service, too.
    settings = {
        "RATES_URL": f"{address}/health/live",
        "ENVIRONMENT": "development",
        "SENTRY_ENABLED": "true",
        "SENTRY_DSN": dsn,
        "LOG_FORMAT": "json",
    }
    command = [str(python()), "-m", "uvicorn", "app.main:app", "--port", str(port)]
    log = SERVICE / "demo.log"
    with log.open("w") as lines:
        process = subprocess.Popen(command, cwd=SERVICE, env=os.environ | settings, stderr=lines)
    try:
        for _ in range(150):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/health/live"):
                break
            if process.poll() is not None:
                sys.exit(f"The service did not start:\n{log.read_text()}")
            time.sleep(0.1)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=15)


def show(method: str, url: str, headers: dict[str, str] | None = None) -> None:
    """Call the service and print its answer."""
    request = urllib.request.Request(url, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    step(f"{method} {url.partition('?')[0]}")
    answered = json.loads(body)
    for name, check in answered.get("checks", {}).items():
        print(
            f"    {name:<8} {check['state']}: {check['detail']} (critical: {str(check['critical']).lower()})"
        )
    print(f"    {status} {body.decode()[:120] if 'checks' not in answered else answered['state']}")


def tell(inbox: Inbox) -> None:
    """Print the captured event in a form that is read at a glance."""
    [event] = inbox.events
    error = event["exception"]["values"][-1]
    frame = error["stacktrace"]["frames"][-1]
    tags = ", ".join(f"{name}={value}" for name, value in sorted(event["tags"].items()))
    step("The event, as it arrived")
    for name, value in {
        "error": f"{error['type']}: {error['value']}",
        "handled": str(error["mechanism"]["handled"]).lower(),
        "at": f"{frame['filename']}:{frame['lineno']} in {frame['function']}",
        "source": frame["context_line"].strip(),
        "route": event["transaction"],
        "request id": event["tags"]["request_id"],
        "user": json.dumps(event["user"]),
        "tags": tags,
        "release": event["release"],
        "trace id": event["contexts"]["trace"]["trace_id"],
        "before it": " > ".join(
            crumb["message"] for crumb in event["breadcrumbs"]["values"] if "message" in crumb
        ),
    }.items():
        print(f"    {name:<11} {value}")
    removed = [name for name, value in SENT.items() if value.encode() not in inbox.raw]
    print(f"    {'left out':<11} {', '.join(removed)}")
    leaked = [name for name in SENT if name not in removed]
    if leaked:
        sys.exit(f"These should not have left the service: {', '.join(leaked)}")


def python() -> Path:
    """The Python of the demo service."""
    return SERVICE / ".venv" / "bin" / "python"


def uv() -> str:
    """uv, installed or fetched by the Makefile."""
    return shutil.which("uv") or str(ROOT / ".venv-tools" / "bin" / "uv")


def run(*command: str) -> str:
    """Run a command in the demo service and return what it printed."""
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(command, cwd=SERVICE, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


def step(text: str) -> None:
    """Say what happens next."""
    print(f"\n==> {text}", flush=True)


if __name__ == "__main__":
    main()

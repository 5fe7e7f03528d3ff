"""`make errors`: a real Sentry-compatible server stores and shows what the service sends."""

import http.client
import http.cookiejar
import json
import os
import re
import socket
import sqlite3
import subprocess
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.conftest import Render, Run, uv
from tests.workers.system import free_port

VIEWER = [
    "run",
    "--no-project",
    "--python",
    "3",
    "--with",
    "bugsink>=2.6,<3",
    "python",
    "ops/local/bugsink.py",
]


KEY = "00000000000000000000000000000001"
"""That of the DSN in compose.yaml."""


class Viewer:
    """The running viewer."""

    def __init__(self, address: str, dsn: str, database: Path) -> None:
        self.address, self.dsn, self.database = address, dsn, database
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._browser = urllib.request.build_opener(cookies)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
            return connection.execute(query).fetchall()

    def log_in(self) -> None:
        form = self.page("/accounts/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(.+?)"', form)
        assert token
        data = {"csrfmiddlewaretoken": token.group(1), "username": "admin", "password": "admin"}
        request = urllib.request.Request(
            f"{self.address}/accounts/login/",
            urllib.parse.urlencode(data).encode(),
            {"Referer": f"{self.address}/accounts/login/"},
        )
        self._browser.open(request)

    def page(self, path: str) -> str:
        return self._browser.open(f"{self.address}{path}").read().decode()  # type: ignore[no-any-return]


@contextmanager
def viewing(folder: Path, *options: str) -> Iterator[Viewer]:
    """Run the viewer of a rendered service."""
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    port = free_port()
    command = [uv(), *VIEWER, "--port", str(port), *options]
    asked = subprocess.run(
        [*command, "--print-dsn"], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, "the viewer ended"
                time.sleep(0.1)
        database = folder / ".bugsink" / "bugsink.sqlite3"
        yield Viewer(f"http://127.0.0.1:{port}", asked.stdout.strip(), database)
    finally:
        process.terminate()
        assert process.wait(15) == 0


@pytest.fixture(scope="module")
def viewer(render: Render) -> Iterator[Viewer]:
    with viewing(render(compliance="gdpr", ci="none"), "--host", "errors", "--key", KEY) as running:
        yield running


SCRIPT = """
import asyncio, time, httpx, jwt
from app.main import app
from app.observability import logger, stop
from app.settings import get_settings

async def main():
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    claims = {"sub": "user-17", "iss": "i", "aud": "a", "exp": int(time.time()) + 60}
    token = jwt.encode(claims, get_settings().auth_key.get_secret_value(), "HS256")
    headers = {"X-Request-ID": "support-request-42", "Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
        await client.post("/diagnostics/division-by-zero", headers=headers)
        await client.post("/diagnostics/captured-message", headers=headers)

asyncio.run(main())
stop(10)
"""


def test_the_viewer_shows_the_error_as_people_read_it(
    viewer: Viewer, render: Render, run: Run, tmp_path: Path
) -> None:
    script = tmp_path / "fail_on_purpose.py"
    script.write_text(SCRIPT, "utf-8")
    folder = render(compliance="gdpr", ci="none")
    settings = {"ENVIRONMENT": "test", "SENTRY_DSN": viewer.dsn, "SENTRY_TRACES_SAMPLE_RATE": "1"}
    auth = {"AUTH_KEY": "a-key-of-this-test-0123456789-0123456789", "AUTH_ISSUER": "i", "AUTH_AUDIENCE": "a"}
    run(folder, "fail_on_purpose", PYTHONPATH=f"{tmp_path}{os.pathsep}{folder}", **settings, **auth)

    issues = viewer.rows(
        "SELECT id, calculated_type, calculated_value FROM issues_issue ORDER BY digest_order"
    )
    assert [issue[1:] for issue in issues] == [
        ("ZeroDivisionError", "division by zero"),
        ("Log Message", "logged by /diagnostics/captured-message"),
    ]
    events = [json.loads(str(row[0])) for row in viewer.rows("SELECT data FROM events_event")]
    assert {event["tags"]["request_id"] for event in events} == {"support-request-42"}
    [user] = {event["user"]["id"] for event in events}
    assert user.startswith("u-")  # a pseudonym, at this level
    kept = b"".join(bytes(str(row[0]), "utf-8") for row in viewer.rows("SELECT data FROM ingest_envelope"))
    assert kept.count(b'"type":"transaction"') >= 2

    issue = uuid.UUID(str(issues[0][0]))
    viewer.log_in()
    page = viewer.page(f"/issues/issue/{issue}/event/last/")
    for shown in (
        "ZeroDivisionError",
        "division by zero",
        "app/api/diagnostics.py",
        "division_by_zero",
    ):
        assert shown in page
    details = viewer.page(f"/issues/issue/{issue}/event/last/details/")
    for shown in ("support-request-42", user, "demo-service@0.1.0"):
        assert shown in details


@pytest.mark.parametrize(("name", "status"), [("errors", 200), ("elsewhere", 400)])
def test_containers_reach_the_viewer_by_the_name_it_was_given(viewer: Viewer, name: str, status: int) -> None:
    assert urllib.parse.urlsplit(viewer.dsn).username == KEY
    port = urllib.parse.urlsplit(viewer.address).port
    headers = {"Host": f"{name}:{port}", "X-Sentry-Auth": f"Sentry sentry_key={KEY}, sentry_version=7"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with closing(connection):
        connection.request("POST", "/api/1/envelope/", b"{}", headers)
        assert connection.getresponse().status == status


def test_the_viewer_tells_when_its_port_is_taken(render: Render) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [uv(), *VIEWER, "--port", str(taken.getsockname()[1])]
        environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        done = subprocess.run(
            command,
            cwd=render(compliance="gdpr", ci="none"),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert "must be free" in done.stderr
    assert "Traceback" not in done.stderr

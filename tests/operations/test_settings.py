"""`ops/sentry/privacy.py`: what the organization keeps and shows follows the level of the service."""

import os
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.operations.sentry_api import TOKEN, SentryApi

DEFAULTS = {
    "dataScrubber": False,
    "dataScrubberDefaults": False,
    "allowSharedIssues": True,
    "scrubIPAddresses": False,
    "enhancedPrivacy": False,
    "scrapeJavaScript": True,
    "hideAiFeatures": False,
    "attachmentsRole": "member",
    "storeCrashReports": 0,
    "name": "Acme",
}


def hold(python: Path, folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the script as people do."""
    return subprocess.run(
        [python, "ops/sentry/privacy.py", *arguments],
        cwd=folder,
        env={**os.environ, "SENTRY_ORG": "acme", "SENTRY_AUTH_TOKEN": TOKEN, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(("level", "changed"), [("standard", 3), ("gdpr", 6), ("hipaa", 8)])
def test_settings_follow_the_level(render: Render, service_python: Path, level: str, changed: int) -> None:
    folder = render(compliance=level)
    with SentryApi(organization=dict(DEFAULTS)) as api:
        told = hold(service_python, folder, SENTRY_URL=api.url)
        assert told.returncode == 1
        assert len(told.stdout.splitlines()) == changed
        assert api.organization == DEFAULTS  # nothing is changed unasked
        assert hold(service_python, folder, "--apply", SENTRY_URL=api.url).returncode == 0
        assert hold(service_python, folder, SENTRY_URL=api.url).returncode == 0
    assert [set(body) for body in api.bodies] == [{name for name in DEFAULTS if name in api.bodies[0]}]
    assert len(api.bodies[0]) == changed
    assert api.organization["scrubIPAddresses"] is (level != "standard")


@pytest.mark.parametrize("ending", ["", "/", "/api/", "/api", "/api/0/"])
def test_the_address_is_that_of_the_provider(render: Render, service_python: Path, ending: str) -> None:
    """README: one address for both; the token must not go to sentry.io instead."""
    with SentryApi(organization=dict(DEFAULTS)) as api:
        told = hold(
            service_python,
            render(compliance="gdpr"),
            SENTRY_URL="",
            SENTRY_BASE_URL=f"{api.url}{ending}",
        )
    assert (told.returncode, api.calls, api.faults) == (1, ["GET organization"], [])


def test_a_page_that_answers_is_not_taken_for_sentry(
    render: Render, service_python: Path, tmp_path: Path
) -> None:
    class Page(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(tmp_path / "login.html")

    (tmp_path / "login.html").write_text("<html>Log in</html>", "utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        done = hold(service_python, render(compliance="gdpr"), SENTRY_URL=url)
        server.shutdown()
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == f"privacy: what answers at {url} is not Sentry; check SENTRY_URL.\n"


@pytest.mark.parametrize(
    ("variables", "code", "told"),
    [
        ({"SENTRY_AUTH_TOKEN": "wrong-token-x"}, 3, "the token was refused"),
        ({"SENTRY_ORG": ""}, 2, "set SENTRY_AUTH_TOKEN and SENTRY_ORG"),
        ({"SENTRY_ORG": "other"}, 2, "there is no such organization"),
        ({"SENTRY_URL": "http://127.0.0.1:9"}, 4, "cannot be reached"),
    ],
    ids=["bad token", "no organization", "another organization", "server down"],
)
def test_trouble_is_told(
    render: Render, service_python: Path, variables: dict[str, str], code: int, told: str
) -> None:
    with SentryApi() as api:
        done = hold(service_python, render(compliance="gdpr"), **{"SENTRY_URL": api.url, **variables})
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "wrong-token-x" not in done.stderr
    assert "Traceback" not in done.stderr

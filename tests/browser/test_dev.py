"""R-WEB-4: one command starts API and page on one origin, and Ctrl-C stops both."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import AUTH
from tests.pages import rendered
from tests.workers.system import free_port, wait_until

pytestmark = pytest.mark.browser


def answers(port: int) -> bool:
    """Whether somebody listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_one_command_starts_api_and_page_and_stops_both(
    workspace: Path, service_python: Path, page: Page, tmp_path: Path
) -> None:
    folder = rendered(workspace / "developed", service_python, frontend="vue")
    api, site = free_port(), free_port()
    command: list[str | Path] = [
        service_python,
        "ops/local/dev.py",
        "--port",
        str(api),
        "--page-port",
        str(site),
    ]
    command += ["--api", f"{service_python} -m uvicorn app.main:app --reload --reload-dir app --port {api}"]
    environment = {**os.environ, **AUTH, "ENVIRONMENT": "development"}
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        assert wait_until(lambda: answers(api) and answers(site), 60), log.read_text("utf-8")
        breaking = page.get_by_role("button", name="Break the API")

        def shown() -> bool:
            # Vite prepares what it serves when it is first asked, and a page does not wait long for its API.
            page.goto(f"http://127.0.0.1:{site}/")
            expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=60_000)
            return breaking.is_visible()

        assert wait_until(shown, 120), log.read_text("utf-8")
        breaking.click()
        expect(page.get_by_role("alert")).to_contain_text("Something went wrong on our side")
        process.send_signal(signal.SIGINT)
        process.wait(30)
        assert not answers(api)
        assert not answers(site)
    finally:
        # It stops what it has started, each of which is a group of its own.
        if process.poll() is None:
            process.terminate()
            process.wait(30)

"""New to templates, on a laptop without Docker: README and tutorial, typed as they stand."""

import re
import sqlite3
import uuid
from pathlib import Path

import pytest

from tests.rendering import ROOT
from tests.trials.terminal import Terminal, clone, commands
from tests.workers.system import wait_until

pytestmark = pytest.mark.heavy

TUTORIAL, README = ROOT / "docs" / "tutorial.md", ROOT / "README.md"
STAYS = {"make errors": "errors_port", "make dev": "port"}
"""Commands that are left running, and where they can be reached."""
NO_ANSWERS = ("uvx copier copy", "uvx copier update")
"""What asks a person; nobody is there to answer."""


def run_by_ci(command: str) -> bool:
    """Whether `.ci/run` types this command, on a render of its own."""
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    return command in (line.strip() for line in lines)


def typed(command: str, terminal: Terminal) -> str:
    """A command with the ports of this run in it."""
    for asks in NO_ANSWERS:
        if asks in command and "--defaults" not in command:
            command = command.replace(asks, f"{asks} --defaults --data project_name=Demo")
    return command.replace("127.0.0.1:8000", f"127.0.0.1:{terminal.port}").replace(
        "127.0.0.1:8300", f"127.0.0.1:{terminal.errors_port}"
    )


def test_every_command_of_the_tutorial_works(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    clone(tmp_path)
    said: dict[str, str] = {}
    with Terminal(tmp_path) as terminal:
        for command in commands(TUTORIAL):
            if command in STAYS:
                log = terminal.leave_running(command, getattr(terminal, STAYS[command]))
                said[command] = log.read_text("utf-8")
            elif not run_by_ci(command):
                said[command] = terminal.type(typed(command, terminal))
        service = terminal.folder
        assert "Sentry is on" in (service / ".make-dev.log").read_text("utf-8")
        answer = next(text for command, text in said.items() if "division-by-zero" in command)
        assert (given := re.search(r"x-request-id: (\S+)", answer, re.IGNORECASE))
        database = service / ".bugsink" / "bugsink.sqlite3"

        def events() -> str:
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
                return "".join(str(row[0]) for row in connection.execute("SELECT data FROM events_event"))

        assert wait_until(lambda: "/diagnostics/unhandled" in events(), 20)
        assert given[1] in events()
        assert "ZeroDivisionError" in events()
        assert "correct-horse" not in events()
        assert "accepted" in said[".venv/bin/python -m app check"]
        if request.config.getoption("--screenshots"):
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
                [first] = connection.execute("SELECT id FROM issues_issue ORDER BY digest_order LIMIT 1")
            address = f"http://127.0.0.1:{terminal.errors_port}"
            picture_of_the_viewer(address, uuid.UUID(str(first[0])), ROOT / "docs" / "images")


def test_every_command_of_the_readme_works(tmp_path: Path) -> None:
    clone(tmp_path)
    tutorial = commands(TUTORIAL)
    with Terminal(tmp_path) as terminal:
        for command in commands(README):
            if command.startswith("cd my-service"):
                terminal.folder = tmp_path
            if not run_by_ci(command) and command not in tutorial:
                terminal.type(typed(command, terminal))


def picture_of_the_viewer(address: str, issue: uuid.UUID, folder: Path) -> None:
    """Renew the picture of the README."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1180, "height": 760})
        page.goto(f"{address}/accounts/login/")
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", "admin")
        page.keyboard.press("Enter")
        page.wait_for_load_state()
        page.wait_for_url(lambda url: "login" not in url)
        page.wait_for_load_state()
        page.goto(f"{address}/issues/issue/{issue}/event/last/")
        page.screenshot(path=folder / "viewer.png")
        browser.close()

"""Starting a Vue project in a hurry: copy, install, build, and the page is there, served by the API."""

import shutil
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import Pythons, Render
from tests.pages import built
from tests.trials.terminal import Terminal

pytestmark = pytest.mark.heavy


def test_the_built_page_is_served_and_a_broken_call_has_a_reference(
    tmp_path: Path, render: Render, python_for: Pythons
) -> None:
    python = python_for(render())
    service = built(tmp_path / "hurry", python, {"frontend": "vue"})
    shutil.copy(service / ".env.example", service / ".env")
    with Terminal(service) as terminal:
        # As `make dev` does, in the environment that the tests share.
        terminal.leave_running(f"{python} -m uvicorn app.main:app --port {terminal.port}", terminal.port, 60)
        root = f"http://127.0.0.1:{terminal.port}"
        page = urllib.request.Request(root, headers={"Accept": "text/html"})
        with urllib.request.urlopen(page) as answer:
            assert '<div id="app">' in answer.read().decode()
        with urllib.request.urlopen(f"{root}/config.json") as answer:
            assert '"release":"demo-service@0.1.0' in answer.read().decode().replace(" ", "")
        said = terminal.type(f"curl --silent --include --request POST {root}/diagnostics/unhandled")
        assert "500" in said.splitlines()[0]
        assert "x-request-id" in said.lower()
        # What the README of the service names is there to be typed.
        targets = terminal.type("make help")
        assert all(f"make {name}" in targets for name in ("page", "page-build", "page-test"))

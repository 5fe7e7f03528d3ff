"""A browser, pages that were built, and services that serve them."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from template.tests.inbox import Inbox
from tests.pages import built
from tests.server import Server, Servers
from tests.workers.conftest import system_of

__all__ = ["system_of"]

PATIENCE_MS = 60_000
"""What a busy machine may need; whatever works does not wait."""

expect.set_options(timeout=PATIENCE_MS)

Built = Callable[..., Path]
Serve = Callable[..., Server]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or whichever is on the PATH."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    assert executable, "there is no chromium on the PATH: apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a context of its own, of a size for screenshots."""
    context = browser.new_context(viewport={"width": 760, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    with contextlib.closing(context):
        yield context.new_page()


@pytest.fixture(scope="session")
def build(workspace: Path, service_python: Path) -> Built:
    """Render a service with a page and build it, once for each set of answers."""
    done: dict[str, Path] = {}

    def once(frontend: str, compliance: str, database: str = "none") -> Path:
        key = f"{frontend}-{compliance}-{database}"
        if key not in done:
            answers = {"frontend": frontend, "compliance": compliance, "database": database}
            done[key] = built(workspace / f"page-{key}", service_python, answers)
        return done[key]

    return once


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A Sentry on this machine that browsers may talk to."""
    with Inbox() as running:
        running.answer.headers["access-control-allow-origin"] = "*"
        yield running


@pytest.fixture
def serve(service_python: Path, tmp_path: Path) -> Iterator[Serve]:
    """Start services; they are stopped after the test."""
    with Servers(service_python, tmp_path) as servers:

        def start(folder: Path, port: int = 0, **settings: str) -> Server:
            return servers.start(folder, port=port, settings={"ENVIRONMENT": "test", **AUTH, **settings})

        yield start


AUTH = {
    "AUTH_KEY": "a-key-that-only-the-tests-know-0123456789-0123456789",
    "AUTH_ISSUER": "https://issuer.example",
    "AUTH_AUDIENCE": "browser-tests",
}

"""An error of the built, minified page shows the TypeScript line that raised it (R-OPS-4, R-WEB-1)."""

import html
import re
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Serve
from tests.pages import node, rendered
from tests.test_viewer import Viewer, viewing

pytestmark = pytest.mark.browser

TOKEN = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, service_python: Path) -> Path:
    """A service with a page, not built yet."""
    target = tmp_path_factory.mktemp("maps") / "demo-service-page"  # the slug of its project, too
    return rendered(target, service_python, frontend="vue", compliance="gdpr")


@pytest.fixture(scope="module")
def viewer(folder: Path) -> Iterator[Viewer]:
    """The viewer of `make errors`, which takes source maps from whoever has this token."""
    with viewing(folder) as running:
        with sqlite3.connect(running.database, timeout=30) as database:
            columns = [row[1:4] for row in database.execute("PRAGMA table_info(bsmain_authtoken)")]
            row = {
                name: 1 if kind == "bool" else ""
                for name, kind, needed in columns
                if needed and name not in ("id", "created_at")
            }
            row |= {
                "token": TOKEN,
                "created_at": "2026-11-22 10:00:00",
                "is_project_bound": 0,
                "is_user_bound": 0,
            }
            names, places = ", ".join(row), ", ".join("?" * len(row))
            statement = f"INSERT INTO bsmain_authtoken ({names}) VALUES ({places})"
            database.execute(statement, list(row.values()))
        yield running


def test_a_minified_error_shows_its_line(
    folder: Path, viewer: Viewer, serve: Serve, page: Page, tmp_path: Path
) -> None:
    settings = {"SENTRY_AUTH_TOKEN": TOKEN, "SENTRY_ORG": "local", "SENTRY_URL": viewer.address, "CI": "true"}
    settings["SENTRY_CONFIG_DIR"] = str(tmp_path)  # where the upload remembers the addresses of organizations
    node(folder / "frontend", "npm", "run", "build", settings=settings)
    [script] = list((folder / "frontend" / "dist" / "static").glob("index-*.js"))
    assert ": void" not in script.read_text("utf-8")
    assert not list((folder / "frontend" / "dist").rglob("*.map"))  # they are Sentry's alone

    server = serve(folder, SENTRY_DSN=viewer.dsn)
    page.goto(f"http://127.0.0.1:{server.port}/")
    page.get_by_role("button", name="Break the page").click()
    query = "SELECT id FROM issues_issue"
    for _ in range(100):
        if issues := viewer.rows(query):
            break
        page.wait_for_timeout(100)
    [issue] = issues
    viewer.log_in()
    shown = viewer.page(f"/issues/issue/{uuid.UUID(str(issue[0]))}/event/last/")
    text = html.unescape(re.sub(r"<[^>]+>", "", shown))
    assert "DeveloperPanel.vue" in text
    assert "function breakThePage(): void {" in text
    assert "throw new Error(words`broken on purpose by the developer panel`)" in text


def test_a_bad_token_fails_the_build_in_ci(folder: Path, viewer: Viewer) -> None:
    settings = {
        "SENTRY_AUTH_TOKEN": "wrong",
        "SENTRY_ORG": "local",
        "SENTRY_URL": viewer.address,
        "CI": "true",
    }
    told = node(folder / "frontend", "npm", "run", "build", settings=settings, expect=1)
    assert "401" in told

"""R-WEB-1, R-WEB-2, R-PRV-2: what is planted on every surface of a page does not leave it.

Judged by what reaches the inbox and by the addresses and headers of the requests that carried it.
"""

import itertools
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import Page, Request, expect

from template.tests.inbox import Inbox
from tests.browser.conftest import Serve
from tests.conftest import LEVELS
from tests.pages import FRONTENDS, node, rendered

pytestmark = pytest.mark.browser

Planted = Callable[[str, str], Path]

CANARIES = Path(__file__).parent / "canaries"

SURFACES = re.split(
    ", ",
    "aria label, attachment, attribute, bracket, breadcrumb, cause, console, context, cookie, element id, "
    "error text, extra, fetch body, fetch path, fetch query, field, field name, fingerprint, global "
    "error, hash, header, hole, link path, link query, link text, local storage, log, log attribute, "
    "message, message line, metric, metric attribute, page path, page query, placeholder, props, pushed "
    "query, rejected key, rejected object, rejection, session storage, socket, span, span attribute, tag, "
    "tag key, target, text, title, transaction, user id, user object, xhr body, xhr path, xhr query",
)

ALLOWED_AT_GDPR: dict[str, str] = {}
"""Kinds of values that may leave at gdpr, with the reason. There is none."""


def letters(number: int) -> str:
    """A number as two letters, so that values hold no digits that would give them away."""
    return chr(97 + number // 26) + chr(97 + number % 26)


def values(number: int) -> dict[str, str]:
    """What is planted on the surface of this number."""
    own = letters(number)
    return {
        "secret": f"sk_live_4fQ{own}AbCdEfGh123456",
        "contact": f"anna.{own}.schmidt@clinic.example",
        "person": f"Anneliese Kowal{own}czyk",
        "word": f"zebrafish{own}",
    }


FORBIDDEN = {
    "standard": ("secret", "contact"),
    "gdpr": tuple(kind for kind in ("secret", "contact", "person", "word") if kind not in ALLOWED_AT_GDPR),
    "hipaa": ("secret", "contact", "person", "word"),
}


def leaks(level: str, sent: str) -> list[str]:
    """Surface and kind of everything planted that is in what was sent, in whichever encoding."""
    plain = unquote(unquote(sent)).lower()
    found = []
    for (number, surface), kind in itertools.product(enumerate(SURFACES), FORBIDDEN[level]):
        value = values(number)[kind]
        # A name without its blank, a mail without its host: parts tell as much.
        parts = {value, *value.split(), value.partition("@")[0]} - {"Anneliese"}
        if any(part.lower() in plain or quote(part).lower() in plain for part in parts):
            found.append(f"{surface}: {kind}")
    return found


@pytest.fixture(scope="module")
def planted(workspace: Path, service_python: Path) -> Planted:
    """Pages whose first view is full of canaries; one build for each front end and level."""
    done: dict[str, Path] = {}

    def once(frontend: str, level: str) -> Path:
        key = f"{frontend}-{level}"
        if key not in done:
            target = workspace / f"planted-{key}"
            rendered(target, service_python, frontend=frontend, compliance=level)
            view = "HomeView.vue" if frontend == "vue" else "HomeView.tsx"
            shutil.copy(CANARIES / "plant.ts", target / "frontend" / "src" / "plant.ts")
            shutil.copy(CANARIES / view, target / "frontend" / "src" / "views" / view)
            node(target / "frontend", "npm", "run", "build")
            done[key] = target
        return done[key]

    return once


@pytest.mark.parametrize(("frontend", "level"), list(itertools.product(FRONTENDS, LEVELS)))
def test_nothing_that_is_planted_leaves(
    planted: Planted, serve: Serve, inbox: Inbox, page: Page, frontend: str, level: str
) -> None:
    server = serve(
        planted(frontend, level),
        SENTRY_DSN=inbox.dsn,
        SENTRY_TRACES_SAMPLE_RATE="1",
        SENTRY_LOGS_ENABLED="true",
    )
    texts = {surface: " ".join(values(number).values()) for number, surface in enumerate(SURFACES)}
    carried: list[str] = []

    def note(request: Request) -> None:
        if "/envelope/" in request.url:
            carried.append(f"{request.url} {json.dumps(request.all_headers())}")

    page.add_init_script(f"window.canaries = {json.dumps(texts)}")
    page.on("request", note)
    home = f"http://127.0.0.1:{server.port}"
    page.goto(f"{home}/?q={quote(texts['page query'])}#{quote(texts['hash'])}")
    page.get_by_test_id("field").fill(texts["field"])
    page.get_by_test_id("plant").click()
    expect(page.get_by_text("planted", exact=True)).to_be_visible()
    page.get_by_test_id("break").click()
    expect(page.get_by_text("stopped working").first).to_be_visible()
    page.goto(f"{home}/?q={quote(texts['page query'])}")
    page.get_by_test_id("link").click()
    expect(page.get_by_role("link", name="Back to the list")).to_be_visible()
    page.goto(f"{home}/items/{quote(texts['page path'])}")
    expect(page.get_by_role("alert").first).to_be_visible()
    page.goto("about:blank")

    expected = {"event", "span", "log", "trace_metric", "session"}

    def arrived(box: Inbox) -> bool:
        kinds = {item.type for envelope in box.envelopes for item in envelope.items}
        return kinds >= expected and len(of_the_page(box)) >= 7

    assert inbox.wait_for(arrived, 20), [event["exception"] for event in of_the_page(inbox)]
    sent = b"\n".join(
        envelope.raw for envelope in inbox.envelopes if b"sentry.python" not in envelope.raw
    ).decode()
    assert leaks(level, sent + "\n".join(carried)) == []


def of_the_page(inbox: Inbox) -> list[dict[str, Any]]:
    return [event for event in inbox.events if event["platform"] == "javascript"]

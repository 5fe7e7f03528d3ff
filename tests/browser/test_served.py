"""R-WEB-4: the API serves the built page with headers for browsers, and the page keeps to its policy."""

import pytest
from playwright.sync_api import ConsoleMessage, Page, Response, expect

from template.tests.inbox import Inbox
from tests.browser.conftest import Built, Serve
from tests.pages import FRONTENDS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_the_built_page_is_served_cached_and_within_its_policy(
    build: Built, serve: Serve, inbox: Inbox, page: Page, frontend: str
) -> None:
    answers: list[Response] = []
    stopped: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            stopped.append(message.text)

    page.on("response", lambda answer: answers.append(answer))
    page.on("console", listen)
    server = serve(build(frontend, "gdpr"), SENTRY_DSN=inbox.dsn, SENTRY_TRACES_SAMPLE_RATE="1")
    home = f"http://127.0.0.1:{server.port}"
    page.goto(f"{home}/items/desk")
    expect(page.get_by_text("One costs 249.00 EUR")).to_be_visible()
    assert inbox.wait_for(lambda box: bool(box.items("span")), 30)

    [document] = [answer for answer in answers if answer.url == f"{home}/items/desk"]
    assert document.headers["cache-control"] == "no-cache"
    assert "default-src 'self'" in document.headers["content-security-policy"]
    assets = [answer for answer in answers if answer.url.startswith(f"{home}/static/")]
    assert {answer.url.rpartition(".")[2] for answer in assets} == {"css", "js"}
    assert {answer.headers["cache-control"] for answer in assets} == {"public, max-age=31536000, immutable"}
    assert stopped == []
    # What the policy forbids is stopped, and the API hears of it.
    page.evaluate("fetch('http://127.0.0.1:9/elsewhere').catch(() => undefined)")
    told = "the policy of the page stopped something"
    assert inbox.wait_for(lambda box: any(told in str(event) for event in box.events), 30)
    assert stopped != []

"""R-WEB-3, R-WEB-4: a click in the page, the API it calls and the errors of both are one trace."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from template.tests.inbox import Inbox
from tests.browser.conftest import Built, Serve
from tests.pages import FRONTENDS

pytestmark = pytest.mark.browser


def spans(inbox: Inbox) -> list[dict[str, Any]]:
    """The spans that the page streamed."""
    return [span for item in inbox.items("span") for span in item.json["items"]]


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_page_and_api_share_one_trace(
    build: Built, serve: Serve, inbox: Inbox, page: Page, frontend: str
) -> None:
    server = serve(build(frontend, "gdpr"), SENTRY_DSN=inbox.dsn, SENTRY_TRACES_SAMPLE_RATE="1")
    page.goto(f"http://127.0.0.1:{server.port}/")
    expect(page.get_by_role("link", name="notebook")).to_be_visible()
    page.get_by_role("button", name="Break the API").click()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Something went wrong on our side")
    reference = notice.locator("code").inner_text()

    def arrived(box: Inbox) -> bool:
        return len(box.events) == 2 and any(span["name"].startswith("POST") for span in spans(box))

    assert inbox.wait_for(arrived, 20), [event.get("platform") for event in inbox.events]
    of_the_page = next(event for event in inbox.events if event["platform"] == "javascript")
    of_the_api = next(event for event in inbox.events if event["platform"] == "python")
    call = next(span for span in spans(inbox) if span["name"].startswith("POST"))
    transaction = next(item for item in inbox.transactions if item["transaction"] == "/diagnostics/unhandled")
    # Whatever the click sets in motion belongs in this set: a job that the API starts, for one.
    traces = {
        of_the_page["contexts"]["trace"]["trace_id"],
        of_the_api["contexts"]["trace"]["trace_id"],
        transaction["contexts"]["trace"]["trace_id"],
        call["trace_id"],
    }
    assert len(traces) == 1
    assert transaction["contexts"]["trace"]["parent_span_id"] == call["span_id"]
    assert {of_the_page["tags"]["request_id"], of_the_api["tags"]["request_id"]} == {reference}
    assert of_the_page["exception"]["values"][-1]["value"] == "the API failed"
    assert of_the_page["release"] == of_the_api["release"]

"""R-WEB-3, R-WEB-4: a click in the page, the API it calls, its job and the errors of all are one trace."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from template.tests.inbox import Inbox
from tests.browser.conftest import Built, Serve
from tests.pages import FRONTENDS
from tests.workers.conftest import MakeSystem
from tests.workers.system import COMMANDS

pytestmark = pytest.mark.browser


def spans(inbox: Inbox) -> list[dict[str, Any]]:
    """The spans that the page streamed."""
    return [span for item in inbox.items("span") for span in item.json["items"]]


def parts(inbox: Inbox, *names: str) -> list[dict[str, Any]]:
    """The events and transactions of these routes and tasks."""
    return [item for item in (*inbox.events, *inbox.transactions) if item.get("transaction") in names]


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


JOB, ROUTE = "app.worker.diagnostics.fail", "/failing-with-its-job"


@pytest.mark.parametrize(("frontend", "engine"), list(itertools.product(FRONTENDS, ("arq", "celery"))))
def test_page_api_and_job_share_one_trace(
    build: Built, system_of: MakeSystem, page: Page, frontend: str, engine: str
) -> None:
    dist = build(frontend, "gdpr") / "frontend" / "dist"
    system = system_of(engine, answers={"frontend": frontend}, PAGE_FOLDER=str(dist))
    system.inbox.answer.headers["access-control-allow-origin"] = "*"
    system.add(Path(__file__).with_name("failing_job.py"), "app/api/failing_job.py")
    system.start_broker()
    system.run("worker", COMMANDS[engine])
    system.start_api()
    home = f"http://127.0.0.1:{system.port}"
    page.route("**/diagnostics/unhandled", lambda route: route.continue_(url=f"{home}{ROUTE}"))
    page.goto(home)
    page.get_by_role("button", name="Break the API").click()
    reference = page.get_by_role("alert").locator("code").inner_text()

    def arrived(box: Inbox) -> bool:
        of_the_page = any(event["platform"] == "javascript" for event in box.events)
        called = any(span["name"].startswith("POST") for span in spans(box))
        return of_the_page and called and len(parts(box, ROUTE)) == len(parts(box, JOB)) == 2

    assert system.inbox.wait_for(arrived, 60), system.log("worker")
    [of_the_page] = [event for event in system.inbox.events if event["platform"] == "javascript"]
    [call] = [span for span in spans(system.inbox) if span["name"].startswith("POST")]
    everything = [of_the_page, *parts(system.inbox, ROUTE, JOB)]
    assert {item["contexts"]["trace"]["trace_id"] for item in everything} == {call["trace_id"]}
    assert {item["tags"]["request_id"] for item in everything} == {reference}

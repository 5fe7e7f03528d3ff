"""R-WEB-4: the page works when Sentry does not, and says so with a reference when the API does not."""

import itertools
import re
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from template.tests.inbox import Inbox
from tests.browser.conftest import Built, Serve
from tests.pages import FRONTENDS
from tests.rendering import ROOT
from tests.workers.system import free_port

pytestmark = pytest.mark.browser

SCREENSHOTS = ROOT / "docs" / "images"
REFERENCE = re.compile(r"^[0-9a-f]{32}$")


def shown(page: Page, name: str, take: bool) -> None:
    """A picture for the documentation, if this run takes them."""
    if take:
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png")


def of(request: Request) -> str:
    """What a request carries."""
    return request.post_data or ""


def ask(page: Page) -> None:
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("4.50 EUR").last).to_be_visible()


@pytest.mark.parametrize(
    ("frontend", "trouble"), list(itertools.product(FRONTENDS, ("blocked", "slow", "429", "unreachable")))
)
def test_the_page_works_whatever_sentry_does(
    build: Built, serve: Serve, inbox: Inbox, page: Page, frontend: str, trouble: str
) -> None:
    dsn = inbox.dsn
    if trouble == "slow":
        inbox.answer.gate.clear()
    elif trouble == "429":
        inbox.answer.status = 429
    elif trouble == "unreachable":
        dsn = f"http://0123456789abcdef0123456789abcdef@127.0.0.1:{free_port()}/1"
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    if trouble == "blocked":
        page.route("**/envelope/**", lambda route: route.abort("blockedbyclient"))
    server = serve(build(frontend, "gdpr"), SENTRY_DSN=dsn, SENTRY_TRACES_SAMPLE_RATE="1")
    page.goto(f"http://127.0.0.1:{server.port}/")
    expect(page.get_by_role("link", name="desk")).to_be_visible()
    ask(page)
    page.get_by_role("button", name="Break the API").click()
    expect(page.get_by_role("alert").locator("code")).to_have_text(REFERENCE)
    page.get_by_role("link", name="desk").click()
    expect(page.get_by_text("One costs 249.00 EUR")).to_be_visible()
    assert errors == []


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_an_error_waits_for_rules_that_did_not_arrive(
    build: Built, serve: Serve, inbox: Inbox, page: Page, frontend: str
) -> None:
    tries: list[Route] = []

    def fetched(route: Route) -> None:
        tries.append(route)
        if len(tries) > 2:
            route.continue_()
        else:
            route.abort()

    page.route("**/static/privacy-*", fetched)
    server = serve(build(frontend, "gdpr"), SENTRY_DSN=inbox.dsn)
    page.goto(f"http://127.0.0.1:{server.port}/")
    with page.expect_request(lambda request: "/envelope/" in request.url and "broken" in of(request)):
        page.get_by_role("button", name="Break the page").click()
    reference = page.get_by_role("alert").locator("code").inner_text()
    assert inbox.wait_for(lambda box: any(e["platform"] == "javascript" for e in box.events))
    [event] = [event for event in inbox.events if event["platform"] == "javascript"]
    assert event["tags"]["request_id"] == reference


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_an_api_that_is_down_is_told_with_a_reference(
    build: Built, serve: Serve, inbox: Inbox, page: Page, frontend: str
) -> None:
    folder = build(frontend, "gdpr")
    server = serve(folder, SENTRY_DSN=inbox.dsn)
    page.goto(f"http://127.0.0.1:{server.port}/")
    expect(page.get_by_role("link", name="desk")).to_be_visible()
    server.stop()
    page.get_by_role("button", name="Ask", exact=True).click()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("cannot be reached right now")
    reference = notice.locator("code").inner_text()
    assert REFERENCE.fullmatch(reference)
    assert inbox.wait_for(lambda box: any(e["platform"] == "javascript" for e in box.events))
    [event] = [event for event in inbox.events if event["platform"] == "javascript"]
    assert event["tags"]["request_id"] == reference
    assert [value["value"] for value in event["exception"]["values"]] == [
        "Failed to fetch ([..])",
        "the API cannot be reached",
    ]
    serve(folder, port=server.port, SENTRY_DSN=inbox.dsn)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    ask(page)


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_a_page_on_another_origin_reads_the_unhandled_error(
    build: Built, serve: Serve, inbox: Inbox, browser: Browser, frontend: str
) -> None:
    # The policy that our server gives knows its own API only; a page elsewhere brings its own.
    page = browser.new_page(bypass_csp=True)
    folder = build(frontend, "gdpr")
    other = serve(folder)  # serves the files of the page, and is not asked for more
    origin = f"http://127.0.0.1:{other.port}"
    api = serve(folder, SENTRY_DSN=inbox.dsn, SENTRY_TRACES_SAMPLE_RATE="1", CORS_ORIGINS=origin)

    def config(route: Route) -> None:
        told = route.fetch(url=f"http://127.0.0.1:{api.port}/config.json").json()
        route.fulfill(json={**told, "api": f"http://127.0.0.1:{api.port}"})

    page.route("**/config.json", config)
    page.goto(f"{origin}/")
    expect(page.get_by_role("link", name="desk")).to_be_visible()
    page.get_by_role("button", name="Break the API").click()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Something went wrong on our side")
    reference = notice.locator("code").inner_text()
    assert inbox.wait_for(lambda box: len(box.events) == 2)
    assert {event["tags"]["request_id"] for event in inbox.events} == {reference}
    assert len({event["contexts"]["trace"]["trace_id"] for event in inbox.events}) == 1
    page.close()


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_the_tunnel_carries_what_a_blocker_stops(
    build: Built, serve: Serve, inbox: Inbox, page: Page, frontend: str
) -> None:
    page.route("**/envelope/**", lambda route: route.abort("blockedbyclient"))
    server = serve(build(frontend, "gdpr"), SENTRY_DSN=inbox.dsn, SENTRY_TUNNEL_ENABLED="true")
    page.goto(f"http://127.0.0.1:{server.port}/")
    page.get_by_role("button", name="Break the page").click()
    assert inbox.wait_for(lambda box: any(e["platform"] == "javascript" for e in box.events))
    [event] = [event for event in inbox.events if event["platform"] == "javascript"]
    assert event["exception"]["values"][0]["value"] == "broken on purpose by the developer panel"
    assert event["tags"]["request_id"] == page.get_by_role("alert").locator("code").inner_text()


WRITTEN = """() => {
    const style = document.createElement('style')
    style.textContent = '.a::before { content: "zebrafish" }'
    document.head.append(style)
    document.styleSheets[0].insertRule('.b::before { content: "zebrafish" }')
    const element = document.createElement('x-zebrafish')
    const names = ['id', 'title', 'data-patient', 'aria-valuetext', 'summary', 'srcdoc', 'href', 'value']
    for (const name of names) element.setAttribute(name, 'zebrafish')
    const button = Object.assign(document.createElement('input'), { type: 'submit', value: 'zebrafish' })
    document.body.append(element, button)
    element.style.backgroundImage = 'url(/zebrafish.png)'
    setTimeout(() => {
        element.dataset.later = 'zebrafish'
        element.style.setProperty('--who', 'zebrafish')
    })
}"""
"""What of a page nobody reads, and somebody wrote."""


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_a_recording_is_masked(build: Built, serve: Serve, inbox: Inbox, page: Page, frontend: str) -> None:
    server = serve(build(frontend, "gdpr"), SENTRY_DSN=inbox.dsn, SENTRY_REPLAY_SAMPLE_RATE="1")
    page.goto(f"http://127.0.0.1:{server.port}/?visitor=zebrafish")
    page.get_by_label("Item").fill("zebrafish")
    page.evaluate(WRITTEN)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.wait_for_timeout(6_000)  # recordings are sent every five seconds
    page.goto("about:blank")
    assert inbox.wait_for(lambda box: bool(box.items("replay_recording")))
    bodies = [unpacked(item.body) for item in inbox.items("replay_recording")]
    assert any(b"rrweb" in body or b'"type":2' in body for body in bodies)
    for body in bodies:
        for text in (b"zebrafish", b"notebook", b"For sale"):
            assert text not in body
    assert b"zebrafish" not in inbox.raw


def unpacked(body: bytes) -> bytes:
    """A recording: a line of headers, then what a worker may have compressed."""
    _, _, rest = body.partition(b"\n")
    try:
        return zlib.decompress(rest)
    except zlib.error:
        return rest


@pytest.mark.parametrize(("frontend", "scheme"), list(itertools.product(FRONTENDS, ("light", "dark"))))
def test_the_page_reads_well_in_light_and_dark(
    build: Built, serve: Serve, page: Page, frontend: str, scheme: str, request: pytest.FixtureRequest
) -> None:
    take = bool(request.config.getoption("--screenshots"))
    name = f"{frontend}-{scheme}"
    server = serve(build(frontend, "gdpr"))
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"http://127.0.0.1:{server.port}/")
    expect(page.get_by_role("link", name="desk")).to_be_visible()
    ask(page)
    shown(page, name, take)
    page.get_by_role("button", name="Break the API").click()
    expect(page.get_by_role("alert")).to_be_visible()
    shown(page, f"{name}-error", take)
    page.reload()
    expect(page.get_by_role("link", name="desk")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline")).to_be_visible()
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("You are offline")
    shown(page, f"{name}-offline", take)
    ink, paper = page.evaluate(
        "() => [document.body, document.documentElement].map((node) => getComputedStyle(node))"
        ".map((style, place) => place ? style.backgroundColor : style.color)"
    )
    assert contrast(ink, paper) >= 4.5  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_everything_can_be_reached_by_keyboard_and_has_a_name(
    build: Built, serve: Serve, page: Page, frontend: str
) -> None:
    server = serve(build(frontend, "gdpr"))
    page.goto(f"http://127.0.0.1:{server.port}/")
    expect(page.get_by_role("link", name="desk")).to_be_visible()
    reached: list[str] = []
    for _ in range(20):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => (document.activeElement.labels?.[0] ?? document.activeElement).innerText"
        )
        reached.append((focused or "").strip().partition("\n")[0])
    assert reached[0] == "Skip to the content"
    for wanted in (
        "notebook",
        "Item",
        "Quantity",
        "Currency",
        "Ask",
        "Break the API",
        "Break the page",
        "Sign in",
    ):
        assert wanted in reached
    for kind in ("button", "input", "select"):
        for control in page.locator(kind).all():
            assert control.evaluate("node => (node.labels?.[0] ?? node).innerText.trim()")


def contrast(first: str, second: str) -> float:
    """Contrast of two colours such as `rgb(1, 2, 3)` (WCAG 2.2, definition of contrast ratio)."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_documentation_has_its_pictures() -> None:
    how_to = (ROOT / "docs" / "how-to.md").read_text(encoding="utf-8")
    pictures = re.findall(r"\(images/([\w-]+\.png)\)", how_to)
    assert pictures
    for picture in pictures:
        path: Path = SCREENSHOTS / picture
        assert path.stat().st_size < 100_000

"""Both front ends pass their own checks, are as small as they say, and hold what was asked for, no more."""

import gzip
import http.server
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages import FRONTENDS, node, rendered

# kB after gzip at the start of the page, for level hipaa; measured, and allowed to grow by a tenth.
START = {"vue": 96, "react": 162}
START_WITHOUT_SENTRY = {"vue": 44, "react": 114}
RULES = 28


@pytest.fixture(scope="module", params=FRONTENDS)
def page(request: pytest.FixtureRequest, workspace: Path, service_python: Path) -> Path:
    """The folder of a page at level hipaa, built."""
    target = workspace / f"checked-{request.param}"
    folder = rendered(target, service_python, frontend=request.param, compliance="hipaa") / "frontend"
    node(folder, "npm", "run", "build")
    return folder


@pytest.fixture(scope="module")
def react(workspace: Path, service_python: Path) -> Path:
    """A React page, for what is the same in both and takes its time."""
    target = workspace / "checked-once"
    return rendered(target, service_python, frontend="react", compliance="gdpr") / "frontend"


def kind(page: Path) -> str:
    return page.parent.name.removeprefix("checked-")


def start_size(dist: Path) -> float:
    """kB after gzip of the scripts that index.html asks for."""
    scripts = re.findall(r'(?:src|href)="/(static/[^"]+\.js)"', (dist / "index.html").read_text("utf-8"))
    assert scripts
    return sum(len(gzip.compress((dist / script).read_bytes(), 9)) for script in scripts) / 1_000


def test_lint_types_and_tests_pass(page: Path) -> None:
    for script in ("lint", "types", "test"):
        node(page, "npm", "run", script)


def test_a_page_is_as_small_as_it_says(page: Path) -> None:
    dist = page / "dist"
    size = start_size(dist)
    [rules] = (dist / "static").glob("privacy-*.js")
    rules_size = len(gzip.compress(rules.read_bytes(), 9)) / 1_000
    print(f"{kind(page)}: {size:.1f} kB at the start, rules {rules_size:.1f} kB")
    assert size <= START[kind(page)] * 1.1
    assert rules_size <= RULES * 1.1
    assert not list(dist.rglob("*.map"))


def test_a_page_at_hipaa_has_no_code_for_recordings(page: Path) -> None:
    scripts = "".join(path.read_text("utf-8") for path in (page / "dist").rglob("*.js"))
    assert not list((page / "dist").rglob("recording-*"))
    assert "rrweb" not in scripts
    assert "maskAllText" not in scripts or "blockAllMedia" not in scripts


def test_a_page_without_sentry_has_no_code_of_it(page: Path) -> None:
    node(page, "npm", "run", "build", "--", "--outDir", "off", settings={"FRONTEND_SENTRY": "off"})
    scripts = "".join(path.read_text("utf-8") for path in (page / "off").rglob("*.js"))
    for trace in ("__SENTRY__", "sentry_key", "sentry-trace", "envelope"):
        assert trace not in scripts
    assert start_size(page / "off") <= START_WITHOUT_SENTRY[kind(page)] * 1.1


def test_an_api_that_changes_does_not_compile(react: Path) -> None:
    schema = react / "src" / "api" / "schema.d.ts"
    before = schema.read_text("utf-8")
    schema.write_text(before.replace("/orders/items", "/orders/things"), encoding="utf-8")
    try:
        told = node(react, "npm", "run", "types", expect=2)
    finally:
        schema.write_text(before, encoding="utf-8")
    assert "src/views/HomeView" in told


def test_there_is_one_core_of_the_sdk(page: Path) -> None:
    modules = (page / "node_modules").resolve()
    found = {str(path.relative_to(modules)) for path in modules.rglob("@sentry/core/package.json")}
    # A second one would double the code in the page; the bundler's plugin may have its own.
    assert {path for path in found if "bundler-plugins" not in path} == {"@sentry/core/package.json"}


@pytest.fixture
def refusing_sentry() -> Iterator[str]:
    """A Sentry that knows no token."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.send_response(401)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = do_PUT = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def test_a_bad_token_fails_the_build_in_ci_and_leaves_no_maps(react: Path, refusing_sentry: str) -> None:
    settings = {
        "SENTRY_AUTH_TOKEN": "not-a-token",
        "SENTRY_ORG": "demo",
        "SENTRY_PROJECT": "page",
        "SENTRY_URL": refusing_sentry,
    }
    node(react, "npm", "run", "build", expect=1, settings={**settings, "CI": "true"})
    told = node(react, "npm", "run", "build", settings=settings)
    assert "Source maps were not uploaded" in told
    assert not list((react / "dist").rglob("*.map"))


def test_make_offers_and_checks_the_page(page: Path) -> None:
    folder = page.parent
    told = subprocess.run(["make", "help"], cwd=folder, capture_output=True, text=True, check=True).stdout
    for target in ("page", "page-build", "page-test"):
        assert f"make {target} " in told
    plan = subprocess.run(
        ["make", "-n", "check"], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
    for script in ("lint", "types", "test", "build"):
        assert f"npm --prefix frontend run {script}" in plan

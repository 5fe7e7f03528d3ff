"""Both front ends pass their own checks, are as small as they say, and hold what was asked for, no more."""

import gzip
import http.server
import io
import json
import re
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages import FRONTENDS, node, rendered

# kB after gzip at the start of the page, for level hipaa; measured, and allowed to grow by a tenth.
START = {"vue": 96, "react": 162}
START_WITHOUT_SENTRY = {"vue": 44, "react": 114}
RULES = 32


@pytest.fixture(scope="module", params=FRONTENDS)
def page(request: pytest.FixtureRequest, workspace: Path, service_python: Path) -> Path:
    """The folder of a page at level hipaa, built; its API takes reports."""
    target = workspace / f"checked-{request.param}"
    answers = {"frontend": request.param, "compliance": "hipaa", "database": "sqlalchemy"}
    folder = rendered(target, service_python, **answers) / "frontend"
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


def test_an_api_that_changes_does_not_compile(page: Path) -> None:
    schema = page / "src" / "api" / "schema.d.ts"
    before = schema.read_text("utf-8")
    after = before.replace("/orders/items", "/orders/things").replace("severity: ", "urgency: ")
    schema.write_text(after, encoding="utf-8")
    try:
        told = node(page, "npm", "run", "types", expect=2)
    finally:
        schema.write_text(before, encoding="utf-8")
    assert "src/views/HomeView" in told
    assert "src/report.ts" in told


def test_there_is_one_core_of_the_sdk(page: Path) -> None:
    modules = (page / "node_modules").resolve()
    found = {str(path.relative_to(modules)) for path in modules.rglob("@sentry/core/package.json")}
    # A second one would double the code in the page; the bundler's plugin may have its own.
    assert {path for path in found if "bundler-plugins" not in path} == {"@sentry/core/package.json"}


class MapStore:
    """A Sentry that takes source maps from who has its token. Use as a context manager."""

    TOKEN = "sntrys_the-token-of-the-build"

    def __init__(self, configuration: Path) -> None:
        self.uploaded = b""
        self.configuration = str(configuration)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> "MapStore":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        store = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                options = {"url": f"{store.url}chunks", "chunksPerRequest": 64, "concurrency": 1}
                sizes = dict.fromkeys(("chunkSize", "maxRequestSize", "maxFileSize"), 10000000)
                accepted = {"hashAlgorithm": "sha1", "accept": ["artifact_bundles_v2"], "compression": []}
                organization = {"id": "1", "slug": "demo", "name": "demo", "links": {"regionUrl": store.url}}
                self.say({**options, **sizes, **accepted, **organization})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.path == "/chunks":
                    store.uploaded += body
                    self.say({})
                elif store.uploaded:
                    self.say({"state": "ok", "missingChunks": []})
                else:
                    self.say({"state": "not_found", "missingChunks": json.loads(body)["chunks"]})

            def say(self, content: object) -> None:
                known = self.headers.get("authorization") == f"Bearer {store.TOKEN}"
                answer = json.dumps(content if known else {"detail": "Invalid token"}).encode()
                self.send_response(200 if known else 401)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MapStore]:
    with MapStore(tmp_path) as running:
        yield running


def uploading(store: MapStore, token: str) -> dict[str, str]:
    return {
        "SENTRY_AUTH_TOKEN": token,
        "SENTRY_ORG": "demo",
        "SENTRY_PROJECT": "page",
        "SENTRY_URL": store.url,
        "SENTRY_CONFIG_DIR": store.configuration,  # where the upload remembers the addresses of organizations
        "CI": "true",
    }


def test_maps_are_uploaded_under_the_ids_in_the_files_and_not_published(react: Path, store: MapStore) -> None:
    node(react, "npm", "run", "build", settings=uploading(store, store.TOKEN))
    assert not list((react / "dist").rglob("*.map"))
    # The upload is a form with one file in it, the archive.
    archive = zipfile.ZipFile(io.BytesIO(store.uploaded))
    maps = [json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".js.map")]
    assert any("HomeView.tsx" in source for found in maps for source in found["sources"])
    scripts = "".join(path.read_text("utf-8") for path in (react / "dist").rglob("*.js"))
    ids = [found.get("debug_id") or found["debugId"] for found in maps]
    assert [debug_id for debug_id in ids if debug_id not in scripts] == []


def test_a_bad_token_fails_the_build_in_ci_and_leaves_no_maps(react: Path, store: MapStore) -> None:
    settings = uploading(store, "not-a-token")
    node(react, "npm", "run", "build", expect=1, settings=settings)
    told = node(react, "npm", "run", "build", settings={**settings, "CI": ""})
    assert "Source maps were not uploaded" in told
    assert not list((react / "dist").rglob("*.map"))
    assert not store.uploaded


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

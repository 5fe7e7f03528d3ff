"""A Sentry on this machine that knows releases, deploys and repositories, by Sentry's public API schema.

Paths, fields, what is required and the status codes are those of getsentry/sentry-api-schema 0.272.0.
"""

import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

TOKEN = "a-token-of-this-test"
ORG = r"/api/0/organizations/acme"

REQUIRED: dict[tuple[str, str], dict[str, type]] = {
    ("POST", "releases"): {"version": str, "projects": list},
    ("PUT", "release"): {},
    ("POST", "deploys"): {"environment": str},
}
"""What a request's body has to have."""
OPTIONAL: dict[tuple[str, str], set[str]] = {
    # sentry-cli 3.8 says when a release was started, which the schema has in answers only.
    ("POST", "releases"): {"ref", "url", "dateReleased", "commits", "refs", "dateStarted"},
    ("PUT", "release"): {"ref", "url", "dateReleased", "commits", "refs", "projects"},
    ("POST", "deploys"): {"name", "url", "dateStarted", "dateFinished", "projects"},
}
PATHS = {
    "releases": re.compile(rf"{ORG}/releases/"),
    "release": re.compile(rf"{ORG}/releases/([^/]+)/"),
    "deploys": re.compile(rf"{ORG}/releases/([^/]+)/deploys/"),
    "repos": re.compile(rf"{ORG}/repos/"),
    "of project": re.compile(r"/api/0/projects/acme/([^/]+)/releases/"),
    "organization": re.compile(rf"{ORG}/"),
}
NEW_RELEASE: dict[str, Any] = {
    "dateCreated": "2026-11-22T10:00:00Z",
    "dateReleased": None,
    "newGroups": 0,
    "status": "open",
    "data": {},
    "commitCount": 0,
    "deployCount": 0,
    "authors": [],
    "lastEvent": None,
    "url": None,
    "ref": None,
}


@dataclass
class SentryApi:
    """The loopback Sentry. Use as a context manager; `calls` has every request, `faults` what was wrong."""

    repositories: list[str] = field(default_factory=list)
    releases: dict[str, dict[str, Any]] = field(default_factory=dict)
    deploys: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    organization: dict[str, Any] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __enter__(self) -> "SentryApi":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and body of an answer."""
        for name, pattern in PATHS.items():
            if found := pattern.fullmatch(path):
                self.calls.append(f"{method} {name}")
                if method != "GET":
                    self.bodies.append(body)
                self._judge(method, name, body)
                act = getattr(self, f"_{method.lower()}_{name.replace(' ', '_')}", None)
                if act is not None:
                    status, answer = act(*found.groups(), *([body] if method != "GET" else []))
                    return status, answer
        self.faults.append(f"{method} {path}: there is no such endpoint")
        return 404, {"detail": "The requested resource does not exist"}

    def _judge(self, method: str, name: str, body: dict[str, Any]) -> None:
        required = REQUIRED.get((method, name))
        if required is None:
            return
        for key, kind in required.items():
            if not isinstance(body.get(key), kind):
                self.faults.append(f"{method} {name}: {key} has to be a {kind.__name__}")
        for key in set(body) - set(required) - OPTIONAL[method, name]:
            self.faults.append(f"{method} {name}: {key} is unknown")

    def _post_releases(self, body: dict[str, Any]) -> tuple[int, Any]:
        known = body["version"] in self.releases
        if not known:
            version = {"version": body["version"], "shortVersion": body["version"], "projects": []}
            self.releases[body["version"]] = {"id": len(self.releases) + 1, **NEW_RELEASE, **version}
        projects = self.releases[body["version"]]["projects"]
        missing = [slug for slug in body["projects"] if slug not in (of["slug"] for of in projects)]
        projects += [{"id": 1, "slug": slug, "name": slug} for slug in missing]
        return 208 if known else 201, self.releases[body["version"]]

    def _put_release(self, version: str, body: dict[str, Any]) -> tuple[int, Any]:
        if version not in self.releases:
            return 404, {"detail": "The requested resource does not exist"}
        self.releases[version].update({key: body[key] for key in ("dateReleased", "refs") if key in body})
        return 200, self.releases[version]

    def _get_release(self, version: str) -> tuple[int, Any]:
        if version not in self.releases:
            return 404, {"detail": "The requested resource does not exist"}
        return 200, self.releases[version]

    def _get_of_project(self, project: str) -> tuple[int, Any]:
        """The first page: the newest hundred."""
        newest = reversed(self.releases.values())
        ours = [one for one in newest if project in (of["slug"] for of in one["projects"])]
        return 200, ours[:100]

    def _get_deploys(self, version: str) -> tuple[int, Any]:
        return (200, self.deploys.get(version, [])) if version in self.releases else (404, {"detail": "none"})

    def _post_deploys(self, version: str, body: dict[str, Any]) -> tuple[int, Any]:
        deploy = {"id": "1", "dateStarted": None, "url": None, **body}
        self.deploys.setdefault(version, []).append(deploy)
        return 201, deploy

    def _get_repos(self) -> tuple[int, Any]:
        common = {"status": "active", "dateCreated": "2026-11-22T10:00:00Z", "url": "https://git.example"}
        provider = {"id": "integrations:github", "name": "GitHub"}
        return 200, [
            {"id": str(number), "name": name, "provider": provider, **common}
            for number, name in enumerate(self.repositories)
        ]

    def _get_organization(self) -> tuple[int, Any]:
        return 200, self.organization

    def _put_organization(self, body: dict[str, Any]) -> tuple[int, Any]:
        self.organization.update(body)
        return 200, self.organization

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def respond(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or b"{}")
                if self.headers.get("Authorization") == f"Bearer {TOKEN}":
                    status, answer = api.answer(self.command, unquote(self.path.partition("?")[0]), body)
                else:
                    status, answer = 401, {"detail": "Invalid token"}
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = respond  # noqa: N815 - names that http.server asks for

            def log_message(self, *_: object) -> None: ...

        return Handler

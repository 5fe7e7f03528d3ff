"""`make release`: Sentry hears of a version once, and people hear what went wrong (R-OPS-4)."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Pythons, Render
from tests.operations.sentry_api import TOKEN, SentryApi

Release = Callable[..., subprocess.CompletedProcess[str]]

COMMIT = "7a6deb7d1a8b7b585f96bdb8d830a2cf5a554a88"
VERSION = f"demo-service@1.4.0+{COMMIT[:12]}"
SET = {"APP_VERSION": "1.4.0", "GIT_COMMIT": COMMIT, "SENTRY_ORG": "acme", "SENTRY_AUTH_TOKEN": TOKEN}
FULL = {"worker": "celery", "database": "sqlalchemy", "frontend": "vue"}


@pytest.fixture
def api() -> Iterator[SentryApi]:
    with SentryApi(repositories=["acme/shop"]) as running:
        yield running


@pytest.fixture
def release(render: Render, python_for: Pythons) -> Release:
    """Run `ops/release.py` as `make release` does, with these variables and no others of Sentry or a CI."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        folder = render(**FULL)
        ours = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SENTRY_", "GITHUB_", "CI_"))
        }
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [python_for(folder), "ops/release.py", *arguments],
            cwd=folder,
            env={**ours, "PATH": path, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def test_a_release_is_told_step_by_step(release: Release, api: SentryApi) -> None:
    done = release("--deploy", "production", SENTRY_URL=api.url, SENTRY_REPOSITORY="acme/shop", **SET)
    assert done.returncode == 0, done.stderr
    assert api.calls == [
        "GET release",
        "POST releases",
        "GET repos",
        "GET repos",  # sentry-cli looks them up itself
        "PUT release",
        "PUT release",
        "GET deploys",
        "POST deploys",
    ]
    assert api.faults == []
    new, commit, final, deploy = api.bodies
    projects = ["demo-service-api", "demo-service-worker", "demo-service-page"]
    assert (new["version"], new["projects"]) == (VERSION, projects)
    assert commit["refs"] == [{"repository": "acme/shop", "commit": COMMIT, "previousCommit": None}]
    assert final["dateReleased"]
    assert deploy["environment"] == "production"
    assert done.stdout.splitlines()[1:] == [
        f"commit {COMMIT[:12]} of acme/shop",
        "finalized",
        "deployed to production",
    ]


def test_telling_it_again_changes_nothing(release: Release, api: SentryApi) -> None:
    arguments = {"SENTRY_URL": api.url, "SENTRY_REPOSITORY": "acme/shop", **SET}
    assert release("--deploy", "production", **arguments).returncode == 0
    released, deploys = api.releases[VERSION]["dateReleased"], len(api.deploys[VERSION])
    done = release("--deploy", "production", **arguments)
    assert done.returncode == 0
    assert (api.releases[VERSION]["dateReleased"], len(api.deploys[VERSION])) == (released, deploys)
    assert len(api.releases) == 1
    assert "was finalized before" in done.stdout
    assert release("--deploy", "staging", **arguments).returncode == 0
    assert [deploy["environment"] for deploy in api.deploys[VERSION]] == ["production", "staging"]


def test_a_release_that_an_event_made_is_finalized(release: Release, api: SentryApi) -> None:
    api.answer("POST", "/api/0/organizations/acme/releases/", {"version": VERSION, "projects": ["other"]})
    assert release(SENTRY_URL=api.url, **SET).returncode == 0
    assert api.releases[VERSION]["dateReleased"]


def test_an_old_release_keeps_its_date(release: Release, api: SentryApi) -> None:
    assert release(SENTRY_URL=api.url, **SET).returncode == 0
    api.releases[VERSION]["dateReleased"] = "2026-01-01T00:00:00Z"
    old = api.releases[VERSION]
    api.releases |= {
        f"demo-service@2.{one}": {**old, "version": f"demo-service@2.{one}"} for one in range(150)
    }
    done = release(SENTRY_URL=api.url, **SET)
    assert (done.returncode, old["dateReleased"]) == (0, "2026-01-01T00:00:00Z")
    assert "was finalized before" in done.stdout


def test_each_environment_is_told_of(release: Release, api: SentryApi) -> None:
    places = ["production-eu", "production", "production", "eu"]
    for environment in places:
        assert release("--deploy", environment, SENTRY_URL=api.url, **SET).returncode == 0
    assert [deploy["environment"] for deploy in api.deploys[VERSION]] == ["production-eu", "production", "eu"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_VERSION", "feature/x"),
        ("APP_VERSION", "1.2.3-" + "a" * 70),
        ("GIT_COMMIT", "a commit"),
        ("SENTRY_RELEASE", "two words"),
    ],
)
def test_a_version_that_the_service_would_not_have_is_refused(
    release: Release, api: SentryApi, name: str, value: str
) -> None:
    done = release(SENTRY_URL=api.url, **{**SET, name: value})
    assert (done.returncode, done.stdout, api.calls) == (2, "", [])
    assert done.stderr.startswith(f"release: {name} has a value that is not accepted; expected text of")
    assert "default" not in done.stderr


def test_a_sentry_that_never_answers_is_given_up(render: Render, python_for: Pythons) -> None:
    folder = render(**FULL)
    script = "import sys, release; release.PATIENCE = 1; sys.argv = ['release']; sys.exit(release.main())"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [python_for(folder), "-c", script],
            cwd=folder / "ops",
            env={**os.environ, "PATH": path, "SENTRY_URL": address, **SET},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stdout) == (4, "")
    assert "release: Sentry does not answer" in done.stderr


def test_names_and_words_of_committers_stay_here(release: Release, api: SentryApi) -> None:
    for variables in ({}, {"SENTRY_REPOSITORY": "acme/not-connected"}):
        done = release(SENTRY_URL=api.url, **variables, **SET)
        assert done.returncode == 0, done.stderr
        assert "no commit: " in done.stdout
    assert not any("commits" in body or "refs" in body for body in api.bodies)


def test_without_a_token_nothing_is_done_and_said(release: Release, api: SentryApi) -> None:
    done = release(SENTRY_URL=api.url, **{**SET, "SENTRY_AUTH_TOKEN": ""})
    assert (done.returncode, done.stdout, done.stderr, api.calls) == (0, "", "", [])


@pytest.mark.parametrize(
    ("variables", "code", "told"),
    [
        ({"SENTRY_AUTH_TOKEN": "wrong-token-x"}, 3, "the token was refused"),
        ({"SENTRY_URL": "http://127.0.0.1:9"}, 4, "cannot be reached"),
        ({"SENTRY_ORG": ""}, 2, "SENTRY_ORG is not set"),
        ({"SENTRY_ORG": "other"}, 1, "no such organization or project"),
        ({"PATH": "/nowhere"}, 2, "sentry-cli is missing"),
    ],
    ids=["bad token", "server down", "no organization", "another organization", "no sentry-cli"],
)
def test_what_went_wrong_is_told(
    release: Release,
    api: SentryApi,
    variables: dict[str, str],
    code: int,
    told: str,
) -> None:
    done = release(**{"SENTRY_URL": api.url, **SET, **variables})
    assert done.returncode == code
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert "wrong-token-x" not in done.stderr

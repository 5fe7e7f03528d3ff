"""What `make` starts: names from a tag reach commands as they are, and never as a part of them (R-OPS-4)."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.operations.sentry_api import TOKEN

Make = Callable[..., subprocess.CompletedProcess[str]]

COMMIT = "7a6deb7d1a8b7b585f96bdb8d830a2cf5a554a88"
FULL = {"worker": "celery", "database": "sqlalchemy", "frontend": "vue"}
NAMES = {"APP_VERSION", "GIT_COMMIT", "IMAGE", "DEPLOY"}
TAGS = [
    "1.0;touch${IFS}made;",
    "1.0$(touch${IFS}made)",
    "1.0`touch${IFS}made`",
    "feature/x",
    "1." + "0" * 70,
    "",
]


def test_make_release_passes_the_deployment_on(render: Render) -> None:
    make = shutil.which("make")
    assert make
    done = subprocess.run(
        [make, "--dry-run", "release", "DEPLOY=production"],
        cwd=render(**FULL),
        env={**os.environ, "SENTRY_AUTH_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert lines[-1].strip() == "--deploy='production'"
    assert any("npm --prefix frontend run build" in line for line in lines)  # uploads the source maps


@pytest.fixture
def made(render: Render, tmp_path: Path) -> Make:
    """Run make in a render of its own; docker and uv write down what they were called with."""
    folder, tools = tmp_path / "service", tmp_path / "tools"
    shutil.copytree(render(**FULL), folder)
    for done in (".venv", "frontend/node_modules"):
        (folder / done).mkdir(parents=True, exist_ok=True)
        (folder / done / ".installed").touch()
    tools.mkdir()
    for name in ("docker", "uv"):
        said = f'printf "%s\\n" {name} "$@" "V=$APP_VERSION" "C=$GIT_COMMIT" >> "{tmp_path}/called"'
        (tools / name).write_text(f"#!/bin/sh\n{said}\n", "utf-8")
        (tools / name).chmod(0o755)
    make = shutil.which("make")
    assert make

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        ours = {name: value for name, value in os.environ.items() if name not in NAMES}
        path = f"{tools}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [make, *arguments, "RELEASES="],
            cwd=folder,
            env={**ours, "PATH": path, "SENTRY_AUTH_TOKEN": TOKEN, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize("target", ["image", "push", "release"])
@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_is_never_a_command(made: Make, tmp_path: Path, target: str, tag: str) -> None:
    done = made(target, APP_VERSION=tag)
    assert done.returncode == 2
    assert "APP_VERSION is not accepted; expected" in done.stderr
    assert not list(tmp_path.rglob("made"))
    assert not (tmp_path / "called").exists()


def test_names_of_an_image_are_never_a_command(made: Make, tmp_path: Path) -> None:
    text = "x;touch${IFS}made;$(touch${IFS}made)"
    names = {"IMAGE": text, "GIT_COMMIT": text, "DEPLOY": text}
    assert made("image", "push", "release", APP_VERSION="1.4.0", **names).returncode == 0
    called = (tmp_path / "called").read_text("utf-8").splitlines()
    assert called.count(f"{text}:1.4.0") == 2
    assert f"--deploy={text}" in called
    assert {f"GIT_COMMIT={text}", "APP_VERSION=1.4.0"} < set(called)  # of the image
    assert called[-2:] == ["V=1.4.0", f"C={text}"]
    assert not list(tmp_path.rglob("made"))


@pytest.mark.parametrize("given", [{}, {"APP_VERSION": "1.4.0", "GIT_COMMIT": COMMIT, "IMAGE": "acme/shop"}])
def test_version_and_image_have_defaults(made: Make, tmp_path: Path, given: dict[str, str]) -> None:
    assert made("image", "push", "release", *map("=".join, given.items())).returncode == 0
    called = (tmp_path / "called").read_text("utf-8").splitlines()
    version = given.get("APP_VERSION", "0.1.0")
    assert called.count(f"{given.get('IMAGE', 'demo-service')}:{version}") == 2
    assert f"APP_VERSION={version}" in called
    assert called[-2] == f"V={version}"
    assert [line for line in called if line.startswith("--deploy")] == []


@pytest.mark.parametrize(("address", "given"), [("", 0), ("https://sentry.example", 1)])
def test_an_empty_address_of_sentry_is_none(made: Make, tmp_path: Path, address: str, given: int) -> None:
    """GitHub sets what the repository has no variable for to nothing."""
    assert made("image", SENTRY_URL=address).returncode == 0
    assert (tmp_path / "called").read_text("utf-8").splitlines().count("SENTRY_URL") == given


def test_git_ignores_what_a_plan_writes(render: Render, tmp_path: Path) -> None:
    folder = tmp_path / "service"
    shutil.copytree(render(**FULL), folder)
    names = ["first.tfplan", "monitors.json", "monitors.json.new", "terraform.tfstate"]
    assert "-out first.tfplan" in (folder / "ops" / "sentry" / "README.md").read_text("utf-8")
    for command in (["init", "--quiet"], ["check-ignore", *(f"ops/sentry/{name}" for name in names)]):
        done = subprocess.run(["git", *command], cwd=folder, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == len(names)


def test_monitors_stay_as_they_were_when_the_schedule_is_broken(made: Make, tmp_path: Path) -> None:
    monitors = tmp_path / "service" / "ops" / "sentry" / "monitors.json"
    monitors.write_text("before", "utf-8")
    (tmp_path / "tools" / "uv").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    assert made("monitors").returncode == 2
    assert monitors.read_text("utf-8") == "before"
    (tmp_path / "tools" / "uv").write_text("#!/bin/sh\necho after\n", "utf-8")
    assert made("monitors").returncode == 0
    assert monitors.read_text("utf-8") == "after\n"
    assert not list(monitors.parent.glob("*.new"))

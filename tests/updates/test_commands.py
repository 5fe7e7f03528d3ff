"""`copier` as people type it: from a folder, an address, a tag; nothing needs `--trust`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.updates.conftest import Rendered
from tests.updates.releases import NEWEST, RELEASES, SOMEBODY, git
from tests.updates.service import ANSWERS_FILE, Service, contents

LATEST = list(RELEASES)[-1]


def copier(*arguments: str | Path) -> str:
    """What the command tells people."""
    done = subprocess.run(
        [sys.executable, "-m", "copier", *map(str, arguments)],
        env={**os.environ, **SOMEBODY},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return done.stderr


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("source", "tag"), [("{}", ""), ("git+file://{}", ""), ("git+file://{}", f"v{LATEST}")]
)
def test_made_from_there_and_updated(
    template: Path, rendered: Rendered, tmp_path: Path, source: str, tag: str
) -> None:
    """Without a tag, a new service is of the latest release: at first there is no newer one."""
    origin = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", str(template), str(origin))
    if not tag:
        git(origin, "checkout", "--quiet", f"v{LATEST}")
        git(origin, "tag", "--delete", f"v{NEWEST}")
    folder = tmp_path / "service"
    asked = ["--defaults", "--data", "project_name=Demo Service", *(["--vcs-ref", tag] if tag else [])]
    copier("copy", *asked, source.format(origin), folder)
    service = Service.of(folder)
    assert _answers(folder)["_commit"] == f"v{LATEST}"

    if not tag:
        git(origin, "fetch", "--quiet", "--tags")
    told = copier("update", "--defaults", folder)
    assert _answers(folder)["_commit"] == f"v{NEWEST}"
    assert "pyproject.toml" in paste(told, folder)
    mine, expected = service.files(), contents(rendered(NEWEST))
    for files in (mine, expected):
        files.pop(ANSWERS_FILE)  # it says where the template is
    assert mine == expected


def test_the_commands_of_the_message_can_be_pasted(template: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Ada's services" / "new one"
    release = f"--vcs-ref=v{NEWEST}"
    told = copier("copy", "--defaults", "--data=project_name=Demo Service", release, template, folder)
    paste(told, tmp_path)
    assert git(folder, "log", "--format=%s") == "New service\n"


def paste(told: str, folder: Path) -> str:
    """What the block of commands in a message prints; what those of `make` would do is only looked up."""
    commands = "".join(re.findall(r"^  \w.+\n", told, re.MULTILINE))
    return subprocess.run(
        ["sh", "-ec", commands],
        cwd=folder,
        env={**os.environ, **SOMEBODY, "MAKEFLAGS": "n"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def _answers(folder: Path) -> dict[str, str]:
    answers: dict[str, str] = yaml.safe_load((folder / ANSWERS_FILE).read_text("utf-8"))
    return answers

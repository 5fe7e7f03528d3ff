"""Upgrading three services, each on a branch as for a pull request: edits stay, and nothing else changes."""

import sys
from pathlib import Path

import pytest

from tests.trials.terminal import Terminal, clone

pytestmark = pytest.mark.heavy

SERVICES = {
    "plain": "",
    "queue": "--data worker=celery",
    "page": "--data database=sqlalchemy --data frontend=vue --data compliance=hipaa",
}
COPIER = f"{sys.executable} -W ignore -m copier"
NEWS = "# A line of the next release.\n"


def edit(service: Path) -> None:
    """What teams do: a setting of their own, a route of their own, a sample that is gone."""
    settings = service / "app" / "settings.py"
    anchor = "    # Your settings go below this line; the template adds its own above it.\n"
    text = settings.read_text("utf-8")
    assert anchor in text
    settings.write_text(text.replace(anchor, f'{anchor}    invoice_prefix: str = "R"\n'), "utf-8")
    (service / "app" / "api" / "invoices.py").write_text(
        "from fastapi import APIRouter\n\nrouter = APIRouter()\n"
    )
    with (service / "app" / "orders.py").open("a") as orders:
        orders.write("\nOURS = True\n")


def release(template: Path) -> None:
    """A next release that changes one file of the template's own and one that is shared."""
    for name in ("template/app/observability/noise.py", "template/app/main.py"):
        with (template / name).open("a") as source:
            source.write(NEWS)
    with Terminal(template) as terminal:
        terminal.type("git commit --quiet --all -m 'Next release' && git tag v9.1.0")


def test_three_services_are_upgraded_by_branches(tmp_path: Path) -> None:
    template = clone(tmp_path)
    with Terminal(tmp_path) as terminal:
        for name, answers in SERVICES.items():
            terminal.folder = tmp_path
            terminal.type(
                f"{COPIER} copy --defaults --quiet --data project_name=Demo {answers} $PWD/watchkeeper {name}"
            )
            terminal.type(
                f"cd {name} && git init --quiet --initial-branch main && git add . && git commit -qm New"
            )
            edit(terminal.folder)
            terminal.type("git add . && git commit --quiet --all -m Ours")
        release(template)
        for name in SERVICES:
            terminal.folder = tmp_path / name
            terminal.type(f"git switch --quiet --create upgrade && {COPIER} update --defaults --quiet")
            changed = terminal.type("git diff --name-only").split()
            assert changed == [".copier-answers.yml", "app/main.py", "app/observability/noise.py"], name
            added = terminal.type("git diff --unified=0 app")
            assert added.count(f"\n+{NEWS}") == 2
            assert "\n-" not in added.replace("\n---", ""), "the upgrade took something away"
            assert 'invoice_prefix: str = "R"' in (terminal.folder / "app" / "settings.py").read_text("utf-8")
            assert terminal.type("git ls-files --others --exclude-standard") == ""

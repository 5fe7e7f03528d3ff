"""What people own or import stays where it is; what moves is moved for them."""

import ast
import re
from pathlib import Path

import pytest
from to_0_3_0 import MOVES

from tests.rendering import ROOT
from tests.updates.conftest import Rendered
from tests.updates.releases import NEWEST, RELEASES, git, questions_of
from tests.updates.service import contents
from tests.updates.test_edits import OTHERS, PARTS

TEMPLATE_OWNED = re.compile(r"(app|frontend/src)/(observability|page|worker)/")
"""Nobody's edits are in there, so its files may come and go."""


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("parts", [PARTS, pytest.param(OTHERS, marks=pytest.mark.thorough)], ids=str)
def test_no_path_vanishes_without_a_migration(
    rendered: Rendered, release: str, parts: dict[str, str]
) -> None:
    asked = {name: answer for name, answer in parts.items() if name in questions_of(release)}
    gone = contents(rendered(release, **asked)).keys() - contents(rendered(NEWEST, **asked)).keys()
    assert {path for path in gone if not TEMPLATE_OWNED.match(path)} <= MOVES.keys()


@pytest.mark.parametrize("release", RELEASES)
def test_what_services_import_is_still_there(template: Path, release: str) -> None:
    path = "template/app/observability/__init__.py"
    assert _public(git(template, "show", f"v{release}:{path}")) <= _public((ROOT / path).read_text("utf-8"))


def test_every_release_is_told() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    told = re.findall(r"^## (\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d$", changes, re.MULTILINE)
    assert told == [NEWEST, *reversed(RELEASES)]


def test_a_release_that_owes_a_migration_says_so() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    owed = re.findall(r'^  - version: "(.+)"$', (ROOT / "copier.yml").read_text("utf-8"), re.MULTILINE)
    assert owed
    for version in owed:
        section = changes.split(f"## {version} ")[1].split("\n## ")[0]
        assert "asks for `--trust` once" in " ".join(section.split())


def _public(source: str) -> set[str]:
    """The names in `__all__`."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    raise AssertionError("there is no __all__")

"""The template's own sources: plain Python where they stand, one generated file, nothing of this machine."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import CONSTRAINTS, JINJA, questions
from tests.rendering import ROOT

TEMPLATE = ROOT / "template"
SOURCES = sorted(TEMPLATE.rglob("*.py"))
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
]


def test_sources_are_plain_python() -> None:
    assert len(SOURCES) > 20
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        ast.parse(text, filename=str(source))
        assert not JINJA.search(text), f"{source} has Jinja in it"


def test_one_python_file_is_generated() -> None:
    assert [path.name for path in TEMPLATE.rglob("*.py.jinja")] == ["wiring.py.jinja"]


def test_no_source_of_a_page_is_generated() -> None:
    found = (path.relative_to(TEMPLATE) for path in TEMPLATE.rglob("*.jinja"))
    generated = {path.name for path in found if "frontend" in path.parts[0]}
    assert generated == {
        ".oxlintrc.json.jinja",
        "index.html.jinja",
        "level.json.jinja",
        "package.json.jinja",
        "tsconfig.json.jinja",
    }


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
def test_sources_are_linted_and_formatted_where_they_stand(command: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "ruff", *command, "--quiet", "."], cwd=ROOT, check=True)


def test_the_templates_own_code_is_typed() -> None:
    subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, check=True)


SENTRY_OR_LOGURU = re.compile(r"^\s*(import|from) (sentry_sdk|loguru)", re.MULTILINE)
OWN_IMPORT = re.compile(r"^\s*(?:import|from) (app[\w.]*)", re.MULTILINE)


def test_nobody_else_imports_sentry_or_configures_loguru() -> None:
    allowed = TEMPLATE / "app" / "observability"
    for source in (TEMPLATE / "app").rglob("*.py"):
        if allowed not in source.parents and source.name != "health.py":  # which looks at the client's state
            assert not SENTRY_OR_LOGURU.search(source.read_text("utf-8")), source


def test_the_privacy_package_stands_alone() -> None:
    package = TEMPLATE / "app" / "observability" / "privacy"
    for source in package.rglob("*.py"):
        for imported in OWN_IMPORT.findall(source.read_text("utf-8")):
            assert imported.startswith("app.observability.privacy"), f"{source} imports {imported}"


def test_no_trust_is_needed() -> None:
    # An update that crosses a migration asks for trust; tests/updates shows that the usual one does not.
    content = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    assert not {"_tasks", "_jinja_extensions"} & content.keys()
    assert all("version" in migration for migration in content["_migrations"])


def test_every_question_helps_and_has_an_answer_that_works() -> None:
    for name, question in questions().items():
        if question.get("when") is False:
            continue
        assert question["help"], name
        assert "default" in question or name == "project_name"


def test_nothing_of_this_machine_is_committed() -> None:
    forbidden = re.compile(
        # The pulse's place is one in the image.
        r"(^|[^\w./])/(work|root|home|tmp)/(?!worker\.pulse)[a-z]|https?://[\w.]*(pypi|npmjs|registry)\.",
        re.MULTILINE,
    )
    for path in TRACKED:
        if not path.is_file() or path == Path(__file__):
            continue
        assert path.name not in {"uv.lock", "package-lock.json", "poetry.lock"}, path
        found = forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
        assert found is None, f"{path} has {found.group()!r}" if found else ""


def test_constraints_are_names_and_versions_only() -> None:
    lines = [line for line in CONSTRAINTS.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9._-]+==[0-9][\w.+!-]*", line) for line in lines)


def test_the_changelog_knows_the_version() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert version
    assert f"## {version.group(1)}" in (ROOT / "CHANGELOG.md").read_text("utf-8")

"""Odd answers end in a clear sentence or in a service that works; never in half a folder."""

import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import run_copy

from tests.rendering import ROOT, render_to


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"project_name": ""}, "The name is empty"),
        ({"project_name": "   "}, "The name is empty"),
        ({"project_name": "x" * 200}, "The name has 200 characters"),
        ({"project_name": "two\nlines"}, "line break or control character"),
        ({"project_name": "bell\x07"}, "line break or control character"),
        ({"project_slug": "with spaces"}, "use lower-case letters, digits and single hyphens"),
        ({"project_slug": "Upper"}, "use lower-case letters"),
        ({"project_slug": "1st"}, "beginning with a letter"),
        ({"project_slug": "größe"}, "use lower-case letters"),
        ({"project_slug": "trailing-"}, "use lower-case letters"),
        ({"project_slug": "../escape"}, "use lower-case letters"),
        ({"project_slug": "fastapi"}, "could not install it"),
        ({"project_slug": "anyio"}, "could not install it"),
        ({"project_slug": "x" * 51}, "at most 50"),
        ({"description": ""}, "The description is empty"),
        ({"description": "x" * 201}, "at most 200"),
        ({"author_name": "x" * 101}, "longer than 100"),
        ({"author_email": "not an address"}, "is not an e-mail address"),
        ({"compliance": "none"}, "compliance"),
        ({"database": "oracle"}, "database"),
        ({"project_slug": "sqlalchemy"}, "could not install it"),
        ({"ci": "jenkins"}, "ci"),
    ],
)
def test_a_bad_answer_is_told_and_leaves_nothing(tmp_path: Path, answers: dict[str, str], told: str) -> None:
    target = tmp_path / "service"
    with pytest.raises(ValueError, match="(?s).*" + told.replace("(", r"\(")):
        render_to(target, **answers)
    assert not target.exists()


ODD_ANSWERS: list[dict[str, Any]] = [
    {"project_name": "class"},
    {"project_name": "None"},
    {"project_name": "Zahnärzte Müller & Söhne"},
    {"project_name": "東京クリニック"},
    {"project_name": "🦷"},
    {"project_name": "42"},
    {"project_name": 'It\'s "quoted" \\ {{ braces }} {% raw %} #comment $HOME `id`'},
    {"project_name": "x" * 80},
    {"project_name": "<b>bold</b> | pipe"},
    {"project_slug": "import"},
    {"description": "Says \"hello\" and 'bye' \\ {{ 7 * 7 }} 🦷 <tag>"},
    {"author_name": 'Ada "Countess" Lovelace \\ Söhne', "author_email": "ada.lovelace+test@example.org"},
]


@pytest.mark.parametrize("answers", ODD_ANSWERS, ids=lambda answers: str(next(iter(answers.values())))[:20])
def test_an_odd_answer_renders_a_service_that_reads_back(tmp_path: Path, answers: dict[str, str]) -> None:
    target = tmp_path / "service"
    render_to(target, **answers)
    project = tomllib.loads((target / "pyproject.toml").read_text("utf-8"))["project"]
    stored = yaml.safe_load((target / ".copier-answers.yml").read_text("utf-8"))
    for question, answer in answers.items():
        assert stored[question] == answer
    assert project["name"] == stored["project_slug"]
    assert project["description"] == stored["description"]
    assert project["authors"][0]["name"] == stored["author_name"]
    assert (target / "README.md").read_text("utf-8").startswith(f"# {stored['project_name']}\n")
    compile((target / "app" / "wiring.py").read_text("utf-8"), "wiring.py", "exec")


def test_a_render_that_fails_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "template"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(broken)], check=True)
    (broken / "template" / "zzz-last.txt.jinja").write_text("{{ no_such_answer }}")
    target = tmp_path / "service"
    with pytest.raises(Exception, match="no_such_answer"):
        run_copy(str(broken), target, data={"project_name": "X"}, defaults=True, quiet=True, vcs_ref="HEAD")
    assert not target.exists()

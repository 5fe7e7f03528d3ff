"""Odd answers end in a clear sentence or in a service that works; never in half a folder."""

import subprocess
import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import run_copy
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from tests.conftest import Pythons, Render, choices, questions
from tests.rendering import ROOT, render_to


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"project_name": ""}, "The name is empty"),
        ({"project_name": "   "}, "The name is empty"),
        ({"project_name": "x" * 200}, "The name has 200 characters"),
        ({"project_name": "two\nlines"}, "line break or control character"),
        ({"project_name": "bell\x07"}, "line break or control character"),
        ({"project_name": "Orders\n"}, "'project_name'.*line break or control character"),
        ({"project_slug": "with spaces"}, "use lower-case letters, digits and single hyphens"),
        ({"project_slug": "Upper"}, "use lower-case letters"),
        ({"project_slug": "1st"}, "beginning with a letter"),
        ({"project_slug": "größe"}, "use lower-case letters"),
        ({"project_slug": "trailing-"}, "use lower-case letters"),
        ({"project_slug": "../escape"}, "use lower-case letters"),
        ({"project_slug": "orders\n"}, "use lower-case letters"),
        ({"project_slug": "fastapi"}, "could not install it"),
        ({"project_slug": "anyio"}, "could not install it"),
        ({"project_slug": "yes"}, "YAML does not read as a name"),
        ({"project_slug": "null"}, "YAML does not read as a name"),
        ({"project_slug": "x" * 51}, "at most 50"),
        ({"description": ""}, "The description is empty"),
        ({"description": "x" * 201}, "at most 200"),
        ({"description": "One sentence.\n"}, "line break or control character"),
        ({"author_name": "x" * 101}, "longer than 100"),
        ({"author_name": "Ada\n"}, "line break or control character"),
        ({"author_email": "not an address"}, "is not an e-mail address"),
        ({"author_email": "ada@example.org\n"}, "is not an e-mail address"),
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


@pytest.mark.parametrize("name", ["Null", "Redis"])
def test_a_name_that_cannot_be_a_short_one_is_made_longer(tmp_path: Path, name: str) -> None:
    render_to(tmp_path, project_name=name, worker="celery")
    slug = f"{name.lower()}-service"
    assert yaml.safe_load((tmp_path / "compose.yaml").read_text("utf-8"))["name"] == slug
    for document in yaml.safe_load_all((tmp_path / "ops" / "kubernetes" / "api.yaml").read_text("utf-8")):
        assert document["metadata"]["name"] in (slug, f"{slug}-api")


@pytest.mark.parametrize("worker", choices("worker"))
def test_no_short_name_is_a_package_that_the_service_needs(
    render: Render, python_for: Pythons, worker: str
) -> None:
    folder = render(worker=worker, database="sqlalchemy", frontend="vue")
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    [packages] = (python_for(folder).parents[1] / "lib").glob("python*/site-packages")
    installed = {canonicalize_name(found.name): found for found in distributions(path=[str(packages)])}
    needed = needed_by([*project["project"]["dependencies"], *project["dependency-groups"]["dev"]], installed)
    assert needed - set(yaml.safe_load(questions()["reserved_slugs"]["default"])) == set()


PLATFORMS = [
    {"sys_platform": system, "platform_system": name, "os_name": kind, "python_full_version": "3.11.0"}
    for system, name, kind in (("linux", "Linux", "posix"), ("win32", "Windows", "nt"))
]
"""A lock file holds what any of them needs."""


def needed_by(wanted: list[str], installed: dict[NormalizedName, Distribution]) -> set[str]:
    """The names of these packages and of all that they need on any of the platforms."""
    needed: set[str] = set()
    seen: set[str] = set()
    while wanted:
        if (line := wanted.pop()) in seen:
            continue
        seen.add(line)
        package = Requirement(line)
        name = canonicalize_name(package.name)
        needed.add(name)
        asked = [{**each, "extra": extra} for each in PLATFORMS for extra in (package.extras or [""])]
        for other in map(Requirement, (installed[name].requires or []) if name in installed else []):
            if not other.marker or any(other.marker.evaluate(each) for each in asked):
                other.marker = None
                wanted.append(str(other))
    return needed


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

"""Every answer that can be given renders a service that passes its own checks."""

import itertools
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.conftest import UNRESOLVED, Render, Run, choices
from tests.rendering import ROOT, render_to

EVERY_SET = [
    dict(zip(("compliance", "worker", "database", "frontend", "ci"), (*answers, ci), strict=True))
    for answers, ci in zip(
        itertools.product(*map(choices, ("compliance", "worker", "database", "frontend"))),
        itertools.cycle(choices("ci")),
        strict=False,
    )
]
SERVICES = [
    {"compliance": "standard", "worker": "none", "database": "sqlalchemy", "frontend": "none"},
    {"compliance": "gdpr", "worker": "celery", "database": "none", "frontend": "vue"},
    {"compliance": "hipaa", "worker": "arq", "database": "none", "frontend": "none"},
    {"compliance": "gdpr", "worker": "celery", "database": "sqlalchemy", "frontend": "react"},
    {"compliance": "gdpr", "worker": "none", "database": "none", "frontend": "none"},
]
"""The sets whose types are checked and whose own tests are run: every level and every part."""
TESTED = [*SERVICES[:3], *(pytest.param(answers, marks=pytest.mark.heavy) for answers in SERVICES[3:])]


@pytest.mark.parametrize("answers", EVERY_SET, ids=lambda answers: "-".join(answers.values()))
def test_the_output_is_clean(render: Render, run: Run, answers: dict[str, str]) -> None:
    folder = render(**answers)
    run(folder, "ruff", "format", "--check", "--no-cache", ".")
    run(folder, "ruff", "check", "--no-cache", ".")
    for path in folder.rglob("*"):
        if not path.is_file() or "__pycache__" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        # In components of a page double braces are the page's own; that none of them is rendered has a test.
        if path.suffix not in {".vue", ".tsx"}:
            assert not UNRESOLVED.search(text), f"{path} has unresolved Jinja"
        assert not re.search(r"\n\n\n\n|[ \t]\n", text), f"{path} has scars of a rendering"
        assert text.endswith("\n") or not text, f"{path} has no last line break"
        if path.suffix == ".toml":
            tomllib.loads(text)
        if path.suffix in {".yml", ".yaml"}:
            yaml.safe_load(text)
        if path.suffix == ".json":
            json.loads(text)
    assert (folder / ".github").exists() is (answers["ci"] == "github")
    assert (folder / ".gitlab-ci.yml").exists() is (answers["ci"] == "gitlab")
    has_database = answers["database"] == "sqlalchemy"
    for name in (
        "app/database",
        "app/reports",
        "app/api/reports.py",
        "ops/make/database.mk",
        "tests/reports",
    ):
        assert (folder / name).exists() is has_database
    assert f'"{answers["compliance"]}"' in (folder / "app" / "wiring.py").read_text("utf-8")
    assert (folder / "frontend").exists() is (answers["frontend"] != "none")


@pytest.mark.parametrize(
    "answers",
    # Sets that share an environment share mypy's cache: one after the other.
    [
        pytest.param(answers, marks=pytest.mark.xdist_group(f"types-{answers['worker']}"))
        for answers in SERVICES
    ],
    ids=lambda answers: "-".join(answers.values()),
)
def test_the_output_is_typed(render: Render, run: Run, answers: dict[str, str]) -> None:
    run(render(**answers), "mypy")


@pytest.mark.parametrize("answers", TESTED, ids=lambda answers: "-".join(answers.values()))
def test_the_services_own_tests_pass(render: Render, run: Run, answers: dict[str, str]) -> None:
    done = run(render(**answers), "pytest", "-p", "no:cacheprovider")
    assert re.search(r"\d{3} passed", done.stdout)
    assert "skipped" not in done.stdout


@pytest.mark.xdist_group("types-none")
def test_a_service_with_a_page_is_typed_and_passes_its_tests(render: Render, run: Run) -> None:
    folder = render(compliance="hipaa", ci="github", frontend="react")
    run(folder, "mypy")
    done = run(folder, "pytest", "-p", "no:cacheprovider")
    assert re.search(r"\d{3} passed", done.stdout)
    assert "skipped" not in done.stdout


@pytest.mark.parametrize("preset", sorted((ROOT / "presets").glob("*.yml")), ids=lambda path: path.stem)
def test_every_preset_renders(tmp_path: Path, preset: Path) -> None:
    answers = yaml.safe_load(preset.read_text("utf-8"))
    render_to(tmp_path / "service", **answers)
    stored = yaml.safe_load((tmp_path / "service" / ".copier-answers.yml").read_text("utf-8"))
    assert {name: stored[name] for name in answers} == answers


def test_rendering_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    trees = []
    for target in (tmp_path / "first", tmp_path / "second"):
        render_to(target, compliance="hipaa")
        files = [path for path in target.rglob("*") if path.is_file() and path.name != ".copier-answers.yml"]
        trees.append({path.relative_to(target): path.read_bytes() for path in files})
    assert trees[0] == trees[1]


@pytest.mark.heavy
def test_the_proofs_of_privacy_hold(render: Render, run: Run) -> None:
    folder = render(compliance="gdpr", worker="none", ci="github")
    done = run(folder, "pytest", "tests/privacy", "--override-ini", "addopts=-q", "-p", "no:cacheprovider")
    assert re.search(r"\d{3} passed", done.stdout)
    assert "skipped" not in done.stdout

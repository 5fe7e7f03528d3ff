"""Every answer that can be given renders a service that passes its own checks."""

import itertools
import json
import keyword
import re
import shutil
import tempfile
import tomllib
from pathlib import Path

import pytest
import yaml
from copier import run_copy
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import UNRESOLVED, Render, Run, choices
from tests.rendering import ROOT, render_to
from tests.updates.covering import covering
from tests.updates.service import PARSERS, contents

EVERY_SET = [
    dict(zip(("compliance", "worker", "database", "frontend", "ci"), (*answers, ci), strict=True))
    for answers, ci in zip(
        itertools.product(*map(choices, ("compliance", "worker", "database", "frontend"))),
        itertools.cycle(choices("ci")),
        strict=False,
    )
]
PARTS = {name: choices(name) for name in ("compliance", "worker", "database", "frontend")}
SERVICES = covering(PARTS)
"""The sets whose types are checked: every two answers occur together in one of them."""
FEW = [
    next(answers for answers in SERVICES[2:] if answers["worker"] == worker) for worker in choices("worker")
]
"""Of these, one for each kind of worker, and so for each environment."""
TESTED = [
    # On a laptop the demo service shows the tests of one without a worker.
    *(
        pytest.param(answers, marks=pytest.mark.heavy) if answers["worker"] == "none" else answers
        for answers in FEW
    ),
    *(
        pytest.param(answers, marks=pytest.mark.thorough)
        for answers in covering(PARTS, strength=3)
        if answers not in FEW
    ),
]
"""The sets whose own tests are run: every three answers occur together in one of them."""


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
            list(yaml.safe_load_all(text))
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
        pytest.param(answers, marks=[pytest.mark.xdist_group(f"types-{answers['worker']}"), *marks])
        for answers, marks in (
            (answers, [] if answers in FEW else [pytest.mark.thorough]) for answers in SERVICES
        )
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


BROUGHT = (
    "DEP002=aiosqlite|asyncpg|uvicorn",  # named in addresses and commands, not imported
    "DEP003=billiard|kombu|pydantic_core|redis",  # parts of Celery, ARQ and pydantic, which say the version
)
"""What deptry does not know of dependencies."""


@pytest.mark.parametrize(
    "answers",
    [answers for answers in EVERY_SET if answers["compliance"] == "gdpr" and answers["frontend"] == "vue"],
    ids=lambda answers: "-".join(answers.values()),
)
def test_no_dependency_is_missing_or_unused(render: Render, run: Run, answers: dict[str, str]) -> None:
    # What is in ops/local runs with the development tools, and with what `make errors` fetches.
    checked = ["--extend-exclude", "ops/local", "--per-rule-ignores", ",".join(BROUGHT)]
    run(render(**answers), "deptry", ".", "--no-ansi", *checked)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
    | st.sampled_from("'\"\\{}%#`$<&:"),
    min_size=1,
    max_size=80,
).filter(str.strip)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The template with nothing but the files that depend on answers, to have time for many names."""
    folder = tmp_path_factory.mktemp("generated")
    shutil.copy(ROOT / "copier.yml", folder)
    for source in (ROOT / "template").rglob("*.jinja"):
        target = folder / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    return str(folder)


@settings(max_examples=20, deadline=None, database=None, derandomize=True)
@given(NAMES, NAMES, NAMES, st.sampled_from([*keyword.kwlist, "null", "true", "0"]))
def test_any_name_renders_files_that_parse(
    generated: str, name: str, description: str, author: str, word: str
) -> None:
    """Quotes, braces, emoji, keywords, in every file that holds them."""
    told = {"project_name": name, "description": description, "author_name": f"{author} {word}"}
    parts = {"worker": "celery", "database": "sqlalchemy", "frontend": "vue"}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        run_copy(generated, folder, data=told | parts, defaults=True, overwrite=True, quiet=True)
        for path, content in contents(folder).items():
            parse = PARSERS.get(Path(path).suffix)
            if parse:
                parse(content.decode())
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    assert (project["description"], project["authors"][0]["name"]) == (description, told["author_name"])


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


@pytest.mark.thorough
def test_reports_hold_on_postgresql_alone_and_in_a_storm(render: Render, run: Run) -> None:
    folder = render(database="sqlalchemy")
    pytest_alone = ("pytest", "-p", "no:cacheprovider")
    run(folder, *pytest_alone, "tests/reports/test_failures.py", "-k", "storm", TEST_STORM="500")
    once = {"TEST_DATABASES": "postgresql", "TEST_OUTAGE_SECONDS": "10"}
    run(folder, *pytest_alone, "tests/database", "tests/reports", **once)


@pytest.mark.heavy
def test_the_proofs_of_privacy_hold(render: Render, run: Run) -> None:
    folder = render(compliance="gdpr", worker="none", ci="github")
    done = run(folder, "pytest", "tests/privacy", "--override-ini", "addopts=-q", "-p", "no:cacheprovider")
    assert re.search(r"\d{3} passed", done.stdout)
    assert "skipped" not in done.stdout

"""The documentation: it builds without a warning, its reference is complete, its code compiles."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from reference import answers, rules, settings
from tests.rendering import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("source", settings.SOURCES.values())
def test_every_setting_says_what_it_means(source: str) -> None:
    found = list(settings.variables(ROOT / source))
    assert found
    assert [variable.name for variable in found if len(variable.meaning) < 10] == []


def test_the_reference_names_every_question_answer_and_rule() -> None:
    content = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8"))
    page = answers.page(ROOT)
    asked = {name: item for name, item in content.items() if not name.startswith("_") and "help" in item}
    assert len(asked) >= 9
    for name, question in asked.items():
        assert f"## {name}\n" in page
        assert all(f"`{answer}`" in page for answer in dict(question.get("choices") or {}).values())
    assert "iban" in rules.page(ROOT)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_python_in_the_documentation_compiles(page: Path) -> None:
    for block in PYTHON.findall(page.read_text("utf-8")):
        compile(block, page.name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.heavy
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "reference"], cwd=ROOT, check=True)
    # In a folder of its own: Zensical's cache would be `.cache`, where the environments of the tests are.
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    command = [str(Path(sys.executable).with_name("zensical")), "build", "--strict"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    site = tmp_path / "site"
    assert (site / "search.json").stat().st_size > 10_000
    pages = [path.read_text("utf-8") for path in site.rglob("*.html")]
    # Whoever reads it calls no other host.
    assert not [
        tag for text in pages for tag in re.findall(r"<(?:script|img|link)[^>]+https?://[^>]+>", text)
    ]

"""Renders and environments that the tests share: a render per set of answers, one environment for all."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import run_copy

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "tests" / "constraints.txt"
JINJA = re.compile(r"\{%|\{\{ ")
"""Jinja, wherever it stands; for rendered files see `UNRESOLVED`."""
UNRESOLVED = re.compile(r"\{%[- ]|(?<!\$)\{\{ ")
"""The same without the expressions of a CI workflow."""
LEVELS = ("standard", "gdpr", "hipaa")

Render = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]


def questions() -> dict[str, Any]:
    """The questions of copier.yml, without its settings."""
    content = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    return {name: value for name, value in content.items() if not name.startswith("_")}


def choices(question: str) -> list[str]:
    """The answers that a question offers."""
    return list(questions()[question]["choices"].values())


def uv() -> str:
    """uv, installed or fetched by the Makefile."""
    found = shutil.which("uv") or str(ROOT / ".venv-tools" / "bin" / "uv")
    assert Path(found).exists(), "uv is missing; run the tests by `make test`, which fetches it"
    return found


@pytest.fixture(scope="session")
def workspace() -> Iterator[Path]:
    """A folder for this run."""
    with tempfile.TemporaryDirectory(prefix="watchkeeper-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def render(workspace: Path) -> Render:
    """Render the template with some answers, once per set; tests must not change what they get."""
    done: dict[str, Path] = {}

    def once(**answers: Any) -> Path:
        key = repr(sorted(answers.items()))
        if key not in done:
            target = workspace / f"render-{len(done)}"
            render_to(target, **answers)
            done[key] = target
        return done[key]

    return once


def render_to(target: Path, **answers: Any) -> None:
    """Render the template as it is in the working tree."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the working tree has changes
        run_copy(
            str(ROOT),
            target,
            data={"project_name": "Demo Service", **answers},
            defaults=True,
            quiet=True,
            vcs_ref="HEAD",
        )


@pytest.fixture(scope="session")
def service_python() -> Path:
    """A Python with everything a rendered service and its checks need, kept between runs."""
    folder = ROOT / ".cache" / "service"
    python = folder / "bin" / "python"
    stamp = folder / "installed"
    wanted = CONSTRAINTS.read_text(encoding="utf-8") + _requirements()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        for command in (
            [uv(), "venv", "--quiet", "--clear", str(folder)],
            [
                uv(),
                "pip",
                "install",
                "--quiet",
                "--compile-bytecode",
                "--python",
                str(python),
                "-c",
                str(CONSTRAINTS),
                *_names(),
            ],
        ):
            subprocess.run(command, check=True, env=environment)
        stamp.write_text(wanted, encoding="utf-8")
    return python


def _requirements() -> str:
    return (ROOT / "template" / "pyproject.toml.jinja").read_text(encoding="utf-8")


def _names() -> list[str]:
    lines = _requirements().splitlines()
    return [line.strip().strip('",') for line in lines if line.startswith('    "') and ">=" in line]


@pytest.fixture(scope="session")
def run(service_python: Path) -> Run:
    """Run a command of the service's environment in a folder; its output is shown when it fails."""

    def command(
        folder: Path, *arguments: str, expect: int = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        settings = {"MYPY_CACHE_DIR": str(ROOT / ".cache" / "mypy"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [str(service_python), "-m", *arguments],
            cwd=folder,
            env={**os.environ, **settings, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if done.returncode != expect:
            sys.stderr.write(done.stdout[-8_000:] + done.stderr[-8_000:])
        assert done.returncode == expect, f"{' '.join(arguments)} ended with {done.returncode}"
        return done

    return command


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--screenshots` renews the pictures of the documentation."""
    parser.addoption("--screenshots", action="store_true", help="renew docs/images from the running pages")

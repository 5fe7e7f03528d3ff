"""Renders and environments that the tests share: a render per set of answers, one environment for all."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rendering import ROOT, render_to

CONSTRAINTS = ROOT / "tests" / "constraints.txt"
JINJA = re.compile(r"\{%|\{\{ ")
"""Jinja, wherever it stands; for rendered files see `UNRESOLVED`."""
UNRESOLVED = re.compile(r"\{%[- ]|(?<!\$)\{\{ ")
"""The same without the expressions of a CI workflow."""
LEVELS = ("standard", "gdpr", "hipaa")

for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(name, None)  # a make that a test starts is a user's, not a part of `make test`

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


Pythons = Callable[[Path], Path]


@pytest.fixture(scope="session")
def python_for() -> Pythons:
    """A Python with everything that a render and its checks need, kept between runs.

    One environment for each kind of worker: arq and Celery need different versions of redis. What other
    answers add is in all of them.
    """
    ready: dict[str, Path] = {}

    def environment_of(folder: Path) -> Path:
        worker = yaml.safe_load((folder / ".copier-answers.yml").read_text("utf-8")).get("worker", "none")
        if worker not in ready:
            ready[worker] = _environment(worker)
        return ready[worker]

    return environment_of


@pytest.fixture(scope="session")
def service_python(python_for: Pythons, render: Render) -> Path:
    """The Python of services without a worker."""
    return python_for(render())


def _environment(worker: str) -> Path:
    folder = ROOT / ".cache" / f"service-{worker}"
    folder.parent.mkdir(exist_ok=True)
    # Several test processes want it at the same time.
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _installed(folder, worker)


def _installed(folder: Path, worker: str) -> Path:
    python, stamp = folder / "bin" / "python", folder / "installed"
    constraints = [CONSTRAINTS, CONSTRAINTS.with_name(f"constraints-{worker}.txt")]
    with tempfile.TemporaryDirectory(prefix="watchkeeper-") as scratch:
        render_to(Path(scratch) / "service", worker=worker, database="sqlalchemy", frontend="vue")
        project = tomllib.loads((Path(scratch) / "service" / "pyproject.toml").read_text("utf-8"))
    names = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"], "deptry>=0.23"]
    wanted = "\n".join([*names, *(path.read_text("utf-8") for path in constraints if path.exists())])
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return python
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    pins = [argument for path in constraints if path.exists() for argument in ("-c", str(path))]
    for command in (
        ["venv", "--quiet", "--clear", str(folder)],
        ["pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), *pins, *names],
    ):
        subprocess.run([uv(), *command], check=True, env=environment)
    stamp.write_text(wanted, encoding="utf-8")
    return python


@pytest.fixture(scope="session")
def run(python_for: Pythons) -> Run:
    """Run a command of the service's environment in its folder; its output is shown when it fails."""

    def command(
        folder: Path, *arguments: str, expect: int = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        python = python_for(folder)
        cache = ROOT / ".cache" / f"mypy-{python.parents[1].name}"
        settings = {"MYPY_CACHE_DIR": str(cache), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [str(python), "-m", *arguments],
            cwd=folder,
            env={**os.environ, **settings, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        if done.returncode != expect:
            sys.stderr.write(done.stdout[-8_000:] + done.stderr[-8_000:])
        assert done.returncode == expect, f"{' '.join(arguments)} ended with {done.returncode}"
        return done

    return command


def pytest_configure(config: pytest.Config) -> None:
    """The process that reports keeps what was shown, for the documentation."""
    from tests.ledger import Ledger

    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Ledger())


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--screenshots` renews the pictures of the documentation."""
    parser.addoption("--screenshots", action="store_true", help="renew docs/images from the running pages")

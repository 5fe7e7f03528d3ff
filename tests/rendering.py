"""Renders of the working tree, made as `copier copy` makes them and several times as fast."""

import atexit
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any
from unittest.mock import patch

from copier import run_copy
from copier._main import Worker
from jinja2 import Environment

ROOT = Path(__file__).resolve().parents[1]


def render_to(target: Path, **answers: Any) -> None:
    """Render the template as it is in the working tree.

    Args:
        target: a folder; it is made when it is missing.
        answers: those that are not the defaults.
    """
    with warnings.catch_warnings(), _fast_copier():
        warnings.simplefilter("ignore")
        run_copy(
            str(snapshot()),
            target,
            data={"project_name": "Demo Service", **answers},
            defaults=True,
            overwrite=True,
            quiet=True,
            vcs_ref="HEAD",
        )


@cache
def snapshot() -> Path:
    """The working tree as a repository of one commit, made once: Copier clones it for every render."""
    folder = Path(tempfile.mkdtemp(prefix="watchkeeper-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in _git(ROOT, "ls-files", "-co", "--exclude-standard", "-z").split("\0"):
        source, copy = ROOT / name, folder / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
    _git(folder, "init", "--quiet")
    _git(folder, "add", "--all", "--force")
    _git(
        folder, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "--message", "all"
    )
    return folder


@contextmanager
def _fast_copier() -> Iterator[None]:
    """Copier without what it does once for every path (9.19).

    It compiles every part of a path anew, and asks git about every file that it writes, although the
    target is no repository.
    """
    with (
        patch.object(Environment, "compile", _compiled_once),
        patch.object(Worker, "_sync_git_index_executable_bit", lambda *_: None),
    ):
        yield


_compile = Environment.compile
_compiled: dict[object, CodeType] = {}


def _compiled_once(
    environment: Environment, source: Any, name: Any = None, filename: Any = None, *rest: Any, **options: Any
) -> Any:
    key = (type(environment), source, name, filename, rest, tuple(options.items()))
    if not isinstance(source, str):
        return _compile(environment, source, name, filename, *rest, **options)
    if key not in _compiled:
        _compiled[key] = _compile(environment, source, name, filename, *rest, **options)
    return _compiled[key]


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout

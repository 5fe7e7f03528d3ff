"""Renders of the working tree, as `copier copy` makes them."""

import atexit
import shutil
import subprocess
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from copier import run_copy

from tests.compiled import take_short_cuts

ROOT = Path(__file__).resolve().parents[1]

take_short_cuts()


def render_to(target: Path, **answers: Any) -> None:
    """Render the template as it is in the working tree.

    Args:
        target: a folder; it is made when it is missing.
        answers: those that are not the defaults.
    """
    with warnings.catch_warnings():
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


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout

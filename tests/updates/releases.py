"""The template with its releases as tags, in a clone of this repository.

Tags are the maintainers' to make, so none is expected here: `releases.toml` says which commit a release is,
and the working tree, changed or not, is the newest one.
"""

import os
import subprocess
import tomllib
from pathlib import Path
from typing import Final

import yaml
from packaging.version import Version

from tests.rendering import ROOT

RELEASES: Final[dict[str, str]] = tomllib.loads((ROOT / "releases.toml").read_text(encoding="utf-8"))
"""Version -> commit, oldest first."""
NEWEST: Final[str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "version"
]
SOMEBODY: Final = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Somebody"), ("EMAIL", "somebody@example.com"))
}


def questions_of(release: str) -> list[str]:
    """What a release lets people choose, in the order in which it asks."""
    content = yaml.safe_load(git(ROOT, "show", f"{RELEASES[release]}:copier.yml"))
    return [name for name, question in content.items() if "choices" in question]


def owes_migration(release: str) -> bool:
    """Whether an update from there crosses a version that moves something, and so asks for trust."""
    owed = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))["_migrations"]
    return any(Version(release) < Version(migration["version"]) for migration in owed)


def git(folder: Path, *arguments: str, **environment: str) -> str:
    """What git says; its complaints are shown when it fails."""
    done = subprocess.run(
        ["git", "-C", str(folder), "-c", "commit.gpgsign=false", *arguments],
        env={**os.environ, **SOMEBODY, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr.strip()}"
    return done.stdout


def make_template(folder: Path) -> Path:
    """Clone this repository and tag every release in it, the working tree as the newest."""
    subprocess.run(["git", "clone", "--quiet", "--no-checkout", f"file://{ROOT}", str(folder)], check=True)
    for version, commit in RELEASES.items():
        known = subprocess.run(["git", "-C", str(folder), "cat-file", "-e", commit], check=False)
        assert known.returncode == 0, (
            f"release {version} is commit {commit}, which this clone does not have; "
            "clone the repository with its whole history (`git fetch --unshallow`)"
        )
        git(folder, "tag", f"v{version}", commit)
    git(folder, "read-tree", "HEAD")
    git(folder, "add", "--all", GIT_WORK_TREE=str(ROOT), GIT_DIR=str(folder / ".git"))
    git(folder, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", f"Release {NEWEST}")
    git(folder, "tag", f"v{NEWEST}")
    git(folder, "checkout", "--quiet", "--force", "HEAD")
    return folder

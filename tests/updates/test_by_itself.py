"""The script that CI runs once a week: the update on a branch, with what to know about it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.updates.conftest import Services
from tests.updates.edits import EDITS
from tests.updates.releases import NEWEST, RELEASES, SOMEBODY, git
from tests.updates.service import Service, fresh

LATEST = list(RELEASES)[-1]
SCRIPT = Path("ops", "template", "update.py")


def run_script(service: Service, expect: int = 0) -> str:
    """What it says."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        cwd=service.folder,
        env={**os.environ, **SOMEBODY, "COPIER": f"{sys.executable} -m copier"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == expect, done.stderr[-2_000:]
    return done.stdout + done.stderr


def waiting(service: Service, origin: Path, script: str) -> Service:
    """A service with that script, in a repository where its branches can be pushed to."""
    (service.folder / SCRIPT).parent.mkdir(parents=True, exist_ok=True)
    (service.folder / SCRIPT).write_text(script, encoding="utf-8")
    service.commit("The script")
    git(service.folder, "init", "--quiet", "--bare", str(origin))
    git(service.folder, "remote", "add", "origin", str(origin))
    git(service.folder, "push", "--quiet", "origin", "HEAD")
    return service


@pytest.fixture
def script(template: Path) -> str:
    """The script as it is now; the latest release has none yet."""
    return (template / "template" / SCRIPT).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("ci", "schema", "path"),
    [
        ("github", "vendor.github-workflows", ".github/workflows/template.yml"),
        ("github", "vendor.renovate", ".github/renovate.json"),
        ("gitlab", "vendor.gitlab-ci", ".gitlab/template.yml"),
        ("gitlab", "vendor.renovate", ".gitlab/renovate.json"),
    ],
)
def test_what_looks_for_updates_has_its_schema(render: Render, ci: str, schema: str, path: str) -> None:
    lint = Path(sys.executable).with_name("check-jsonschema")
    subprocess.run([str(lint), "--builtin-schema", schema, str(render(ci=ci) / path)], check=True)


@pytest.mark.thorough
def test_the_update_waits_on_a_branch_with_its_changelog(
    service: Services, tmp_path: Path, script: str
) -> None:
    mine = waiting(service(LATEST).edit(), tmp_path / "origin", script)
    assert f"template/{NEWEST} has the update" in run_script(mine)
    assert git(mine.folder, "branch", "--show-current").strip() == f"template/{NEWEST}"
    assert not git(mine.folder, "status", "--porcelain")
    assert git(mine.folder, "log", "-1", "--format=%s") == f"Update the template from {LATEST} to {NEWEST}\n"
    assert all(edit.verdict(mine.folder) != "lost" for edit in EDITS if edit in mine.edits)

    waits = mine.folder / ".git" / "template-update.md"
    note = waits.read_text("utf-8")
    assert note.startswith(f"## {NEWEST}")
    assert f"## {LATEST}" not in note
    assert "- `app/settings.py`\n" in note.split("## Somebody has to decide")[1]

    git(mine.folder, "push", "--quiet", "origin", "HEAD")
    git(mine.folder, "switch", "--quiet", "main")
    assert "is waiting at origin" in run_script(mine)
    assert not waits.exists()  # CI would open a request for it


@pytest.mark.thorough
def test_an_update_that_nobody_pushed_is_made_anew_but_never_what_somebody_added(
    service: Services, tmp_path: Path, script: str
) -> None:
    mine = waiting(service(LATEST), tmp_path / "origin", script)
    branch = f"template/{NEWEST}"
    git(mine.folder, "branch", branch)
    for _ in range(2):
        run_script(mine)
        assert git(mine.folder, "rev-list", "--count", f"main..{branch}") == "1\n"
        git(mine.folder, "switch", "--quiet", "main")

    git(mine.folder, "switch", "--quiet", branch)
    mine.commit("What was in conflict")
    git(mine.folder, "switch", "--quiet", "main")
    assert f"git branch -D {branch}" in run_script(mine, expect=1)
    assert git(mine.folder, "log", "-1", "--format=%s", branch) == "What was in conflict\n"


@pytest.mark.thorough
def test_one_of_many_services_in_a_repository_is_updated_in_a_worktree(
    template: Path, tmp_path: Path, script: str
) -> None:
    """Of a template at a path with blanks, longer than a line of the answers."""
    source = tmp_path / "Ada's templates" / " ".join(["of", "services"] * 9)
    git(tmp_path, "clone", "--quiet", str(template), str(source))
    here = Path("services", "my orders")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main", "repository")
    mine = Service(fresh(source, LATEST, tmp_path / "repository" / here))
    waiting(mine, tmp_path / "origin", script)
    git(mine.folder, "worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"))

    tree = Service(tmp_path / "tree" / here)
    branch = f"template/services/my-orders/{NEWEST}"
    assert f"{branch} has the update" in run_script(tree)
    assert git(tree.folder, "branch", "--show-current") == f"{branch}\n"
    changed = git(tree.folder, "diff", "--name-only", "main").splitlines()
    assert all(path.startswith(f"{here}/") for path in changed)
    note = Path(git(tree.folder, "rev-parse", "--git-path", "template-update.md").strip())
    assert note.read_text("utf-8").startswith(f"## {NEWEST}")


@pytest.mark.thorough
def test_an_update_that_owes_a_migration_waits_for_somebody(
    service: Services, tmp_path: Path, script: str
) -> None:
    mine = waiting(service("0.2.0"), tmp_path / "origin", script)
    for _ in range(2):
        assert "--trust" in run_script(mine, expect=1)
        assert git(mine.folder, "branch", "--show-current") == "main\n"
        assert not git(mine.folder, "status", "--porcelain")

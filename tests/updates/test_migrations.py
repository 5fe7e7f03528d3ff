"""What a migration moves keeps its edits; the hooks run only where one is owed, and say what they did."""

from pathlib import Path

import pytest
from copier.errors import UnsafeTemplateError
from moves import Update

from tests.updates.conftest import Services
from tests.updates.releases import NEWEST, git
from tests.updates.steps import HUNK

BASE = "".join(f"line {number}\n" for number in range(20))


@pytest.fixture
def update(tmp_path: Path) -> Update:
    """A service that changed the first line of `old.py`; the template moved it and added one at the end."""
    service, template = tmp_path / "service", tmp_path / "template"
    for folder, path in ((service, "old.py"), (template, "template/old.py")):
        file = folder / path
        file.parent.mkdir(parents=True)
        git(folder, "init", "--quiet")
        file.write_text(BASE, encoding="utf-8")
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", "First")
    git(template, "tag", "v1")
    (service / "old.py").write_text(f"mine\n{BASE}", encoding="utf-8")
    git(service, "commit", "--quiet", "--all", "--message", "Edit")
    (service / "old.py").unlink()
    (service / "new.py").write_text(f"{BASE}theirs\n", encoding="utf-8")
    return Update(service, template, "v1")


def test_a_moved_file_has_the_edit_and_the_new_lines(update: Update) -> None:
    told = update.move("old.py", "new.py")
    assert (update.service / "new.py").read_text("utf-8") == f"mine\n{BASE}theirs\n"
    assert told == "old.py: your changes are in new.py now."


def test_moving_again_changes_nothing(update: Update) -> None:
    update.move("old.py", "new.py")
    before = (update.service / "new.py").read_bytes()
    update.move("old.py", "new.py")
    assert (update.service / "new.py").read_bytes() == before


def test_a_file_without_edits_is_left_to_the_template(update: Update) -> None:
    (update.service / "old.py").write_text(BASE, encoding="utf-8")
    git(update.service, "commit", "--quiet", "--all", "--message", "Take the edit back")
    assert "nothing to move" in update.move("old.py", "new.py")
    assert (update.service / "new.py").read_text("utf-8") == f"{BASE}theirs\n"


def test_a_deleted_file_does_not_come_back(update: Update) -> None:
    git(update.service, "commit", "--quiet", "--all", "--message", "Delete it")
    assert "nothing to move" in update.move("old.py", "elsewhere.py")
    assert not (update.service / "elsewhere.py").exists()


def test_a_file_that_the_template_dropped_is_kept_under_its_new_name(update: Update) -> None:
    update.move("old.py", "folder/own.py")
    assert (update.service / "folder" / "own.py").read_text("utf-8") == f"mine\n{BASE}"


def test_what_cannot_be_merged_is_marked_and_counted(update: Update) -> None:
    (update.service / "new.py").write_text(f"theirs\n{BASE}", encoding="utf-8")
    assert "1 places are marked" in update.move("old.py", "new.py")
    assert HUNK.search((update.service / "new.py").read_text("utf-8"))


SURFACE = """

@surface
def invoice(privacy: Privacy, key: str, label: str, value: str) -> None:
    fail(extra={key: value})
"""


def test_an_update_that_owes_a_migration_asks_for_trust_and_keeps_the_edit(
    service: Services, capfd: pytest.CaptureFixture[str]
) -> None:
    mine = service("0.2.0")
    surfaces = mine.folder / "tests" / "privacy" / "surfaces.py"
    surfaces.write_text(surfaces.read_text("utf-8") + SURFACE, encoding="utf-8")
    mine.commit("Our own surface")
    before = mine.files()
    with pytest.raises(UnsafeTemplateError, match="migrations"):
        mine.update(NEWEST)
    assert mine.files() == before

    mine.update(NEWEST, trust=True)
    assert not surfaces.exists()
    assert SURFACE in (surfaces.with_suffix("") / "own.py").read_text("utf-8")
    assert "your changes are in tests/privacy/surfaces/own.py now" in capfd.readouterr().err

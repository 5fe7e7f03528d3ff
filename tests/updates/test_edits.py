"""What people changed is there after an update, all of it at once (R-TPL-3)."""

import itertools

import pytest
import yaml

from tests.conftest import Run, choices
from tests.updates.claims import CLAIMS
from tests.updates.conftest import Record, Rendered, Services
from tests.updates.covering import Answers, covering
from tests.updates.edits import COMPOSE, EDITS, Edit
from tests.updates.releases import NEWEST, RELEASES, owes_migration, questions_of
from tests.updates.service import ANSWERS_FILE, contents
from tests.updates.steps import Write

DECIDED = {"changed setting"}
"""Edits of lines that this release changes, too: somebody has to decide."""
LATEST = list(RELEASES)[-1]
PARTS = {"worker": "celery", "database": "sqlalchemy", "frontend": "vue", "ci": "github"}
OTHERS = {"worker": "arq", "database": "sqlalchemy", "frontend": "react", "ci": "gitlab"}


def routes() -> list[object]:
    """From which release, with which answers: every pair of the latest, each answer of the others."""
    few = [("0.1.0", {"ci": "github"}), (LATEST, PARTS)]
    many = []
    for release in RELEASES:
        asked = {name: choices(name) for name in questions_of(release) if name != "ci"}
        sets = covering(asked, strength=2 if release == LATEST else 1)
        # Where checks run meets the other answers in turn; it is not worth sets of its own.
        every = zip(sets, itertools.cycle(choices("ci")), strict=False)
        many += [(release, {**answers, "ci": ci}) for answers, ci in every]
    return [*few, *(pytest.param(*route, marks=pytest.mark.thorough) for route in many)]


@pytest.mark.parametrize(("release", "answers"), routes(), ids=str)
def test_an_update_keeps_every_edit(
    service: Services, rendered: Rendered, record_property: Record, release: str, answers: Answers
) -> None:
    mine = service(release, **answers).edit()
    outcome = mine.update(NEWEST, trust=owes_migration(release))
    record_property("update", {"release": release, "hunks": len(outcome.hunks), **outcome.verdicts})
    assert not outcome.named("lost")
    assert len(outcome.hunks) <= CLAIMS[release].most_hunks, outcome.hunks
    assert not outcome.broken
    assert not outcome.undelivered(rendered(release, **answers), rendered(NEWEST, **answers))


@pytest.mark.parametrize(("release", "answers"), routes(), ids=str)
def test_a_service_that_nobody_edited_is_as_new(
    service: Services, rendered: Rendered, release: str, answers: Answers
) -> None:
    untouched = service(release, **answers)
    untouched.update(NEWEST, trust=owes_migration(release))
    assert untouched.files() == contents(rendered(NEWEST, **answers))
    stored = yaml.safe_load((untouched.folder / ANSWERS_FILE).read_text("utf-8"))
    for name in set(questions_of(LATEST)) - set(questions_of(release)):
        assert stored[name] == "none", f"{name} was not asked before; its default has to keep what there was"


@pytest.mark.thorough
def test_an_update_to_the_same_release_changes_nothing(service: Services) -> None:
    mine = service(LATEST, ci="github").edit()
    mine.update(NEWEST)
    mine.commit("Update")
    before = mine.files()
    mine.update(NEWEST)
    assert mine.files() == before


@pytest.mark.thorough
def test_a_file_that_both_brought_has_both(service: Services) -> None:
    """0.4.0 brings a compose.yaml; who has one of the same name decides, and loses nothing."""
    edit = Edit("own compose file", [Write("compose.yaml", COMPOSE)])
    outcome = service("0.3.0").edit([edit]).update(NEWEST)
    assert outcome.named("conflict") == [edit.name]
    assert len(outcome.hunks) == 1


def test_every_edit_is_made_somewhere(service: Services) -> None:
    made = {edit.name for answers in (PARTS, OTHERS) for edit in service(LATEST, **answers).edit().edits}
    assert made == {edit.name for edit in EDITS}
    assert len(made) >= 15


SAMPLES = {"deleted sample", "renamed sample", "moved sample", "moved sample's task"}
"""Until 0.4.0 a test of the worker part used them, and failed before the update already."""


@pytest.mark.thorough
@pytest.mark.parametrize(("release", "answers"), [("0.1.0", {}), (LATEST, PARTS)], ids=str)
def test_an_updated_service_passes_its_own_checks(
    service: Services, run: Run, release: str, answers: Answers
) -> None:
    left_out = {*DECIDED, *(SAMPLES if "worker" in answers else ())}
    mine = service(release, **answers).edit([edit for edit in EDITS if edit.name not in left_out])
    assert not mine.update(NEWEST, trust=owes_migration(release)).hunks
    run(mine.folder, "ruff", "format", "--check", "--no-cache", ".")
    run(mine.folder, "ruff", "check", "--no-cache", ".")
    run(mine.folder, "mypy")
    assert "skipped" not in run(mine.folder, "pytest", "-p", "no:cacheprovider").stdout

"""An answer can be changed later, on a service that people have edited (R-TPL-3)."""

import pytest

from tests.updates.claims import CLAIMS
from tests.updates.conftest import Record, Rendered, Services
from tests.updates.covering import Answers
from tests.updates.releases import NEWEST, RELEASES
from tests.updates.service import contents

LATEST = list(RELEASES)[-1]
ROW = f"{LATEST}, another answer"
CHANGES: list[tuple[Answers, Answers]] = [
    ({"worker": "celery"}, {"worker": "arq"}),
    ({"worker": "arq"}, {"worker": "celery"}),
    ({"frontend": "none"}, {"frontend": "vue"}),
    ({"compliance": "standard", "worker": "arq"}, {"compliance": "hipaa"}),
    ({"database": "none", "worker": "celery"}, {"database": "sqlalchemy"}),
    ({"worker": "none"}, {"worker": "celery"}),
    ({"ci": "github"}, {"ci": "gitlab"}),
]
GONE = {"ci": {"edited GitHub workflow"}}
"""Edits of what the changed answer switches off."""


@pytest.mark.thorough
@pytest.mark.parametrize(("before", "after"), CHANGES, ids=str)
def test_a_changed_answer_keeps_every_edit(
    service: Services, rendered: Rendered, record_property: Record, before: Answers, after: Answers
) -> None:
    mine = service(LATEST, **before).edit()
    outcome = mine.update(NEWEST, after)
    gone = set().union(*(GONE.get(name, set()) for name in after))
    mine.edits = [edit for edit in mine.edits if edit.name not in gone]
    record_property("update", {"release": ROW, "hunks": len(outcome.hunks), **outcome.verdicts})
    assert not outcome.named("lost")
    assert len(outcome.hunks) <= CLAIMS[ROW].most_hunks, outcome.hunks
    assert not outcome.broken
    assert not outcome.undelivered(rendered(LATEST, **before), rendered(NEWEST, **{**before, **after}))


@pytest.mark.thorough
@pytest.mark.parametrize(("before", "after"), CHANGES, ids=str)
def test_a_changed_answer_is_as_if_it_had_been_given_at_first(
    service: Services, rendered: Rendered, before: Answers, after: Answers
) -> None:
    untouched = service(LATEST, **before)
    untouched.update(NEWEST, after)
    assert untouched.files() == contents(rendered(NEWEST, **{**before, **after}))

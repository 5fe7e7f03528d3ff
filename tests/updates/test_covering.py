"""A covering set has every pair, or every triple, and is small."""

import itertools

import pytest

from tests.conftest import choices
from tests.updates.covering import covering

QUESTIONS = {name: choices(name) for name in ("compliance", "worker", "database", "frontend", "ci")}


@pytest.mark.parametrize(("strength", "at_most"), [(2, 12), (3, 50)])
def test_every_combination_occurs(strength: int, at_most: int) -> None:
    sets = covering(QUESTIONS, strength)
    assert len(sets) <= at_most
    for names in itertools.combinations(QUESTIONS, strength):
        for answers in itertools.product(*(QUESTIONS[name] for name in names)):
            wanted = dict(zip(names, answers, strict=True))
            assert any(wanted.items() <= chosen.items() for chosen in sets), wanted

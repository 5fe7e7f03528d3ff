"""What is remembered from one item to the next never lets anything through that was not judged itself."""

import json
from typing import Any

from app.observability.privacy.memory import CleanData


class Declared(str):
    """A text that says more than its letters."""


CLEAN = {"step": "reserve", "attempts": [1, 2], "done": None}


def without_names(data: dict[str, Any]) -> dict[str, Any]:
    """The data with plain words alone: what is of another type, or a name, goes."""
    return {key: value for key, value in data.items() if value != "Anna" and not isinstance(value, Declared)}


def again(data: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(json.dumps(data)))


def never(data: dict[str, Any]) -> dict[str, Any]:
    raise AssertionError(f"looked at {sorted(data)} again")


def test_data_that_stayed_as_it_was_is_looked_at_once() -> None:
    known = CleanData()
    assert known(CLEAN, without_names) == CLEAN
    assert known(again(CLEAN), never) == CLEAN


def test_data_that_was_changed_is_changed_every_time() -> None:
    known = CleanData()
    for _ in range(2):
        assert known({**CLEAN, "who": "Anna"}, without_names) == CLEAN


def test_an_object_that_is_written_like_known_data_is_looked_at() -> None:
    known = CleanData()
    known(CLEAN, without_names)
    assert "step" not in known({**CLEAN, "step": Declared("reserve")}, without_names)


def test_data_that_is_no_json_is_looked_at() -> None:
    known = CleanData()
    huge = {**CLEAN, "number": 2**70}
    assert known(huge, without_names) == huge
    assert known({**huge, "who": "Anna"}, without_names) == huge
    assert known(huge, lambda data: {}) == {}

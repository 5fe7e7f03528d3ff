"""Default deny that stays useful: messages judged against the code that made them, and the adapters."""

import json

import httpx
import pytest
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from app.observability.privacy import Privacy
from app.observability.privacy.safe_texts import align, keep_safe
from tests.privacy.harness import KEY

UUID = "3f2b8c1e-9d4a-4c6b-8e1f-0a1b2c3d4e5f"
STRICT = Privacy("hipaa", service="orders", pseudonym_key=KEY)


def made(order: object, ms: object) -> str:
    return f"order {order} took {ms} ms, retry later"


def templated(who: object) -> str:
    return f"visit of {who} is over, room %s is free" % 3


def compared(text: str) -> bool:
    return text == "HIV"


@pytest.mark.parametrize(
    ("order", "ms", "expected"),
    [
        ("17", 12, "order 17 took 12 ms, retry later"),
        (UUID, 12.5, f"order {UUID} took 12.5 ms, retry later"),
        ("Anna Schmidt", 12, "order [..] took 12 ms, retry later"),
        ("4111111111111111", 1843, "order [..] took [..] ms, retry later"),
        ("2026-11-22T03:30:30Z", True, "order 2026-11-22T03:30:30Z took True ms, retry later"),
    ],
)
def test_pieces_stay_and_holes_are_judged_whole(order: object, ms: object, expected: str) -> None:
    assert align(made(order, ms), made.__code__, keep_safe) == expected


def test_templates_with_placeholders_align() -> None:
    assert align(templated("Anna"), templated.__code__, keep_safe) == "visit of [..] is over, room 3 is free"


def test_a_single_word_is_no_message() -> None:
    assert align("HIV", compared.__code__, keep_safe) is None


def test_without_code_there_is_nothing_to_keep() -> None:
    assert align("anything at all", None, keep_safe) is None


def rendered(error: BaseException) -> str:
    try:
        raise error
    except BaseException as caught:
        return STRICT.render_exception(caught)


def test_validation_errors_tell_type_and_place_only() -> None:
    class Row(BaseModel):
        amount: int

    try:
        Row(amount="Anna Schmidt")
    except ValidationError as error:
        text = STRICT.render_exception(error)
    assert "amount: int_parsing" in text
    assert "Anna" not in text


def test_validation_errors_do_not_tell_keys_of_the_input() -> None:
    class Scores(BaseModel):
        by_person: dict[str, int]

    try:
        Scores(by_person={"anneliese": "x"})
    except ValidationError as error:
        text = STRICT.render_exception(error)
    assert "by_person.[..]: int_parsing" in text
    assert "anneliese" not in text


def test_http_errors_tell_status_and_host() -> None:
    request = httpx.Request("GET", "https://u:p@api.example/patients/anna-schmidt?name=anna")
    text = rendered(
        httpx.HTTPStatusError("boom anna", request=request, response=httpx.Response(502, request=request))
    )
    assert "status 502: GET https://api.example/patients/{x}" in text
    assert "anna" not in text


def test_other_libraries() -> None:
    assert "404: Not Found" in rendered(HTTPException(404))
    assert "KeyError: [..]" in rendered(KeyError("Anna"))
    assert "division by zero" in rendered(ZeroDivisionError("division by zero"))
    assert "[Errno 2] No such file or directory" in rendered(
        FileNotFoundError(2, "No such file or directory", "/srv/anna")
    )
    assert "/srv/anna" not in rendered(FileNotFoundError(2, "No such file or directory", "/srv/anna"))
    with pytest.raises(ValueError) as raised:
        json.loads("{anna")
    expected = "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
    assert expected in STRICT.render_exception(raised.value)


def test_database_errors_tell_the_statement_without_values() -> None:
    class DBAPIError(Exception):
        statement = "SELECT id FROM people WHERE name = 'Anna' AND n = 12345"
        orig = ValueError("Key (name)=(Anna) exists")

    DBAPIError.__module__ = "sqlalchemy.exc"
    for level in ("standard", "hipaa"):
        privacy = Privacy(level, service="o", pseudonym_key=KEY)
        text = privacy.render_exception(DBAPIError("Anna 12345"))
        assert "SELECT id FROM people WHERE name = ? AND n = ?" in text
        assert "Anna" not in text
        assert "12345" not in text


def test_an_exception_that_cannot_be_printed_is_no_trouble() -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError("Anna Schmidt")

    assert "Odd" in rendered(Odd())
    assert "Schmidt" not in rendered(Odd())

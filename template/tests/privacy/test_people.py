"""R-PRV-1 at standard: people are found in free text by their given names, products and files are not."""

import random

import pytest

from app.observability.privacy.guesses import account_shaped, guess
from app.observability.privacy.people import full_name, given_names, without_people


def covered(text: str) -> str:
    return without_people(text, lambda name: "<" + name + ">")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Eleanor Fitzgibbon was refused", "<Eleanor Fitzgibbon> was refused"),
        (
            "we could not reach Rashid M. Mukherjee about it",
            "we could not reach <Rashid M. Mukherjee> about it",
        ),
        ("order of eleanor.kowalczyk has failed", "order of <eleanor.kowalczyk> has failed"),
        ("Gwendolyn van der Ashworth, Anna Maria Costa", "<Gwendolyn van der Ashworth>, <Anna Maria Costa>"),
        ("<Thing Ravindra Castellanos of 3>", "<Thing <Ravindra Castellanos> of 3>"),
        ("ANNA SCHMIDT and Jean-Luc O'Brien", "<ANNA SCHMIDT> and Jean-Luc O'Brien"),
        ("für Björn Åkesson-Groß", "für <Björn Åkesson-Groß>"),
        ("İstanbul: Anna Schmidt", "İstanbul: <Anna Schmidt>"),
    ],
)
def test_people_are_found(text: str, expected: str) -> None:
    assert covered(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Anna was refused",
        "Internal Server Error, Order Service is down",
        "cannot read anna.json, eleanor.worker, peter.com",
        "Peter Service has failed, Tom Timeout",
        "the path /people/anna.schmidt/x",
        "stanna.schmidt is one word",
        "",
    ],
)
def test_what_is_nobody_stays(text: str) -> None:
    assert covered(text) == text


def test_every_known_name_is_found_in_any_sentence() -> None:
    names = random.sample(sorted(given_names()), 200)
    for name in names:
        text = f"order of {name.title()} Thistlewood was refused"
        assert covered(text) == f"order of <{name.title()} Thistlewood> was refused"
        assert account_shaped(f"{name}.thistlewood")


def test_two_small_words_are_a_person_when_the_first_is_a_given_name() -> None:
    assert full_name("sunniva hrubesch")
    assert guess("sunniva hrubesch", people=True, quoted=True) == "person"
    assert guess("paid late", people=True, quoted=True) == ""

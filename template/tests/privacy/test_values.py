"""R-PRV-4, 7: value rules find each kind inside a sentence, and leave what only looks like one."""

import random

import pytest

from app.observability.privacy.catalogue import catalogue
from app.observability.privacy.values import ValueRules
from tests.privacy.corpus import make
from tests.privacy.wordings import KINDS

RULES = ValueRules("standard", catalogue())
SHAPED = [kind.name for kind in KINDS if kind.never_at_standard]

KEPT = [
    "2026-11-22T03:30:30.477691Z",
    "3f2b8c1e-9d4a-4c6b-8e1f-0a1b2c3d4e5f",
    "328fd1ce55378fad98a2b60091199457",
    "ad441936f1be2a96dd50b1f35193fc24",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "orders@1.2.3",
    "foo::1 at 12:30:45",
    "std::vector<int>",
    "order ORD-2024-00123 done",
    "127.0.0.1:8000",
    "took 1795318230.478 s",
    "app/services/orders/handlerFactory.py",
    "processOrderV2HandlerFactoryBean",
    "password reset required",
    "token expired",
    "bearer authentication required",
    "batch 1234567 of 99999999",
    "03.04.2024 and 2024-03-04 and 01/02/2024",
    "v1.2.3.4",
    "GET /orders/{order_id}/items",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
]


@pytest.mark.parametrize("kind", SHAPED)
def test_shaped_values_are_found_in_sentences(kind: str, rng: random.Random) -> None:
    for _ in range(50):
        value = make(kind, rng)
        for sentence in (
            value,
            f"we got {value} today",
            f"({value})",
            f"x={value};y=2",
            f"<{value}>",
            f"{value}, and",
        ):
            bare = value.removeprefix("Bearer ")
            assert bare not in RULES.scan(sentence), sentence


@pytest.mark.parametrize("text", KEPT)
def test_lookalikes_are_left_alone(text: str) -> None:
    assert RULES.scan(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("card 4111 1111 1111 1112 declined", "card 4111 1111 1111 1112 declined"),  # Luhn fails
        ("iban DE89 3704 0044 0532 0130 00 paid", "iban [id] paid"),
        ("http://user:pw@host/x", "http://[secret]@host/x"),
        ("password is hunter2!", "password is [secret]!"),
        ("patient Anna Schmidt arrived", "patient [person] arrived"),
        ("E11.9 Type 2 diabetes mellitus", "[health]"),
        ("born 12.03.1980 in", "born [date] in"),
        ("at 12 Elm Street, Springfield, IL 62704", "at [address]"),
        ("Hauptstraße 12, 10115 Berlin", "[address]"),
    ],
)
def test_values_are_replaced_by_their_class(text: str, expected: str) -> None:
    assert RULES.scan(text) == expected

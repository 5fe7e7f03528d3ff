"""One bench for each level and way of tracing, shared by the tests of a module."""

import random
from collections.abc import Iterator

import pytest

from app.observability.privacy import Level
from tests.privacy.harness import Bench, seeded

LEVELS: tuple[Level, ...] = ("standard", "gdpr", "hipaa")


@pytest.fixture
def rng() -> Iterator[random.Random]:
    """Random values of this test; the seed is in the captured output."""
    with seeded() as source:
        yield source


@pytest.fixture(scope="module", params=LEVELS)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Classic transactions, at each level."""
    with Bench(request.param) as running:
        yield running


@pytest.fixture(scope="module", params=LEVELS)
def streaming(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Span streaming, at each level."""
    with Bench(request.param, streaming=True) as running:
        yield running

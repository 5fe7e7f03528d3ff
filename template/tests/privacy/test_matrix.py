"""R-PRV-2, 3, 4, 5: surface x kind x level on bytes received. Values and wordings are new in each run."""

import random
from functools import partial

import pytest

from tests.privacy.corpus import make
from tests.privacy.harness import Bench
from tests.privacy.leaks import count, found
from tests.privacy.surfaces import LINES, STREAMED, SURFACES, Surface
from tests.privacy.wordings import KINDS, Kind


def must_not_leak(level: str, kind: Kind, plain: bool) -> bool:
    """gdpr and hipaa: nothing, whatever it is called. standard: the kinds that have a shape of their own."""
    return level != "standard" or kind.never_at_standard


def leaks(bench: Bench, surface: Surface, rng: random.Random, plain: bool, lines: bool = False) -> list[str]:
    told: list[str] = []
    for kind in KINDS:
        if not must_not_leak(bench.privacy.level, kind, plain):
            continue
        key = rng.choice(kind.plain_keys if plain else kind.keys)
        label = rng.choice(kind.plain_labels if plain else kind.labels)
        value = make(kind.name, rng)

        act = partial(surface, bench.privacy, key, label, value)
        text = bench.run_lines(act) if lines else bench.run(act)
        if found(text, kind.name, value):
            told.append(f"{kind.name} under {key!r}")
    return told


@pytest.mark.parametrize("plain", [False, True], ids=["labelled", "plain"])
@pytest.mark.parametrize("name", SURFACES)
def test_nothing_personal_reaches_the_inbox(bench: Bench, name: str, plain: bool, rng: random.Random) -> None:
    assert leaks(bench, SURFACES[name], rng, plain) == []


@pytest.mark.parametrize("plain", [False, True], ids=["labelled", "plain"])
@pytest.mark.parametrize("name", [*STREAMED, "sentry_log", "metric", "exception_fstring"])
def test_nothing_personal_reaches_the_inbox_with_span_streaming(
    streaming: Bench, name: str, plain: bool, rng: random.Random
) -> None:
    assert leaks(streaming, {**SURFACES, **STREAMED}[name], rng, plain) == []


@pytest.mark.parametrize("plain", [False, True], ids=["labelled", "plain"])
@pytest.mark.parametrize("name", LINES)
def test_nothing_personal_is_written_to_lines(
    bench: Bench, name: str, plain: bool, rng: random.Random
) -> None:
    assert leaks(bench, LINES[name], rng, plain, lines=True) == []


def test_standard_leaks_little_of_what_has_no_shape(rng: random.Random) -> None:
    """Names, sentences and dates under labels: at most 15 of about 1,000; under everyday words: 60."""
    assert sum(count("standard", rng, plain=False).values()) <= 15
    assert sum(count("standard", rng, plain=True).values()) <= 60

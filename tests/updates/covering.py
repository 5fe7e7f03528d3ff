"""Few sets of answers in which every pair, or every triple, of answers occurs."""

import itertools
from collections.abc import Mapping, Sequence

Answers = dict[str, str]
Chosen = frozenset[tuple[str, str]]


def combinations(questions: Mapping[str, Sequence[str]], strength: int) -> set[Chosen]:
    """Every way to answer `strength` of the questions."""
    return {
        frozenset(zip(names, answers, strict=True))
        for names in itertools.combinations(questions, min(strength, len(questions)))
        for answers in itertools.product(*(questions[name] for name in names))
    }


def covering(questions: Mapping[str, Sequence[str]], strength: int = 2) -> list[Answers]:
    """Sets in which every `strength` answers occur together; the same for the same questions.

    Greedy: of all sets, take the one that has most of what is missing. For our few questions it stays near
    the smallest number there is; allpairspy 2.5.1 leaves triples out.
    """
    missing = combinations(questions, strength)
    candidates = [
        dict(zip(questions, answers, strict=True)) for answers in itertools.product(*questions.values())
    ]
    chosen: list[Answers] = []
    while missing:
        best = max(candidates, key=lambda answers: len(missing & _within(answers, strength)))
        missing -= _within(best, strength)
        chosen.append(best)
    return chosen


def _within(answers: Answers, strength: int) -> set[Chosen]:
    return {
        frozenset(chosen) for chosen in itertools.combinations(answers.items(), min(strength, len(answers)))
    }

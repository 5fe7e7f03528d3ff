"""Count leaks: every surface with every kind, per level. `python -m tests.privacy.leaks [seed] [plain]`."""

import sys
import time
from collections import Counter
from functools import partial
from typing import Any

import sentry_sdk.logger
from loguru import logger

from tests.privacy.corpus import make, traces
from tests.privacy.harmless import HARMLESS
from tests.privacy.harness import Bench, seeded
from tests.privacy.surfaces import LINES, STREAMED, SURFACES, Surface, fail
from tests.privacy.wordings import KINDS


def found(text: str, kind: str, value: str) -> bool:
    lower = text.lower()
    return any(trace.lower() in lower for trace in traces(kind, value))


def count(level: Any, rng: Any, plain: bool, verbose: bool = True) -> Counter[str]:
    leaks: Counter[str] = Counter()
    tried = 0

    def try_all(bench: Bench, surfaces: dict[str, Surface], lines: bool) -> None:
        nonlocal tried
        for name, surface in surfaces.items():
            for kind in KINDS:
                key = rng.choice(kind.plain_keys if plain else kind.keys)
                label = rng.choice(kind.plain_labels if plain else kind.labels)
                value = make(kind.name, rng)
                act = partial(surface, bench.privacy, key, label, value)
                text = bench.run_lines(act) if lines else bench.run(act)
                assert lines or text or name == "unknown_item", (name, kind.name)
                tried += 1
                if found(text, kind.name, value):
                    leaks[kind.name] += 1
                    if verbose:
                        at = text.lower().find(
                            next(t.lower() for t in traces(kind.name, value) if t.lower() in text.lower())
                        )
                        print(f"  {level} {name} {kind.name} key={key}: {text[max(0, at - 60) : at + 50]!r}")

    with Bench(level) as bench:
        try_all(bench, SURFACES, False)
        try_all(bench, LINES, True)
    with Bench(level, streaming=True) as bench:
        try_all(bench, STREAMED, False)
        try_all(
            bench, {name: SURFACES[name] for name in ("sentry_log", "metric", "exception_fstring")}, False
        )
    print(level, "plain" if plain else "labelled", "tried", tried, "leaks", sum(leaks.values()), dict(leaks))
    return leaks


def log_line(key: str, value: Any) -> None:
    logger.bind(**{key: value}).info("row was read")


def survival(level: Any) -> tuple[int, int]:
    kept = 0
    total = 0
    with Bench(level) as bench:
        for place in ("extra", "contexts", "tags", "log", "line"):
            for key, value in HARMLESS:
                if place == "extra":
                    text = bench.run(partial(fail, extra={key: value}))
                elif place == "contexts":
                    text = bench.run(partial(fail, contexts={"business": {key: value}}))
                elif place == "tags":
                    text = bench.run(partial(fail, tags={key: value}))
                elif place == "log":
                    tell = partial(sentry_sdk.logger.info, attributes={key: value})
                    text = bench.run(partial(tell, "row was read from the ledger"))
                else:
                    text = bench.run_lines(partial(log_line, key.replace(".", "_"), value))
                total += 1
                shown = str(value).lower() if not isinstance(value, bool) else "true"
                if shown in text.lower():
                    kept += 1
                else:
                    print("  lost", level, place, key, value)
    print(level, "harmless kept", kept, "of", total)
    return kept, total


if __name__ == "__main__":
    seed = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else None
    began = time.time()
    with seeded(seed) as rng:
        for level in ("hipaa", "gdpr", "standard"):
            for plain in (False, True):
                count(level, rng, plain)
            if "harmless" in sys.argv:
                survival(level)
    print(round(time.time() - began, 1), "s")

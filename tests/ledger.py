"""What runs of the tests showed of combinations and updates, written down for docs/updates.md.

Each run adds its tests to `.cache/ledger.json`, newer results replacing older ones, so that runs of parts
add up to a whole; `make claims` writes the tables from it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.rendering import ROOT

LEDGER: Final = ROOT / ".cache" / "ledger.json"
PAGE: Final = ROOT / "docs" / "updates.md"
MEASURED: Final = re.compile(r"(<!-- measured by the tests -->\n).*?(<!-- end -->\n)", re.DOTALL)
SHOWN: Final = {
    "test_the_output_is_clean": "rendered, formatted, linted, parsed",
    "test_the_output_is_typed": "types checked",
    "test_no_dependency_is_missing_or_unused": "dependencies compared with imports",
    "test_the_services_own_tests_pass": "own tests run",
    "test_a_service_that_nobody_edited_is_as_new": "updated without edits: the bytes of a new service",
    "test_a_changed_answer_keeps_every_edit": "answer changed, with every edit",
    "test_a_changed_answer_is_as_if_it_had_been_given_at_first": "answer changed: the bytes of a new service",
    "test_an_updated_service_passes_its_own_checks": "updated with every edit: all checks and own tests",
}
VERDICTS: Final = ("kept", "conflict", "lost")


class Ledger:
    """A plugin of the process that reports; the workers of pytest-xdist send it their properties."""

    def __init__(self) -> None:
        """Nothing was run yet."""
        self.seen: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what became of a test."""
        if report.when == "call" and report.nodeid.startswith(("tests/test_renders.py", "tests/updates/")):
            self.seen[report.nodeid] = {"passed": report.passed, **dict(report.user_properties)}

    def pytest_sessionfinish(self) -> None:
        """Write it down."""
        if self.seen:
            known = json.loads(LEDGER.read_text("utf-8")) if LEDGER.exists() else {}
            LEDGER.parent.mkdir(exist_ok=True)
            LEDGER.write_text(json.dumps({**known, **self.seen}, indent=1, sort_keys=True), "utf-8")


def tables(seen: dict[str, dict[str, Any]]) -> str:
    """What was shown, in Markdown."""
    return "\n".join([*_combinations(seen), "", *_updates(seen), ""])


def _combinations(seen: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield "| services | tried | passed |"
    yield "|---|--:|--:|"
    for test, meaning in SHOWN.items():
        results = [result["passed"] for name, result in seen.items() if f"::{test}[" in name]
        if results:
            yield f"| {meaning} | {len(results)} | {sum(results)} |"


def _updates(seen: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield "| update | updates | edits | kept | in conflict | lost | most hunks |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    made = [result["update"] for result in seen.values() if "update" in result]
    for release in sorted({update["release"] for update in made}):
        mine = [update for update in made if update["release"] == release]
        total = Counter({verdict: sum(update.get(verdict, 0) for update in mine) for verdict in VERDICTS})
        numbers = [len(mine), total.total(), *(total[verdict] for verdict in VERDICTS)]
        hunks = max(update["hunks"] for update in mine)
        yield f"| from {release} | {' | '.join(map(str, [*numbers, hunks]))} |"


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    written = tables(json.loads(LEDGER.read_text("utf-8")))
    PAGE.write_text(MEASURED.sub(lambda found: found[1] + written + found[2], page), encoding="utf-8")

"""What a comparison found: medians, spread, and ratios to one peer, as Markdown."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Found = Mapping[str, Sequence[float]]
"""Of each contender, one value a round; the rounds were taken in turns."""


@dataclass(frozen=True)
class Table:
    """One comparison.

    `peers` says who is the measure of whom; whoever is not named there is compared with `peer`.
    """

    title: str
    unit: str
    found: Found
    peer: str
    peers: Mapping[str, str] | None = None
    digits: int = 0

    def ratio(self, name: str) -> float:
        """How many times its peer's: the median over pairs that were measured right after each other."""
        peer = (self.peers or {}).get(name, self.peer)
        return statistics.median(
            mine / theirs for mine, theirs in zip(self.found[name], self.found[peer], strict=True)
        )

    def markdown(self) -> str:
        """A heading and a table; the spread is that of the middle half of the rounds."""
        lines = [f"### {self.title}", "", f"| | {self.unit} | middle half | ratio |", "|---|--:|--:|--:|"]
        for name, values in self.found.items():
            low, middle, high = _quartiles(values)
            shown = [f"{value:,.{self.digits}f}" for value in (low, middle, high)]
            lines.append(f"| {name} | {shown[1]} | {shown[0]} to {shown[2]} | {self.ratio(name):.2f} |")
        return "\n".join([*lines, ""])


def _quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high

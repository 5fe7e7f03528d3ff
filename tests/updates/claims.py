"""What docs/updates.md promises of updates; tests hold every update against it."""

import re
from typing import Final, NamedTuple

from tests.rendering import ROOT

ROW: Final = re.compile(
    r"^\| from ([\d.]+(?:, another answer)?) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$",
    re.MULTILINE,
)


class Claim(NamedTuple):
    """One row: updates from one release."""

    updates: int
    edits: int
    kept: int
    in_conflict: int
    lost: int
    most_hunks: int


CLAIMS: Final = {
    row[1]: Claim(*map(int, row.groups()[1:]))
    for row in ROW.finditer((ROOT / "docs" / "updates.md").read_text(encoding="utf-8"))
}
"""By the release that is left."""

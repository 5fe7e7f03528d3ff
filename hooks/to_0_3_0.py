"""For updates that cross 0.3.0, where the surfaces of the privacy proofs became a folder."""

import os
import sys
from pathlib import Path

from moves import Update

MOVES = {"tests/privacy/surfaces.py": "tests/privacy/surfaces/own.py"}
"""Where edits of a file that is gone are kept."""
NEXT = (
    "tests/privacy/surfaces.py is a folder since 0.3.0, with a file for each kind of surface.",
    "What you added: leave only that in own.py, and import it in tests/privacy/surfaces/__init__.py.",
)

if __name__ == "__main__":
    update = Update(Path.cwd(), Path(__file__).resolve().parents[1], os.environ["VERSION_FROM"])
    said = [update.move(old, new) for old, new in MOVES.items()]
    if any((update.service / new).exists() for new in MOVES.values()):
        said += NEXT
    sys.stderr.write("".join(f"  {line}\n" for line in said))

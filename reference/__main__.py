"""Write docs/reference/ from the sources, so that it cannot say anything else: `python -m reference`."""

from collections.abc import Callable
from pathlib import Path

from reference import answers, commands, rules, settings

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"

PAGES: dict[str, Callable[[Path], str]] = {
    "answers.md": answers.page,
    "settings.md": settings.page,
    "commands.md": commands.page,
    "rules.md": rules.page,
}
"""File and what writes it, given the root of the repository."""


def main() -> None:
    """Write all pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(ROOT), encoding="utf-8")


if __name__ == "__main__":
    main()

"""What people do to files of a service, and how to see afterwards whether it is still there."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tests.updates.releases import git

HUNK: Final = re.compile(
    r"^<<<<<<< before updating\n(?P<theirs>.*?)^(?:\|{7}.*?)?=======\n(?P<ours>.*?)^>>>>>>> after updating\n",
    re.MULTILINE | re.DOTALL,
)
"""A conflict as `copier update` marks it: the service's lines, then the template's."""


class Step(Protocol):
    """One change of one file."""

    def can(self, folder: Path) -> bool:
        """Whether the service has what is changed."""

    def do(self, folder: Path) -> None:
        """Change it."""

    def missing(self, folder: Path) -> bool:
        """Whether the change, or a part of it, is no longer there, not even in a conflict."""

    def in_conflict(self, folder: Path) -> bool:
        """Whether somebody has to decide about a part of it."""


class _Lines:
    """A change that is there when its lines are."""

    path: str

    def lines(self) -> list[str]:
        raise NotImplementedError

    def can(self, folder: Path) -> bool:
        return (folder / self.path).is_file()

    def missing(self, folder: Path) -> bool:
        there = _read(folder / self.path)
        return any(line not in there for line in self.lines())

    def in_conflict(self, folder: Path) -> bool:
        clean = HUNK.sub("", _read(folder / self.path))
        return not self.missing(folder) and any(line not in clean for line in self.lines())


@dataclass(frozen=True)
class Write(_Lines):
    """A file of their own."""

    path: str
    text: str

    def lines(self) -> list[str]:
        return self.text.splitlines()

    def can(self, folder: Path) -> bool:
        return (folder / self.path).parent.parent.is_dir()

    def do(self, folder: Path) -> None:
        (folder / self.path).parent.mkdir(exist_ok=True)
        (folder / self.path).write_text(self.text, encoding="utf-8")


@dataclass(frozen=True)
class Replace(_Lines):
    """Other text at one place."""

    path: str
    old: str
    new: str

    def lines(self) -> list[str]:
        return [line for line in self.new.splitlines() if line not in self.old.splitlines()]

    def can(self, folder: Path) -> bool:
        return _read(folder / self.path).count(self.old) == 1

    def do(self, folder: Path) -> None:
        text = _read(folder / self.path)
        (folder / self.path).write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True)
class Below(_Lines):
    """Lines directly below the line that begins with `mark`."""

    path: str
    mark: str
    text: str

    def lines(self) -> list[str]:
        return self.text.splitlines()

    def can(self, folder: Path) -> bool:
        return len(self._marks(folder)) == 1

    def do(self, folder: Path) -> None:
        lines = _read(folder / self.path).splitlines(keepends=True)
        lines.insert(self._marks(folder)[0] + 1, self.text)
        (folder / self.path).write_text("".join(lines), encoding="utf-8")

    def _marks(self, folder: Path) -> list[int]:
        lines = enumerate(_read(folder / self.path).splitlines())
        return [number for number, line in lines if line.strip().startswith(self.mark)]


@dataclass(frozen=True)
class Append(_Lines):
    """Lines at the end of a file."""

    path: str
    text: str

    def lines(self) -> list[str]:
        return self.text.splitlines()

    def do(self, folder: Path) -> None:
        with (folder / self.path).open("a", encoding="utf-8") as file:
            file.write(self.text)


@dataclass(frozen=True)
class Delete:
    """A file they do not want; it must not come back."""

    path: str

    def can(self, folder: Path) -> bool:
        return (folder / self.path).is_file()

    def do(self, folder: Path) -> None:
        (folder / self.path).unlink()

    def missing(self, folder: Path) -> bool:
        return (folder / self.path).exists()

    def in_conflict(self, folder: Path) -> bool:
        return False


@dataclass(frozen=True)
class Move(Delete):
    """A file they want elsewhere: what they have there stays, and the old one does not come back."""

    to: str

    def do(self, folder: Path) -> None:
        (folder / self.to).parent.mkdir(exist_ok=True)
        git(folder, "mv", self.path, self.to)

    def missing(self, folder: Path) -> bool:
        return super().missing(folder) or not (folder / self.to).is_file()


@dataclass(frozen=True)
class Reformat(Delete):
    """Every line broken to the width that somebody prefers, in a way that our formatter leaves alone."""

    def do(self, folder: Path) -> None:
        file = folder / self.path
        before = _read(file)
        for width in ("60", "110"):
            command = [
                sys.executable,
                "-m",
                "ruff",
                "format",
                "--quiet",
                "--isolated",
                "--line-length",
                width,
            ]
            subprocess.run([*command, str(file)], check=True)
        assert _read(file) != before, f"{self.path} is not reformatted"

    def missing(self, folder: Path) -> bool:
        return not (folder / self.path).exists()

    def in_conflict(self, folder: Path) -> bool:
        return bool(HUNK.search(_read(folder / self.path)))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""

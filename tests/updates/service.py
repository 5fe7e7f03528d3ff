"""A service as somebody has it: made from a release, edited, committed, updated."""

import ast
import difflib
import json
import subprocess
import sys
import tomllib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml
from copier import run_copy, run_update

from tests.updates.edits import EDITS, Edit
from tests.updates.releases import git
from tests.updates.steps import HUNK

ANSWERS_FILE = ".copier-answers.yml"


def every_document(text: str) -> list[object]:
    """What a file of YAML holds; those for Kubernetes hold several documents."""
    return list(yaml.safe_load_all(text))


PARSERS: Final[dict[str, Callable[[str], object]]] = {
    ".py": ast.parse,
    ".toml": tomllib.loads,
    ".yml": every_document,
    ".yaml": every_document,
    ".json": json.loads,
}


def sort_imports(folder: Path) -> None:
    """What an editor does on saving: a moved module is imported at another line."""
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--no-cache", "--select", "I", "--fix", "."]
    subprocess.run(command, cwd=folder, check=True)


@dataclass
class Service:
    """A folder under git."""

    folder: Path
    edits: list[Edit] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path) -> "Service":
        """A service of what was rendered there, committed."""
        git(folder, "init", "--quiet", "--initial-branch", "main")
        service = cls(folder)
        service.commit("New service")
        return service

    def commit(self, message: str) -> None:
        """Keep what there is, conflicts included."""
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--allow-empty", "--message", message)

    def edit(self, edits: Sequence[Edit] = EDITS) -> "Service":
        """Make every edit that this service has the files for."""
        for edit in edits:
            if edit.can(self.folder):
                edit.do(self.folder)
                self.edits.append(edit)
        sort_imports(self.folder)
        self.commit("Our edits")
        return self

    def update(
        self, release: str, answers: Mapping[str, str] | None = None, *, trust: bool = False
    ) -> "Outcome":
        """`copier update --defaults`, perhaps with other answers."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run_update(
                self.folder,
                data=dict(answers or {}),
                vcs_ref=f"v{release}",
                defaults=True,
                overwrite=True,
                quiet=True,
                unsafe=trust,
            )
        return Outcome(self)

    def files(self) -> dict[str, bytes]:
        """What is in the folder, by path."""
        return contents(self.folder)


@dataclass
class Outcome:
    """What an update made of a service."""

    service: Service

    @property
    def verdicts(self) -> Counter[str]:
        """How many edits are kept, in conflict, lost."""
        return Counter(edit.verdict(self.service.folder) for edit in self.service.edits)

    def named(self, verdict: str) -> list[str]:
        """The edits of one verdict."""
        return [edit.name for edit in self.service.edits if edit.verdict(self.service.folder) == verdict]

    @property
    def hunks(self) -> list[str]:
        """Where somebody has to decide: `path: the first line of each side`."""
        return [
            f"{path}: {match['theirs'].strip()[:70]!r} or {match['ours'].strip()[:70]!r}"
            for path, text in self._texts()
            for match in HUNK.finditer(text)
        ]

    @property
    def broken(self) -> list[str]:
        """Files that do not parse though nothing in them is in conflict, and what `git apply` left behind."""
        return [
            path
            for path, text in self._texts()
            if path.endswith(".rej") or not (HUNK.search(text) or _parses(path, text))
        ]

    def undelivered(self, before: Path, after: Path) -> list[str]:
        """Lines that the template added between two fresh renders and that the service has not got.

        What stands in a conflict is delivered. What somebody moved or deleted is theirs: nothing comes there.
        """
        old, new, mine = contents(before), contents(after), self.service.files()
        found = []
        for path in sorted(new):
            if path == ANSWERS_FILE or (path in old and path not in mine):
                continue
            added = _added(old.get(path, b"").decode(), new[path].decode())
            there = mine.get(path, b"").decode().splitlines()
            found += [f"{path}: {line}" for line in added if line not in there]
        return found

    def _texts(self) -> Iterator[tuple[str, str]]:
        for path, content in self.service.files().items():
            yield path, content.decode("utf-8", errors="replace")


def fresh(template: Path | str, release: str, folder: Path, **answers: str) -> Path:
    """A render that nobody has touched."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run_copy(
            str(template),
            folder,
            data={"project_name": "Demo Service", **answers},
            vcs_ref=f"v{release}",
            defaults=True,
            quiet=True,
        )
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by path, without git's own."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] != ".git"
    }


def _added(old: str, new: str) -> list[str]:
    return [
        line[2:]
        for line in difflib.ndiff(old.splitlines(), new.splitlines())
        if line.startswith("+ ") and line[2:].strip()
    ]


def _parses(path: str, text: str) -> bool:
    parse = PARSERS.get(Path(path).suffix)
    try:
        if parse:
            parse(text)
    except (SyntaxError, ValueError, yaml.YAMLError):
        return False
    return True

"""Reports on their way to the table: a folder with one file each, which survives the process.

Like a mail server's spool: a file is written under another name and then renamed, so that it is there whole
or not at all; any process may carry any file on; a row is written before its file is removed, and a row that
is there already is not written again. What has to wait is soon flushed to the disk itself: a machine that
loses power may lose the files of the last seconds. What cannot become a row is put aside as `.broken`.
"""

import json
import math
import os
import time
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from app.observability.operators import operators
from app.reports.drafts import Draft

SUFFIX: Final = ".json"
BROKEN: Final = ".broken"
"""Of files that are no report, or one that the database refused."""
PART: Final = ".part"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft, and the file it was read from; None for one that waits in memory."""

    draft: Draft
    path: Path | None


class Spool:
    """The folder; where it cannot be written, this process's memory, which the end of the process empties."""

    def __init__(self, folder: Path, limit: int) -> None:
        """Use a folder, which is made when it is needed.

        Args:
            folder: only its owner may read it.
            limit: reports it may hold; what comes on top is not kept, and counted.
        """
        self._folder = folder
        self._limit = limit
        self._memory: deque[Draft] = deque()
        self._count: int | None = None
        self._flushed: frozenset[Path] = frozenset()
        self.refused = 0
        """Reports that were not kept because the spool was full."""

    def put(self, draft: Draft) -> None:
        """Keep a draft. Never raises; takes a tenth of a millisecond on a disk that is well."""
        if len(self) >= self._limit:
            self.refused += 1
            if self.refused == 1:
                operators.warning(
                    "the spool of reports is full: REPORTS_SPOOL_LIMIT is reached, reports are lost"
                )
            return
        try:
            self._write(draft)
        except OSError as error:
            if not self._memory:
                operators.warning(
                    f"REPORTS_SPOOL cannot be written, reports wait in memory: {error.strerror}"
                )
            self._memory.append(draft)
        else:
            self._count = len(self) + 1

    def take(self, most: int) -> Sequence[Waiting]:
        """What is there, the oldest first; it stays until it is `done` or `put_aside`."""
        taken = [Waiting(draft, None) for draft in list(self._memory)[:most]]
        for path in self._files():
            if len(taken) >= most:
                break
            try:
                taken.append(Waiting(Draft.from_json(path.read_text(encoding="utf-8")), path))
            except OSError:  # another process was faster, or it is no file that we may read
                continue
            except ValueError:
                _put_aside(path)
                operators.warning("a file in REPORTS_SPOOL is not a report and was put aside as .broken")
        return taken

    def done(self, waiting: Sequence[Waiting]) -> None:
        """These are rows now."""
        for one in waiting:
            if one.path is not None:
                one.path.unlink(missing_ok=True)
            else:
                self._forget(one.draft)
        self._count = None

    def put_aside(self, one: Waiting, reason: str) -> None:
        """This cannot become a row, and must not keep others from it."""
        if one.path is not None:
            _put_aside(one.path)
            operators.error(f"a report was refused ({reason}) and put aside as .broken: {one.draft.id}")
        else:
            self._forget(one.draft)
            operators.error(f"a report was refused ({reason}) and is lost: {one.draft.id}")
        self._count = None

    def erase(self, user_ids: Collection[str]) -> int:
        """Delete what was put aside of a user; how many files that were.

        Args:
            user_ids: what stands for the user in drafts.
        """
        told = [json.dumps({"user_id": user_id})[1:-1] for user_id in user_ids]
        theirs = [path for path in self._remains(BROKEN) if any(name in _text(path) for name in told)]
        return _delete(theirs)

    def forget_old(self, days: int) -> None:
        """Delete what was put aside, or never finished, more than `days` ago."""
        before = time.time() - timedelta(days=days).total_seconds()
        _delete(path for path in self._remains(BROKEN, PART) if _changed_at(path) < before)

    def flush(self) -> None:
        """Have the disk itself hold what has to wait. Blocks; never raises."""
        waiting = frozenset(self._files())
        if not (new := waiting - self._flushed):
            return
        for path in (*new, self._folder):
            with suppress(OSError):  # another process was faster, or the file system does not know how
                _flush(path)
        self._flushed = waiting

    @property
    def in_memory(self) -> int:
        """How many drafts wait in this process's memory."""
        return len(self._memory)

    def __len__(self) -> int:
        if self._count is None:
            self._count = len(self._files())
        return self._count + len(self._memory)

    def _write(self, draft: Draft) -> None:
        path = self._path(draft)
        part = path.with_suffix(PART)
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except FileNotFoundError:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(draft.to_json())
        part.rename(path)

    def _files(self) -> list[Path]:
        try:
            return sorted(self._folder.glob(f"*{SUFFIX}"))
        except OSError:
            return []

    def _remains(self, *suffixes: str) -> list[Path]:
        with suppress(OSError):
            return [path for path in self._folder.iterdir() if path.suffix in suffixes]
        return []

    def _forget(self, draft: Draft) -> None:
        with suppress(ValueError, IndexError):  # another task was faster, or a new one came in between
            self._memory.remove(draft)

    def _path(self, draft: Draft) -> Path:
        return self._folder / f"{draft.created_at:%Y%m%dT%H%M%S%f}-{draft.id}{SUFFIX}"


def _put_aside(path: Path) -> None:
    with suppress(FileNotFoundError):  # another process was faster
        path.rename(path.with_suffix(BROKEN))


def _delete(paths: Iterable[Path]) -> int:
    count = 0
    for path in paths:
        with suppress(OSError):
            path.unlink()
            count += 1
    return count


def _text(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""


def _changed_at(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return math.inf


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

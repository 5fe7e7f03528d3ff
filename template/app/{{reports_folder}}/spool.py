"""Reports on their way to the table: a folder with one file each, which survives the process.

Like a mail server's spool: a file is written under another name and then renamed, so that it is there whole
or not at all; any process may carry any file on; a row is written before its file is removed, and a row that
is there already is not written again. What has to wait is soon flushed to the disk itself: a machine that
loses power may lose the files of the last seconds.
"""

import os
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.observability.operators import operators
from app.reports.drafts import Draft

SUFFIX: Final = ".json"


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

    def take(self, most: int) -> Sequence[Draft]:
        """The drafts that are there, the oldest first; they stay until they are `done`."""
        drafts = list(self._memory)[:most]
        for path in self._files():
            if len(drafts) >= most:
                break
            try:
                drafts.append(Draft.from_json(path.read_text(encoding="utf-8")))
            except FileNotFoundError:  # another process was faster
                continue
            except ValueError:
                path.rename(path.with_suffix(".broken"))
                operators.warning("a file in REPORTS_SPOOL is not a report and was put aside as .broken")
        return drafts

    def done(self, drafts: Sequence[Draft]) -> None:
        """These are rows now."""
        for draft in drafts:
            if draft in self._memory:
                self._memory.remove(draft)
            else:
                self._path(draft).unlink(missing_ok=True)
        self._count = None

    def flush(self) -> None:
        """Have the disk itself hold what has to wait. Blocks; never raises."""
        waiting = frozenset(self._files())
        if not (new := waiting - self._flushed):
            return
        for path in (*new, self._folder):
            with suppress(OSError):  # another process was faster, or the file system does not know how
                _flush(path)
        self._flushed = waiting

    def __len__(self) -> int:
        if self._count is None:
            self._count = len(self._files())
        return self._count + len(self._memory)

    def _write(self, draft: Draft) -> None:
        path = self._path(draft)
        part = path.with_suffix(".part")
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

    def _path(self, draft: Draft) -> Path:
        return self._folder / f"{draft.created_at:%Y%m%dT%H%M%S%f}-{draft.id}{SUFFIX}"


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

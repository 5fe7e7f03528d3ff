"""Carry what somebody changed in a file to where the file is now; Copier would drop it with the old file.

For migrations, which Copier runs after an update, in the service's folder. Standard library only: the Python
is the one that runs Copier. Nothing is committed; running it again changes nothing.
"""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Update:
    """One update: the service, the template with its history, and the release that the service comes from."""

    service: Path
    template: Path
    release: str

    def move(self, old: str, new: str) -> str:
        """Merge the service's version of `old` into `new`, and say in one sentence what was done.

        Args:
            old: path in the service, and below `template/`, before this release; a file without Jinja.
            new: path in the service now. If the template has no such file, the service's version becomes it.
        """
        mine = _content(self.service, "HEAD", f"./{old}")
        base = _content(self.template, self.release, f"template/{old}")
        if mine is None or mine == base:
            return f"{old}: nothing of yours is in it; nothing to move."
        target = self.service / new
        theirs = target.read_bytes() if target.exists() else None
        if theirs is None or theirs == mine:
            conflicts, merged = 0, mine
        else:
            conflicts, merged = _merge(mine, base or b"", theirs)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(merged)
        (self.service / old).unlink(missing_ok=True)
        marked = f" {conflicts} places are marked for you to decide." if conflicts else ""
        return f"{old}: your changes are in {new} now.{marked}"


def _content(repository: Path, revision: str, path: str) -> bytes | None:
    """A file as it is in a revision; None where it is not."""
    done = subprocess.run(
        ["git", "-C", str(repository), "show", f"{revision}:{path}"], capture_output=True, check=False
    )
    return done.stdout if done.returncode == 0 else None


def _merge(mine: bytes, base: bytes, theirs: bytes) -> tuple[int, bytes]:
    """How many places are in conflict, and the text with those marked as `copier update` marks them."""
    with tempfile.TemporaryDirectory() as folder:
        names = {"before updating": mine, "last update": base, "after updating": theirs}
        command = ["git", "merge-file", "-p"]
        files = []
        for number, (label, content) in enumerate(names.items()):
            files.append(Path(folder, str(number)))
            files[-1].write_bytes(content)
            command += ["-L", label]
        done = subprocess.run([*command, *map(str, files)], capture_output=True, check=False)
    if not 0 <= done.returncode < 128:
        raise SystemExit(f"git could not merge a moved file: {done.stderr.decode().strip()}")
    return done.returncode, done.stdout

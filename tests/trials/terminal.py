"""A terminal that types what the documentation says, and the commands that stand there."""

import os
import re
import shlex
import signal
import socket
import subprocess
from pathlib import Path
from typing import Self

from tests.conftest import uv
from tests.rendering import ROOT
from tests.workers.system import free_port, wait_until

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)


def commands(page: Path) -> list[str]:
    """The shell commands of a page, line by line, without comments."""
    found = []
    for block in BLOCK.findall(page.read_text("utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            command = " ".join(shlex.split(line, comments=True)) and line.partition(" # ")[0].strip()
            if command:
                found.append(command)
    return found


class Terminal:
    """One working folder after the other, as a person has it. Use as a context manager."""

    def __init__(self, folder: Path, **variables: str) -> None:
        """Open.

        Args:
            folder: where it begins.
            variables: of the environment, beside those of a person who has uv.
        """
        self.folder = folder
        self.port, self.errors_port = free_port(), free_port()
        kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "CI")}
        self._variables = {
            **kept,
            "PATH": f"{Path(uv()).parent}{os.pathsep}{os.environ['PATH']}",
            "PORT": str(self.port),
            "ERRORS_PORT": str(self.errors_port),
            "GIT_AUTHOR_NAME": "A Person",
            "GIT_AUTHOR_EMAIL": "person@example.org",
            "GIT_COMMITTER_NAME": "A Person",
            "GIT_COMMITTER_EMAIL": "person@example.org",
            **variables,
        }
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            os.killpg(process.pid, signal.SIGTERM)
        for process in self._running:
            process.wait(30)

    def type(self, command: str, *, expect: int = 0) -> str:
        """Run a command to its end and return what it printed; `cd` and variables last."""
        state = (
            f'{command}\nstatus=$?; [ -z "${{TOKEN-}}" ] || declare -p TOKEN > .token; pwd >&3; exit $status'
        )
        read, write = os.pipe()
        done = subprocess.run(
            ["bash", "-c", f"[ -f .token ] && . ./.token; rm -f .token; exec 3>&{write}; {state}"],
            cwd=self.folder,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            pass_fds=(write,),
        )
        os.close(write)
        with os.fdopen(read) as said:
            self.folder = Path(said.read().strip() or self.folder)
        assert done.returncode == expect, f"{command} ended with {done.returncode}:\n{done.stdout[-4_000:]}"
        return done.stdout

    def leave_running(self, command: str, port: int, seconds: float = 240) -> Path:
        """Start a command that stays, and wait until it can be reached; returns the file with its output."""
        output = self.folder / f".{command.replace(' ', '-').replace('/', '-')}.log"
        with output.open("wb") as lines:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"],
                cwd=self.folder,
                env=self._variables,
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(process)

        def reached() -> bool:
            assert process.poll() is None, f"{command} ended:\n{output.read_text()[-4_000:]}"
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        assert wait_until(reached, seconds), f"{command} cannot be reached:\n{output.read_text()[-4_000:]}"
        return output


def clone(folder: Path) -> Path:
    """The template as somebody gets it: a repository with one commit of what is in the working tree."""
    target = folder / "watchkeeper"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes((ROOT / name).read_bytes())
    with Terminal(target) as terminal:
        # Copier updates from one tagged release to another.
        terminal.type(
            "git init --quiet && git add --all && git commit --quiet -m 'As it is' && git tag v9.0.0"
        )
    return target

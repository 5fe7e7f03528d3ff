"""Everybody who takes part in a comparison, side by side: renders, environments, and running processes."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from template.tests.inbox import Inbox  # noqa: E402 - the rendered service's own
from tests.conftest import LEVELS, uv  # noqa: E402
from tests.rendering import render_to  # noqa: E402

PARTS = {"worker": "celery", "database": "sqlalchemy"}
ARQ = {"worker": "arq", "database": "sqlalchemy"}
AUTH = {"AUTH_KEY": "k" * 32, "AUTH_ISSUER": "benchmark", "AUTH_AUDIENCE": "benchmark"}


@dataclass(frozen=True)
class Contender:
    """Who is compared: `kind` is one of `contenders.application`, `answers` choose the render."""

    name: str
    kind: str
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> str:
        """What the environment has installed beside the common."""
        return "-".join(self.answers.get(name, "none") for name in PARTS)


BARE = Contender("bare FastAPI", "bare")
SDK = Contender("SDK, its defaults", "sdk")
GUIDE = Contender("the usual guide", "guide")
SERVICES = tuple(Contender(f"service, {level}", "service", {"compliance": level}) for level in LEVELS)
SDK_PARTS = Contender("SDK, its defaults, beside Celery and SQLAlchemy", "sdk", PARTS)
SERVICES_PARTS = tuple(
    Contender(f"service, {level}, Celery, SQLAlchemy", "service", {"compliance": level, **PARTS})
    for level in LEVELS
)


class Field:
    """Renders and environments of contenders. Use as a context manager."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="watchkeeper-")
        self._renders: dict[str, Path] = {}
        self._pythons: dict[str, Path] = {}
        self._bearer = ""
        self._closed = False
        self.inbox = Inbox()

    def __enter__(self) -> Self:
        self.inbox.__enter__()
        return self

    def __exit__(self, *trouble: Any) -> None:
        self.close_inbox()
        self._folder.cleanup()

    def close_inbox(self) -> None:
        """Let nobody be where Sentry was."""
        if not self._closed:
            self._closed = True
            self.inbox.__exit__()

    def render(self, contender: Contender) -> Path:
        """The folder of its service; for peers that of a service with the same parts."""
        answers = {"compliance": "gdpr", **contender.answers}
        key = repr(sorted(answers.items()))
        if key not in self._renders:
            self._renders[key] = Path(self._folder.name) / f"service-{len(self._renders)}"
            render_to(self._renders[key], **answers)
        return self._renders[key]

    def python(self, contender: Contender) -> Path:
        """An environment with what its service needs to run, and no tool of development."""
        if contender.parts not in self._pythons:
            self._pythons[contender.parts] = self._environment(contender)
        return self._pythons[contender.parts]

    def variables(self, contender: Contender) -> dict[str, str]:
        """The environment variables of its processes."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return {
            **kept,
            **AUTH,
            "PYTHONPATH": os.pathsep.join((str(self.render(contender)), str(ROOT))),
            "SENTRY_DSN": self.inbox.dsn,
            "SENTRY_TRACES_SAMPLE_RATE": "0.1",
            "SENTRY_ERROR_RATE_LIMIT": "10000",  # otherwise most of the errors below would cost nothing
            "ENVIRONMENT": "production",
            "PRIVACY_KEY": "p" * 32,
            "BENCHMARK_TOKEN": self._token(contender),
        }

    def _token(self, contender: Contender) -> str:
        if not self._bearer:
            claims = (
                f"dict(sub='u-1', tenant='t-1', role='staff', exp={int(time.time()) + 86_400}, "
                f"aud='{AUTH['AUTH_AUDIENCE']}', iss='{AUTH['AUTH_ISSUER']}')"
            )
            code = f"import jwt; print(jwt.encode({claims}, '{AUTH['AUTH_KEY']}'))"
            command = [str(self.python(contender)), "-c", code]
            self._bearer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        return self._bearer

    def _environment(self, contender: Contender) -> Path:
        folder = ROOT / ".cache" / f"bench-{contender.parts}"
        project = tomllib.loads((self.render(contender) / "pyproject.toml").read_text("utf-8"))
        worker = f"constraints-{contender.answers.get('worker', 'celery')}.txt"
        pins = [ROOT / "tests" / name for name in ("constraints.txt", worker)]
        wanted = "\n".join([*project["project"]["dependencies"], *(path.read_text("utf-8") for path in pins)])
        python, stamp = folder / "bin" / "python", folder / "installed"
        if stamp.exists() and stamp.read_text("utf-8") == wanted:
            return python
        outside = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        limits = [argument for path in pins for argument in ("-c", str(path))]
        for command in (
            ["venv", "--quiet", "--clear", str(folder)],
            ["pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), *limits]
            + project["project"]["dependencies"],
        ):
            subprocess.run([uv(), *command], check=True, env=outside)
        stamp.write_text(wanted, encoding="utf-8")
        return python


class Probe:
    """A running `benchmarks.probe`."""

    def __init__(self, place: Field, contender: Contender, routes: int) -> None:
        self._process = subprocess.Popen(
            [place.python(contender), "-m", "benchmarks.probe", contender.kind, str(routes)],
            cwd=place.render(contender),
            env=place.variables(contender),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._inbox = place.inbox

    def ready(self) -> None:
        """Wait until it can be asked."""
        self._read()

    def ask(self, *words: str | int) -> float:
        """Let it measure; see `benchmarks.probe`."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        found = float(self._read())
        self._inbox.clear()
        return found

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended; run it by hand to see why")
        return line.strip()


@contextlib.contextmanager
def probes(
    place: Field, contenders: tuple[Contender, ...], *, routes: int = 10
) -> Iterator[dict[str, Probe]]:
    """Start all contenders; they wait beside each other, so that they can take turns."""
    running: dict[str, Probe] = {}
    try:
        for contender in contenders:
            running[contender.name] = Probe(place, contender, routes)
        for probe in running.values():
            probe.ready()
        yield running
    finally:
        for probe in running.values():
            probe.stop()

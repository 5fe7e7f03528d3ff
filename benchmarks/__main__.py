"""Everything side by side: `python -m benchmarks` (see --help), or `make bench`.

Contenders take turns within one run, so that whatever else the machine does hits all of them. Times are CPU
times. Trust the ratios, not the microseconds.
"""

import argparse
import os
import platform
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks import rendering, request, server, soak, start
from benchmarks.field import Field
from benchmarks.tables import Table

HEAD = Path(__file__).with_name("head.md")


class Effort(NamedTuple):
    """How long everything is measured."""

    rounds: int
    seconds: int
    """Of load on a server in a round."""
    requests: int
    failures: int
    soak: int
    """Seconds of the long load."""


EFFORTS = {
    "quick": Effort(rounds=1, seconds=1, requests=500, failures=50, soak=8),
    "short": Effort(rounds=6, seconds=2, requests=20_000, failures=1_000, soak=60),
    "full": Effort(rounds=20, seconds=3, requests=100_000, failures=10_000, soak=240),
}


def main() -> None:
    """Measure, print, and write the page if that is wanted."""
    arguments = _arguments()
    effort = EFFORTS[arguments.effort]
    began, load = time.monotonic(), os.getloadavg()[0]
    found: list[str] = []
    with Field() as place:
        sections: dict[str, Callable[[], list[Table]]] = {
            "request": lambda: request.compare(place, rounds=effort.rounds),
            "server": lambda: server.compare(place, rounds=effort.rounds // 2 or 1, seconds=effort.seconds),
            "start": lambda: start.compare(place, rounds=effort.rounds // 2 or 1),
            "memory": lambda: request.memory(place, requests=effort.requests, failures=effort.failures),
            "render": lambda: rendering.compare(arguments.template, rounds=effort.rounds // 2 or 1),
        }
        for name in arguments.only or sections:
            for table in sections[name]():
                found.append(table.markdown())
                print(found[-1], flush=True)
        if not arguments.only and shutil.which("wrk"):  # last, because it takes the inbox away
            found.append(soak.markdown(soak.run(place, seconds=effort.soak)))
            print(found[-1], flush=True)
    if arguments.write:
        arguments.write.write_text(_page(found, load, time.monotonic() - began), encoding="utf-8")


def _page(found: list[str], load: float, seconds: float) -> str:
    machine = (
        f"Machine: {os.cpu_count()} cores ({platform.machine()}), {platform.system()}, "
        f"Python {platform.python_version()}; load {load:.1f} at the beginning, "
        f"{os.getloadavg()[0]:.1f} at the end, {seconds / 60:.0f} minutes, {datetime.now(UTC):%Y-%m-%d}.\n"
    )
    return "\n".join([HEAD.read_text("utf-8"), machine, *found])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--effort",
        choices=EFFORTS,
        default="full",
        help="quick: one round of everything, to see that it runs",
    )
    parser.add_argument(
        "--only", nargs="+", choices=["request", "server", "start", "memory", "render"], help="measure these"
    )
    parser.add_argument("--template", help="another Copier template to stand beside")
    parser.add_argument("--write", type=Path, help="write the page, for example docs/speed.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()

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

from benchmarks import rendering, request, server, soak, start
from benchmarks.field import Field
from benchmarks.tables import Table

HEAD = Path(__file__).with_name("head.md")


def main() -> None:
    """Measure, print, and write the page if that is wanted."""
    arguments = _arguments()
    quick: bool = arguments.quick
    began, load = time.monotonic(), os.getloadavg()[0]
    found: list[str] = []
    with Field() as place:
        sections: dict[str, Callable[[], list[Table]]] = {
            "request": lambda: request.compare(place, rounds=1 if quick else 20),
            "server": lambda: server.compare(place, rounds=1 if quick else 7, seconds=1 if quick else 3),
            "start": lambda: start.compare(place, rounds=1 if quick else 9),
            "memory": lambda: request.memory(
                place, requests=500 if quick else 100_000, failures=50 if quick else 10_000
            ),
            "render": lambda: rendering.compare(arguments.template, rounds=1 if quick else 7),
        }
        for name in arguments.only or sections:
            for table in sections[name]():
                found.append(table.markdown())
                print(found[-1], flush=True)
        if not arguments.only and shutil.which("wrk"):  # last, because it takes the inbox away
            found.append(soak.markdown(soak.run(place, seconds=8 if quick else 240)))
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
    parser.add_argument("--quick", action="store_true", help="one round of everything: does it run?")
    parser.add_argument(
        "--only", nargs="+", choices=["request", "server", "start", "memory", "render"], help="measure these"
    )
    parser.add_argument("--template", help="another Copier template to stand beside")
    parser.add_argument("--write", type=Path, help="write the page, for example docs/speed.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()

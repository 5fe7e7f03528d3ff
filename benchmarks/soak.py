"""A service under load for minutes, while Sentry is well, slow and away: what it holds, and how it answers.

    python -m benchmarks.soak --minutes 10

Ends with code 1 if something grew from one phase to the next: memory, descriptors, threads or tasks.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.field import SERVICES, Field
from benchmarks.server import CONNECTIONS, cpu_seconds, serving

SCRIPT = Path(__file__).with_name("soak.lua")
GROWTH_MB, GROWTH = 24.0, 12
"""What may come on top after the warm-up: megabytes (allocators keep some), and whatever is counted."""


class Phase(NamedTuple):
    """What was seen in one phase."""

    name: str
    requests: int
    failures: int
    median_ms: float
    slowest_ms: float
    """99th percentile."""
    cpu_us: float
    memory_mb: float
    descriptors: int
    threads: int
    tasks: int


def run(place: Field, *, seconds: int) -> list[Phase]:
    """Load a service in four phases of a quarter of `seconds` each.

    Raises:
        RuntimeError: it answered something else than it should.
    """
    inbox = place.inbox
    steps: dict[str, Callable[[], object]] = {
        "warm up": lambda: None,
        "Sentry is well": lambda: None,
        "Sentry takes events and never answers": inbox.answer.gate.clear,
        "Sentry is away": place.close_inbox,
    }
    found = []
    with serving(place, SERVICES[1], "") as (process, address):
        root = address.removesuffix("/item/1")
        for name, prepare in steps.items():
            prepare()
            found.append(_phase(name, process.pid, root, max(2, seconds // len(steps))))
            inbox.clear()
    return found


def grown(phases: list[Phase]) -> list[str]:
    """One sentence for each thing that grew after the warm-up."""
    first = phases[0]
    problems = []
    for phase in phases[1:]:
        for what, least in (
            ("memory_mb", GROWTH_MB),
            ("descriptors", GROWTH),
            ("threads", GROWTH),
            ("tasks", GROWTH),
        ):
            before, after = getattr(first, what), getattr(phase, what)
            if after - before > least:
                problems.append(f"{phase.name}: {what} grew from {before:.0f} to {after:.0f}")
    return problems


def markdown(phases: list[Phase]) -> str:
    """A heading and a table."""
    lines = [
        "### Under load, with Sentry in trouble",
        "",
        f"One process behind uvicorn, {CONNECTIONS} connections, every 50th request fails.",
        "",
        "| | requests | failed | median | 99 % | CPU a request | memory | descriptors | threads | tasks |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for phase in phases:
        lines.append(
            f"| {phase.name} | {phase.requests:,} | {phase.failures:,} | {phase.median_ms:.1f} ms | "
            f"{phase.slowest_ms:.1f} ms | {phase.cpu_us:,.0f} µs | {phase.memory_mb:.0f} MB | "
            f"{phase.descriptors} | {phase.threads} | {phase.tasks} |"
        )
    return "\n".join([*lines, ""])


def _phase(name: str, process: int, root: str, seconds: int) -> Phase:
    spent = cpu_seconds(process)
    load = ["--threads", "1", "--connections", str(CONNECTIONS), f"--duration={seconds}s", "--latency"]
    said = subprocess.run(
        ["wrk", *load, "--timeout", "30s", "--script", str(SCRIPT), root],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    requests = int(_in(said, r"(\d+) requests in"))
    failures = int(_in(said, r"Non-2xx or 3xx responses: (\d+)"))
    # A failure ends its connection: servers close it when the application lets an error through.
    lost = re.search(r"connect ([1-9]\d*)|write ([1-9]\d*)|timeout ([1-9]\d*)", said)
    if lost or abs(failures - requests / 50) > CONNECTIONS + requests / 500:
        raise RuntimeError(f"{name}: not every request was answered as it should be:\n{said}")
    with urllib.request.urlopen(f"{root}/tasks") as answer:
        tasks = json.load(answer)["tasks"]
    status = Path(f"/proc/{process}/status").read_text()
    return Phase(
        name,
        requests,
        failures,
        _milliseconds(said, "50%"),
        _milliseconds(said, "99%"),
        (cpu_seconds(process) - spent) / requests * 1e6,
        int(_in(status, r"VmRSS:\s+(\d+)")) / 1_000,
        len(os.listdir(f"/proc/{process}/fd")),
        int(_in(status, r"Threads:\s+(\d+)")),
        tasks,
    )


def _milliseconds(said: str, share: str) -> float:
    number, unit = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", said).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1_000.0}[unit]


def _in(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"{pattern} is not in:\n{text}")
    return found[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    minutes: float = parser.parse_args().minutes
    with Field() as place:
        phases = run(place, seconds=int(minutes * 60))
    print(markdown(phases))
    if problems := grown(phases):
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()

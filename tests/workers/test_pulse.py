"""A container's health check sees whether a worker is stuck, and nothing of its broker (R-OPS-1, R-WRK-7)."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.workers.conftest import MakeSystem
from tests.workers.system import COMMANDS, System, wait_until

pytestmark = pytest.mark.heavy


def age(pulse: Path) -> float:
    """Seconds since the last touch."""
    return time.time() - pulse.stat().st_mtime if pulse.exists() else 0.0


def beats_on(pulse: Path) -> bool:
    """Whether the file is touched once more."""
    before = pulse.stat().st_mtime_ns
    return wait_until(lambda: pulse.stat().st_mtime_ns > before, 10)


@pytest.mark.parametrize(("engine", "process"), [("arq", "arq"), ("celery", "celery"), ("celery", "beat")])
def test_a_process_without_its_broker_is_not_stuck(
    system_of: MakeSystem, tmp_path: Path, engine: str, process: str
) -> None:
    pulse = tmp_path / "pulse"
    system = system_of(engine, WORKER_PULSE=str(pulse))
    system.run(process, COMMANDS[process])
    assert wait_until(pulse.exists, 30), system.log(process)
    assert beats_on(pulse)
    system.start_broker()
    assert beats_on(pulse)


@pytest.mark.parametrize("engine", ["arq", "celery"])
def test_a_worker_whose_loop_stands_still_has_no_pulse(
    system_of: MakeSystem, tmp_path: Path, engine: str
) -> None:
    pulse = tmp_path / "pulse"
    system = system_of(engine, WORKER_PULSE=str(pulse))
    system.add("trial_stuck.py", "app/tasks/stuck.py")
    worker = _working(system, engine)
    assert beats_on(pulse)
    worker.send_signal(signal.SIGUSR2)
    assert wait_until(lambda: age(pulse) > 12, 40), system.log("worker")


def test_celery_in_a_container_hands_back_what_does_not_end_in_time(system_of: MakeSystem) -> None:
    stopping = {"WORKER_STOP_SECONDS": "1", "REMAP_SIGTERM": "SIGQUIT"}  # the second as in the image
    system = system_of("celery", **stopping)
    worker = _working(system, "celery")
    system.post("slow", 5)
    assert wait_until(lambda: -5 in system.numbers(), 20), system.log("worker")
    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=20)
    assert 5 not in system.numbers()
    system.run("next", COMMANDS["celery"])
    assert wait_until(lambda: 5 in system.numbers(), 40), system.log("next")


def _working(system: System, engine: str) -> "subprocess.Popen[bytes]":
    system.start_broker()
    system.start_api()
    worker = system.run("worker", COMMANDS[engine])
    system.post("count", 1)
    assert wait_until(lambda: 1 in system.numbers(), 30), system.log("worker")
    return worker

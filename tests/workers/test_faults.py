"""Killed workers, a broker that goes and comes back or is full: nothing accepted is lost (R-WRK-7)."""

import signal
import time

import pytest

from tests.workers.conftest import MakeSystem
from tests.workers.system import COMMANDS, System, wait_until

pytestmark = pytest.mark.heavy

ENGINES = pytest.mark.parametrize("engine", ["arq", "celery"])
SOON = {"WORKER_REDELIVERY_SECONDS": "3"}
"""After which a killed Celery worker's tasks are run again; with ARQ their time-outs decide (16 s here)."""


def running(system: System, engine: str) -> System:
    """The system with broker and API up."""
    system.start_broker()
    system.start_api()
    system.run("worker", COMMANDS[engine])
    return system


@ENGINES
def test_a_broker_that_restarts_loses_nothing_it_accepted(system_of: MakeSystem, engine: str) -> None:
    system = running(system_of(engine, **SOON), engine)
    accepted: set[int] = set()
    refused: list[str] = []
    for number in range(1, 1_001):
        if number in (350, 700):
            system.stop_broker()
        status, headers, _ = system.post("count", number)
        if status == 200:
            accepted.add(number)
        else:
            assert status == 503
            refused.append(headers["x-request-id"])
            if len(refused) % 3 == 0:
                system.start_broker()
    assert len(accepted) + len(refused) == 1_000
    assert len(refused) >= 2
    assert wait_until(lambda: accepted <= set(system.numbers()), 120), (
        f"{len(accepted - set(system.numbers()))} of {len(accepted)} accepted tasks never ran\n"
        + system.log("worker")[-4_000:]
    )
    assert system.post("count", 1_001)[0] == 200


@ENGINES
def test_while_the_broker_is_away_the_api_says_so_and_recovers(system_of: MakeSystem, engine: str) -> None:
    system = running(system_of(engine), engine)
    system.post("count", 1)
    assert wait_until(lambda: 1 in system.numbers(), 20)
    system.stop_broker()
    status, headers, body = system.post("count", 2)
    assert status == 503
    assert body == {
        "detail": "the task queue is not available right now",
        "request_id": headers["x-request-id"],
    }
    time.sleep(10)
    system.start_broker()
    assert system.post("count", 3)[0] == 200
    assert wait_until(lambda: 3 in system.numbers(), 45), system.log("worker")[-3_000:]


@ENGINES
def test_a_full_broker_refuses_and_the_caller_is_told(system_of: MakeSystem, engine: str) -> None:
    system = system_of(engine)
    system.start_broker(maxmemory="1", **{"maxmemory-policy": "noeviction"})
    system.start_api()
    assert system.post("count", 1)[0] == 503
    system.stop_broker()
    system.start_broker()
    assert system.post("count", 2)[0] == 200


@ENGINES
def test_a_worker_that_is_told_to_stop_ends_its_task_and_sends_what_is_queued(
    system_of: MakeSystem, engine: str
) -> None:
    system = running(system_of(engine), engine)
    worker = system.processes[-1]
    system.post("slow", 7)
    assert wait_until(lambda: -7 in system.numbers(), 20)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0, system.log("worker")
    assert system.numbers() == [-7, 7]
    assert len(system.traces("app.tasks.trial.slow")) == 1


def test_a_worker_ends_though_its_client_swallowed_that(system_of: MakeSystem) -> None:
    system = system_of("arq")
    system.add("trial_swallowed.py", "app/tasks/swallowed.py")
    system.start_broker()
    worker = system.run("worker", COMMANDS["arq"])
    assert wait_until(lambda: "worker is ready" in system.log("worker"), 30)
    time.sleep(1)  # the first look for tasks is over, and the heart beats
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=20) == 0, system.log("worker")


@ENGINES
def test_a_task_of_a_killed_worker_is_run_by_the_next(system_of: MakeSystem, engine: str) -> None:
    system = running(system_of(engine, **SOON), engine)
    worker = system.processes[-1]
    system.post("slow", 8)
    assert wait_until(lambda: -8 in system.numbers(), 20)
    system.kill(worker)
    system.run("worker", COMMANDS[engine])
    assert wait_until(lambda: 8 in system.numbers(), 60), system.log("worker")[-3_000:]


@pytest.mark.parametrize("engine", ["arq", "celery"])
def test_a_task_that_kills_its_process_is_given_up_with_one_event(system_of: MakeSystem, engine: str) -> None:
    system = running(system_of(engine, **SOON), engine)
    system.post("deadly", 9)
    end = time.monotonic() + 120
    while not system.events("deadly") and time.monotonic() < end:
        if system.processes[-1].poll() is not None:
            system.run("worker", COMMANDS[engine])  # as a service manager would
        time.sleep(0.2)
    [event] = system.events("deadly")
    assert event["exception"]["values"][-1]["type"] in ("WorkerDied", "WorkerLostError")
    assert event["tags"]["tenant"] == "tenant-4"
    assert system.numbers() == [9, 9, 9]
    system.post("count", 10)
    assert wait_until(lambda: 10 in system.numbers(), 20)

"""Tasks that end in unusual ways, wait for long, or were not made by `enqueue` (R-WRK-4, R-WRK-7)."""

import time

import pytest

from tests.workers.conftest import MakeSystem
from tests.workers.system import COMMANDS, System, wait_until

pytestmark = pytest.mark.heavy

LEDGER, POSTPONED = "demo-service.ledger", "demo-service.postponed"
ENGINES = pytest.mark.parametrize("engine", ["arq", "celery"])


def running(system: System, engine: str) -> System:
    """The system with its broker, a worker and the tasks of these tests."""
    system.add("trial_endings.py", "app/tasks/endings.py")
    system.add("trial_enqueue.py", "enqueue.py")
    system.start_broker()
    system.run("worker", COMMANDS[engine])
    return system


def enqueue(system: System, *arguments: str) -> None:
    """Have `trial_enqueue.py` enqueue something."""
    process = system.run("enqueue", f"python enqueue.py {' '.join(arguments)}", SENTRY_DSN="")
    assert process.wait(timeout=60) == 0, system.log("enqueue")


def ends(system: System, task: str) -> list[str]:
    """The types of the errors that ended a task, one for each event."""
    name = f"app.tasks.endings.{task}"
    events = [event for event in system.inbox.events if event.get("transaction") == name]
    return sorted(event["exception"]["values"][0]["type"] for event in events)


@pytest.mark.parametrize("engine", ["arq", "celery", "celery-threads"])
def test_a_task_that_ends_itself_is_one_event_and_the_worker_goes_on(
    system_of: MakeSystem, engine: str
) -> None:
    system = running(system_of(engine), engine)
    worker = system.processes[-1]
    enqueue(system, "endings")
    assert wait_until(lambda: {*range(1, 7)} <= set(system.numbers()), 60), system.log("worker")[-3_000:]
    expected = ["CancelledError", "KeyboardInterrupt", "MemoryError", "SystemExit"]
    assert wait_until(lambda: len(ends(system, "leave")) >= len(expected), 20)
    assert wait_until(lambda: ends(system, "wait_for_cancelled"), 20)
    assert ends(system, "leave") == expected
    assert ends(system, "wait_for_cancelled") == ["CancelledError"]
    assert worker.poll() is None
    assert "jane.doe" not in system.log("worker")
    if engine != "arq":
        assert wait_until(lambda: system.ask(f"HLEN {LEDGER}") == ":0", 20)


def test_a_task_that_takes_no_end_is_one_event(system_of: MakeSystem) -> None:
    system = running(system_of("celery"), "celery")
    enqueue(system, "stubborn")
    assert wait_until(lambda: ends(system, "stubborn"), 60), system.log("worker")[-3_000:]
    enqueue(system, "twice", "1")
    assert wait_until(lambda: system.numbers().count(1) == 2, 30)
    assert ends(system, "stubborn") == ["TimeLimitExceeded"]
    assert "Hard time limit" not in "".join(str(event) for event in system.inbox.events)


@ENGINES
def test_a_broker_that_is_full_at_the_retry_costs_no_task(system_of: MakeSystem, engine: str) -> None:
    system = running(system_of(engine, WORKER_REDELIVERY_SECONDS="10"), engine)
    enqueue(system, "twice", "1")
    assert wait_until(lambda: system.numbers() == [1], 30), system.log("worker")[-3_000:]
    system.ask("CONFIG SET maxmemory 1")
    assert wait_until(lambda: "retried in attempt 1" in system.log("worker"), 20)
    time.sleep(1)  # in which the next attempt cannot be stored
    system.ask("CONFIG SET maxmemory 0")
    assert wait_until(lambda: system.numbers().count(1) > 1, 90), system.log("worker")[-3_000:]


def test_what_waits_for_long_runs_once(system_of: MakeSystem) -> None:
    """Redis gives a message that a worker has had for WORKER_REDELIVERY_SECONDS to another one."""
    system = running(system_of("celery", WORKER_REDELIVERY_SECONDS="3"), "celery")
    enqueue(system, "later", "5", "8")
    assert system.ask(f"HLEN {LEDGER}") == ":1"
    assert wait_until(lambda: 5 in system.numbers(), 60), system.log("worker")[-3_000:]
    assert wait_until(lambda: system.ask(f"HLEN {LEDGER}") == ":0", 10)
    assert system.ask(f"ZCARD {POSTPONED}") == ":0"
    assert system.numbers() == [5]


@ENGINES
def test_messages_that_were_not_made_by_enqueue_run_all_the_same(system_of: MakeSystem, engine: str) -> None:
    system = running(system_of(engine), engine)
    enqueue(system, "foreign", "4")
    assert wait_until(lambda: 4 in system.numbers(), 40), system.log("worker")[-3_000:]
    assert wait_until(lambda: system.events("broken"), 20)
    [event] = system.events("broken")
    assert event["contexts"]["task"]["attempt"] == 1

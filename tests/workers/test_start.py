"""Sentry is on in every process from the first line on, with the worker's own project (R-INIT-3, R-WRK-1)."""

import pytest

from template.tests.inbox import Inbox
from tests.workers.conftest import MakeSystem
from tests.workers.system import COMMANDS, wait_until


@pytest.mark.parametrize(
    ("engine", "process", "component"),
    [("arq", "arq", "worker"), ("celery", "celery", "worker"), ("celery", "beat", "scheduler")],
)
def test_a_process_that_cannot_start_says_so(
    system_of: MakeSystem, engine: str, process: str, component: str
) -> None:
    system = system_of(engine)
    system.schedule('"app.tasks.trial.no_such_task": DAILY_REPORT')
    system.start_broker()
    with Inbox() as own:
        started = system.run(process, COMMANDS[process], SENTRY_DSN_WORKER=own.dsn)
        assert started.wait(timeout=30) != 0
        assert wait_until(lambda: own.events, 5), system.log(process)
        [event] = own.events
    assert event["tags"]["component"] == component
    assert event["tags"]["during"] == f"{component} start"
    assert event["exception"]["values"][-1]["type"] == "ValueError"
    assert not system.inbox.events

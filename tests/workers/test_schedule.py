"""Schedules: check-ins of the scheduler's tasks and of scripts (R-WRK-5, R-WRK-6)."""

import shutil
import signal
from typing import Any

import pytest

from tests.workers.conftest import MakeSystem
from tests.workers.system import COMMANDS, HERE, System, wait_until

EVERY_MINUTE = 'EVERY_MINUTE = Monitor("every-minute", "* * * * *", "Europe/Vienna", margin_minutes=2)'


def check_ins(system: System, slug: str) -> list[dict[str, Any]]:
    """The check-ins of a monitor, in the order in which they came."""
    found = [item.json for item in system.inbox.items("check_in")]
    return [item for item in found if item["monitor_slug"] == slug]


@pytest.mark.heavy
@pytest.mark.parametrize(("task", "status"), [("scheduled", "ok"), ("broken", "error")])
@pytest.mark.parametrize("engine", ["arq", "celery"])
def test_a_scheduled_task_checks_in(system_of: MakeSystem, engine: str, task: str, status: str) -> None:
    system = system_of(engine)
    system.schedule(f'"app.tasks.trial.{task}": EVERY_MINUTE', EVERY_MINUTE)
    system.start_broker()
    system.run("worker", COMMANDS[engine])
    if engine == "celery":
        system.run("beat", COMMANDS["beat"])
    assert wait_until(lambda: len(check_ins(system, "every-minute")) >= 2, 90), system.log("worker")
    first, last = check_ins(system, "every-minute")[:2]
    assert (first["status"], last["status"]) == ("in_progress", status)
    assert first["check_in_id"] == last["check_in_id"]
    assert first["monitor_config"] == {
        "schedule": {"type": "crontab", "value": "* * * * *"},
        "timezone": "Europe/Vienna",
        "checkin_margin": 2,
        "max_runtime": 30,
        "failure_issue_threshold": 1,
        "recovery_threshold": 1,
    }
    expected = int(status == "error")
    assert wait_until(lambda: len(system.inbox.events) == expected, 5), system.inbox.events


SCRIPT = """
import sys
from app.observability import logger, script
from app.schedule import DAILY_REPORT

@script(DAILY_REPORT)
def main() -> None:
    logger.info("the script is working")
    if "fail" in sys.argv:
        raise RuntimeError("it went wrong")
    if "exit" in sys.argv:
        sys.exit(3)
    if "leave" in sys.argv:
        sys.exit()
    if "wait" in sys.argv:
        import time
        time.sleep(60)

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("argument", "status", "code", "events"),
    [
        ("", "ok", 0, 0),
        ("leave", "ok", 0, 0),
        ("fail", "error", 1, 1),
        ("exit", "error", 3, 1),
        ("wait", "error", 1, 1),
    ],
)
def test_a_script_checks_in_and_sends_before_it_ends(
    system_of: MakeSystem, argument: str, status: str, code: int, events: int
) -> None:
    system = system_of("arq")
    (system.folder / "app" / "scripts" / "trial.py").write_text(SCRIPT)
    process = system.run("script", f"python -m app.scripts.trial {argument}")
    if argument == "wait":
        assert wait_until(lambda: "is working" in system.log("script"), 20)
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == code, system.log("script")
    first, last = check_ins(system, "daily-report")
    assert (first["status"], last["status"]) == ("in_progress", status)
    assert len(system.inbox.events) == events
    assert all(event["tags"]["component"] == "script" for event in system.inbox.events)
    [trace] = system.traces("app.scripts.trial.main")
    assert trace["tags"]["component"] == "script"
    assert "Traceback" not in system.log("script")


@pytest.mark.parametrize("engine", ["arq", "celery"])
def test_a_change_of_the_clocks_neither_drops_nor_doubles_a_run(system_of: MakeSystem, engine: str) -> None:
    system = system_of(engine)
    system.schedule(
        '"app.tasks.trial.scheduled": AT_NIGHT', 'AT_NIGHT = Monitor("night", "30 2 * * *", "Europe/Vienna")'
    )
    shutil.copy(HERE / "trial_clocks.py", system.folder / "clocks.py")
    assert system.run("clocks", f"python clocks.py {engine}").wait(timeout=60) == 0, system.log("clocks")
    runs = [line for line in system.log("clocks").splitlines() if line.startswith("2026")]
    skipped, next_day, twice, day_after = runs
    assert skipped.startswith("2026-03-29T03:"), "half past two does not exist: it runs late"
    assert next_day == "2026-03-30T02:30+02:00"
    assert twice == "2026-10-25T02:30+02:00", "half past two comes twice: it runs the first time"
    assert day_after == "2026-10-26T02:30+01:00"

"""From a request to its task: one trace, one event, everything that is known about both (R-WRK-1 to 4)."""

import pytest

from tests.workers.conftest import MakeSystem
from tests.workers.system import COMMANDS, System, wait_until

ROUTE = "/trial/{name}/{number}"


@pytest.fixture(params=["arq", "celery", "celery-threads"])
def system(request: pytest.FixtureRequest, system_of: MakeSystem) -> System:
    running = system_of(request.param, level="hipaa" if request.param == "arq" else "gdpr")
    running.start_broker()
    running.start_api()
    running.run("worker", COMMANDS[request.param])
    return running


def crumbs(event: dict, message: str) -> list[int]:  # type: ignore[type-arg]
    """The attempts of which breadcrumbs with this message tell."""
    found = event["breadcrumbs"]["values"]
    return [crumb["data"]["attempt"] for crumb in found if crumb.get("message") == message]


def test_a_failing_task_is_one_event_in_the_requests_trace(system: System) -> None:
    status, headers, task_id = system.post("broken")
    assert status == 200
    assert wait_until(lambda: system.events("broken") and system.traces("app.tasks.trial.broken"), 30)
    system.post("never")
    assert wait_until(lambda: len(system.traces("app.tasks.trial.never")) == 3, 30), system.log("worker")
    assert wait_until(lambda: system.events("never") and len(system.traces(ROUTE)) == 2, 10)

    [event], [task] = system.events("broken"), system.traces("app.tasks.trial.broken")
    request = next(
        item for item in system.traces(ROUTE) if item["tags"]["request_id"] == headers["x-request-id"]
    )
    [publishing] = [span for span in request["spans"] if span["op"] == "queue.publish"]
    traces = {item["contexts"]["trace"]["trace_id"] for item in (event, task, request)}
    assert len(traces) == 1
    assert task["contexts"]["trace"]["parent_span_id"] == publishing["span_id"]
    assert event["tags"]["request_id"] == headers["x-request-id"]
    assert event["tags"]["tenant"] == "tenant-4"
    assert event["tags"]["component"] == "worker"
    assert event["user"]["id"] == request["user"]["id"]
    facts = event["contexts"]["task"]
    assert (facts["name"], facts["id"], facts["attempt"]) == ("app.tasks.trial.broken", task_id, 1)
    [value] = event["exception"]["values"]
    assert value["type"] == "ZeroDivisionError"
    assert value["mechanism"]["handled"] is False
    assert value["stacktrace"]["frames"][-1]["filename"] == "app/tasks/trial.py"

    [last] = system.events("never")
    assert crumbs(last, "task retried") == [1, 2]
    assert crumbs(last, "task failed for good") == [3]
    assert last["contexts"]["task"]["attempt"] == 3
    assert len(system.inbox.events) == 2, "a retry is no event, and nobody else reports either failure"
    assert "Traceback" not in system.log("worker")

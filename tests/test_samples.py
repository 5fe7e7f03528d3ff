"""Samples are the user's to delete: what the template brings works, and is tested, without them (R-TPL-2)."""

import re
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.rendering import render_to

SAMPLE = re.compile(r"yours to change or delete", re.IGNORECASE)
SCHEDULED = re.compile(r"REFRESH_RATES: .*?\n\)\n", re.DOTALL)
TASKS = re.compile(r"TASKS: Final = \{.*?\n\}", re.DOTALL)


@pytest.mark.heavy
def test_a_service_without_the_samples_passes_its_own_checks(tmp_path: Path, run: Run) -> None:
    service = tmp_path / "service"
    render_to(service, worker="celery", database="sqlalchemy", frontend="vue")
    deleted = [path for path in service.rglob("*.py") if SAMPLE.search(path.read_text(encoding="utf-8"))]
    assert len(deleted) > 4
    for path in deleted:
        path.unlink()
    schedule = service / "app" / "schedule.py"
    text = SCHEDULED.sub("", schedule.read_text(encoding="utf-8"))
    schedule.write_text(TASKS.sub("TASKS: Final[dict[str, Monitor]] = {}", text), encoding="utf-8")
    run(service, "ruff", "check", "--no-cache", ".")
    run(service, "mypy")
    done = run(service, "pytest", "-p", "no:cacheprovider")
    assert re.search(r"\d{3} passed", done.stdout)

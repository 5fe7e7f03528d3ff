"""Reviewing security and wanting proof: what COMPLIANCE.md says is proved by what `make evidence` runs."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import LEVELS, Pythons, Render, Run

pytestmark = pytest.mark.heavy

NAMED = re.compile(r"`(test_\w+|tests/[\w/]+\.py)`")


def test_every_proof_that_is_named_is_run(render: Render, python_for: Pythons) -> None:
    service = render(compliance="hipaa", worker="arq", database="sqlalchemy", frontend="vue", ci="none")
    named = set(NAMED.findall((service / "COMPLIANCE.md").read_text("utf-8")))
    assert len(named) >= 10
    plan = subprocess.run(["make", "-n", "evidence"], cwd=service, capture_output=True, text=True, check=True)
    [command] = re.findall(r"run (pytest .*?)(?:--junit-xml|$)", plan.stdout.replace("\\\n", " "), re.DOTALL)
    collected = subprocess.run(
        [str(python_for(service)), "-m", *command.split(), "--collect-only"],
        cwd=service,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    missing = sorted(name for name in named if not re.search(rf"\b{re.escape(name)}\b", collected))
    assert missing == [], f"named in COMPLIANCE.md, and not run by `make evidence`:\n{collected[-1_500:]}"


def test_what_leaves_can_be_looked_at_before_anything_is_sent(
    render: Render, run: Run, tmp_path: Path
) -> None:
    service = render(compliance="hipaa")
    shown = run(service, "app", "privacy", "preview").stdout
    assert [shown.index(f"{level}:") for level in LEVELS] == sorted(
        shown.index(f"{level}:") for level in LEVELS
    )
    assert "Ada Lovelace" not in shown
    event = tmp_path / "event.json"
    event.write_text('{"message": "no bed for Ada Lovelace", "extra": {"ssn": "123-45-6789"}}', "utf-8")
    explained = run(service, "app", "privacy", "explain", str(event)).stdout
    assert "ssn" in explained

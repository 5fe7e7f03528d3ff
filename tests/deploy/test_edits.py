"""What teams write into the files for production survives another answer (R-TPL-3)."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.deploy.conftest import SETS

FILES = (
    ".dockerignore",
    ".github/workflows/check.yml",
    ".github/workflows/release.yml",
    "Dockerfile",
    "compose.yaml",
    "ops/kubernetes/api.yaml",
    "ops/kubernetes/kustomization.yaml",
    "ops/kubernetes/network.yaml",
)
KNOBS = {
    "${PORT:-8000}": "${PORT:-9000}",
    "averageUtilization: 70": "averageUtilization: 50",
    "maxReplicas: 10": "maxReplicas: 40",
    "memory: 512M": "memory: 1G",
    "newTag: 0.1.0": "newTag: 4.5.6",
    "python:3.13-slim": "python:3.14-slim",
    "timeout-minutes: 20": "timeout-minutes: 45",
}
"""What people turn first."""


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("before", "after"), [(3, 0), (0, 3)], ids=["more parts", "fewer parts"])
def test_edits_are_merged(render: Render, tmp_path: Path, name: str, before: int, after: int) -> None:
    base, theirs = (render(**SETS[answers]) / name for answers in (before, after))
    own = tmp_path / "own"
    own.write_text(_edited(base.read_text("utf-8")), encoding="utf-8")
    merge = ["git", "merge-file", "-p", str(own), str(base), str(theirs)]  # as `copier update` does
    done = subprocess.run(merge, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout == _edited(theirs.read_text("utf-8"))


def _edited(text: str) -> str:
    for old, new in KNOBS.items():
        text = text.replace(old, new)
    return re.sub(r"^( *)(# Your .* below this line.*)$", r"\1\2\n\1own: 1", text, flags=re.MULTILINE)

"""Two minutes under load, with Sentry well, slow and away: nothing grows, and nothing but failures fails."""

import shutil
import subprocess
import sys

import pytest

from tests.rendering import ROOT

pytestmark = pytest.mark.thorough


def test_nothing_grows_while_sentry_is_in_trouble() -> None:
    assert shutil.which("wrk"), "wrk is missing: apt-get install wrk"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", "--minutes", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Sentry") >= 3

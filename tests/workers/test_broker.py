"""The broker of `make dev` is found from other terminals; one that somebody named is left alone."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.conftest import Pythons
from tests.rendering import render_to

DEPTH = """
import subprocess, sys
sys.path.insert(0, "ops/local")
import broker
with broker.local():
    sys.exit(subprocess.run([sys.executable, "-m", "app", "tasks", "depth"]).returncode)
"""


def depth(folder: Path, python: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    command = [str(python), "-c", DEPTH]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_other_terminals_find_the_broker_of_make_dev(tmp_path: Path, python_for: Pythons) -> None:
    folder = tmp_path / "service"
    render_to(folder, worker="arq")
    env = folder / ".env"
    shutil.copy(folder / ".env.example", env)
    for _ in range(2):  # the second time on another port
        done = depth(folder, python_for(folder))
        assert done.returncode == 0, done.stderr
        assert re.search(r"\b0\b", done.stdout)

    named = re.sub(r"(?m)^REDIS_URL=.*$", "REDIS_URL=redis://127.0.0.1:9/0", env.read_text("utf-8"))
    env.write_text(named, encoding="utf-8")
    done = depth(folder, python_for(folder))
    assert done.returncode != 0
    assert "the broker does not answer" in done.stderr
    assert env.read_text("utf-8") == named

"""What rendering costs: this template's defaults, another template, and Copier's own floor."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.field import ROOT
from benchmarks.tables import Table


def compare(other: str | None, *, rounds: int) -> list[Table]:
    """CPU of one `copier copy`, each in turn.

    Args:
        other: address or folder of a Copier template to stand beside, with defaults for all its questions.
        rounds: how often.
    """
    templates = {"Copier alone": None, "this template, its defaults": str(ROOT)}
    if other:
        templates = {f"{Path(other).name}, its defaults": other, **templates}
    found: dict[str, list[float]] = {name: [] for name in templates}
    for _ in range(rounds):
        for name, template in templates.items():
            with tempfile.TemporaryDirectory(prefix="watchkeeper-") as folder:
                found[name].append(_render(template, folder))
    return [Table("Render", "ms of CPU", found, next(iter(templates)))]


def _render(template: str | None, folder: str) -> float:
    answers = ["--defaults", "--quiet", "--data", "project_name=Demo", "--vcs-ref", "HEAD"]
    arguments = ["copy", *answers, template, folder] if template else ["--version"]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "copier", *arguments], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{template} cannot be rendered with its defaults")
    return (usage.ru_utime + usage.ru_stime) * 1_000

"""Built pages for the tests: one node_modules for each front end, one build for each front end and level."""

import fcntl
import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.rendering import ROOT, render_to

FRONTENDS = ("vue", "react")
CACHE = ROOT / ".cache" / "pages"


def node(folder: Path, *command: str, expect: int = 0, settings: dict[str, str] | None = None) -> str:
    """Run a command in a folder and return what it printed, which is shown when the end is another."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "CI": "", "NO_COLOR": "1", **(settings or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode != expect:
        sys.stderr.write(done.stdout[-8_000:])
    assert done.returncode == expect, f"{' '.join(command)} ended with {done.returncode}"
    return done.stdout


def rendered(target: Path, service_python: Path, **answers: str) -> Path:
    """A new service with a page whose packages are installed and whose types are made."""
    render_to(target, **answers)
    page = target / "frontend"
    (page / "node_modules").symlink_to(_modules(page / "package.json"))
    document = subprocess.run(
        [service_python, "-m", "app", "openapi"], cwd=target, capture_output=True, text=True, check=True
    ).stdout
    (target / "openapi.json").write_text(document, encoding="utf-8")
    node(page, "node_modules/.bin/openapi-typescript", "../openapi.json", "--output", "src/api/schema.d.ts")
    return target


def built(target: Path, service_python: Path, answers: dict[str, str]) -> Path:
    """A new service with a page that is built into `frontend/dist`."""
    rendered(target, service_python, **answers)
    node(target / "frontend", "npm", "run", "build")
    return target


@functools.cache
def _modules(package: Path) -> Path:
    """The installed packages of this package.json, kept between runs."""
    wanted = package.read_text(encoding="utf-8")
    content = json.loads(wanted)
    kind = "vue" if "vue" in content["dependencies"] else "react"
    wanted = wanted.replace(content["name"], kind)
    CACHE.mkdir(parents=True, exist_ok=True)
    # Several test processes want them at the same time.
    with (CACHE / f"{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _installed(CACHE / kind, wanted)


def _installed(folder: Path, wanted: str) -> Path:
    modules, stamp = folder / "node_modules", folder / "installed"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return modules
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "package.json").write_text(wanted, encoding="utf-8")
    node(folder, "npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--engine-strict")
    stamp.write_text(wanted, encoding="utf-8")
    return modules

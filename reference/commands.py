"""The commands and routes of a service with every part, as it describes them itself."""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from reference.tables import code, table
from tests.conftest import uv
from tests.rendering import render_to

ANSWERS = {"worker": "arq", "database": "sqlalchemy", "frontend": "vue", "ci": "none"}
_TARGET = re.compile(r"^([a-z-]+):.*## (.*)$", re.MULTILINE)

HEAD = """# Commands and routes

Of a service with every part, from its own `--help`, `Makefile` and OpenAPI document.

"""


def page(_root: Path) -> str:
    """The page; renders a service and asks it, which takes some seconds."""
    with tempfile.TemporaryDirectory(prefix="watchkeeper-") as folder:
        service = Path(folder) / "service"
        render_to(service, **ANSWERS)
        makefiles = [service / "Makefile", *sorted((service / "ops" / "make").glob("*.mk"))]
        targets = [target for path in makefiles for target in _TARGET.findall(path.read_text("utf-8"))]
        told = _ask(service)
    parts = [
        HEAD,
        "## make\n",
        table(("command", "what it does"), [(code(f"make {a}"), b) for a, b in targets]),
    ]
    parts.append("## python -m app\n")
    for name, text in told["commands"].items():
        parts.append(f"### {name}\n\n```text\n{text}\n```\n")
    parts.append("## Routes\n")
    parts.append(table(("route", "what it answers"), [(code(a), b) for a, b in told["routes"]]))
    return "\n".join(parts)


def _ask(service: Path) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(
        [uv(), "run", "--quiet", "--no-default-groups", "python", str(Path(__file__).with_name("inside.py"))],
        cwd=service,
        env={**kept, "PYTHONPATH": str(service), "ENVIRONMENT": "development", "LOG_LEVEL": "CRITICAL"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the rendered service cannot be asked:\n{done.stderr}")
    return json.loads(done.stdout)  # type: ignore[no-any-return]

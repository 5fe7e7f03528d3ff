"""Cold start: CPU from an empty interpreter to an application or worker that is ready."""

import os
import subprocess

from benchmarks.field import ARQ, BARE, PARTS, SDK, Contender, Field
from benchmarks.tables import Table

_SDK = "import sentry_sdk; sentry_sdk.init(dsn={dsn!r}, traces_sample_rate=0.1, release='service@1'); "
_SAME = "import httpx, jwt, loguru, orjson, pydantic_settings; "
# With a route that says what it answers: FastAPI loads a part of itself and of Pydantic with the first one.
_API = "from fastapi import FastAPI; FastAPI().get('/items', response_model=dict[str, str])(lambda: {{}})"
_SERVICE = "import app.main"
_WORKER = (
    "from app import observability; from app.settings import get_settings; import app.worker; "
    "observability.start('worker', get_settings())"
)
_CELERY = "from celery import Celery; Celery()"
_ARQ = "import arq.worker, arq.connections"

STARTS: dict[str, dict[str, tuple[Contender, str]]] = {
    "API": {
        "bare FastAPI": (BARE, _API),
        "SDK, its defaults": (SDK, _SDK + _API),
        "SDK, its defaults, and the service's libraries": (SDK, _SAME + _SDK + _API),
        "service": (Contender("", "service"), _SERVICE),
    },
    "API with Celery and SQLAlchemy installed": {
        "bare FastAPI": (Contender("", "bare", PARTS), _API),
        "SDK, its defaults": (Contender("", "sdk", PARTS), _SDK + _API),
        "service": (Contender("", "service", PARTS), _SERVICE),
    },
    "Celery worker": {
        "bare Celery": (Contender("", "bare", PARTS), _CELERY),
        "SDK, its defaults": (Contender("", "sdk", PARTS), _SDK + _CELERY),
        "service": (Contender("", "service", PARTS), _WORKER),
    },
    "ARQ worker": {
        "bare ARQ": (Contender("", "bare", ARQ), _ARQ),
        "SDK, its defaults": (Contender("", "sdk", ARQ), _SDK + _ARQ),
        "service": (Contender("", "service", ARQ), _WORKER),
    },
}


def compare(place: Field, *, rounds: int) -> list[Table]:
    """In each round each start once, in a process of its own."""
    tables = []
    for title, starts in STARTS.items():
        found: dict[str, list[float]] = {name: [] for name in starts}
        for number in range(rounds + 1):
            for name, (contender, code) in starts.items():
                spent = _start(place, contender, code.format(dsn=place.inbox.dsn))
                if number:  # the first one compiles
                    found[name].append(spent)
        tables.append(Table(f"Cold start: {title}", "ms of CPU", found, SDK.name))
    return tables


def _start(place: Field, contender: Contender, code: str) -> float:
    """Milliseconds of CPU, user and system."""
    process = subprocess.Popen(
        # No exit hooks: they would wait for Sentry, which is not what is measured.
        [place.python(contender), "-c", f"{code}; import os; os._exit(0)"],
        cwd=place.render(contender),
        env=place.variables(contender),
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"a start failed in {place.render(contender)}: {code}")
    return (usage.ru_utime + usage.ru_stime) * 1_000

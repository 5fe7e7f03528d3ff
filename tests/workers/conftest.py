"""One running system for a module's tests, or a fresh one for a test that breaks it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import Pythons, Render
from tests.workers.system import System

MakeSystem = Callable[..., System]


@pytest.fixture
def system_of(render: Render, python_for: Pythons, tmp_path: Path) -> Iterator[MakeSystem]:
    """Make a system for an engine: `arq`, `celery` or `celery-threads`."""
    with ExitStack() as running:

        def make(engine: str, *, level: str = "gdpr", **settings: str) -> System:
            service = render(compliance=level, worker=engine.partition("-")[0], ci="github")
            return running.enter_context(System(service, python_for(service), tmp_path, **settings))

        yield make

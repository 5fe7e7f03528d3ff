"""One running system for a module's tests, or a fresh one for a test that breaks it."""

from collections.abc import Callable, Iterator, Mapping
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

        def make(
            engine: str, *, level: str = "gdpr", answers: Mapping[str, str] | None = None, **settings: str
        ) -> System:
            worker = engine.partition("-")[0]
            service = render(compliance=level, worker=worker, ci="github", **answers or {})
            return running.enter_context(System(service, python_for(service), tmp_path, **settings))

        yield make

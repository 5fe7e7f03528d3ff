"""The template with its tags, renders of every release, and services made of them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.updates.releases import make_template
from tests.updates.service import Service, fresh

Rendered = Callable[..., Path]
Services = Callable[..., Service]
Record = Callable[[str, object], None]


@pytest.fixture(scope="session")
def template(workspace: Path) -> Path:
    """A clone with a tag for every release."""
    return make_template(workspace / "template")


@pytest.fixture(scope="session")
def rendered(template: Path, workspace: Path) -> Rendered:
    """A render of a release that nobody has touched, once per set; tests must not change what they get."""
    done: dict[str, Path] = {}

    def once(release: str, **answers: str) -> Path:
        key = repr((release, sorted(answers.items())))
        if key not in done:
            done[key] = fresh(template, release, workspace / f"release-{len(done)}", **answers)
        return done[key]

    return once


@pytest.fixture
def service(rendered: Rendered, tmp_path: Path) -> Iterator[Services]:
    """A service of a release, committed; thrown away after the test."""

    def make(release: str, **answers: str) -> Service:
        folder = tmp_path / f"service-{len(list(tmp_path.iterdir()))}"
        shutil.copytree(rendered(release, **answers), folder)
        return Service.of(folder)

    yield make
    shutil.rmtree(tmp_path)

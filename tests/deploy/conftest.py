"""Services of every shape whose files for production are read."""

from pathlib import Path

import pytest

from tests.conftest import Render

SETS = [
    {"compliance": "gdpr", "worker": "celery", "database": "sqlalchemy", "frontend": "vue", "ci": "github"},
    {"compliance": "hipaa", "worker": "arq", "database": "none", "frontend": "none", "ci": "gitlab"},
    {
        "compliance": "standard",
        "worker": "none",
        "database": "sqlalchemy",
        "frontend": "react",
        "ci": "gitlab",
    },
    {"compliance": "gdpr", "worker": "none", "database": "none", "frontend": "none", "ci": "github"},
]


@pytest.fixture(params=SETS, ids=lambda answers: "-".join(answers.values()))
def answers(request: pytest.FixtureRequest) -> dict[str, str]:
    """The answers of one shape."""
    chosen: dict[str, str] = request.param
    return chosen


@pytest.fixture
def service(render: Render, answers: dict[str, str]) -> Path:
    """The service that they render."""
    return render(**answers)

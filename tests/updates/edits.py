"""What teams do to a service between two updates; all of it together, so that edits meet edits.

An edit is made wherever the service has the files that it changes. Its lines stand where people put them:
directly below the marked line, at the end, in the middle of what the template wrote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.updates.steps import Append, Below, Delete, Move, Reformat, Replace, Step, Write


@dataclass(frozen=True)
class Edit:
    """A change that somebody makes for one reason."""

    name: str
    steps: Sequence[Step]

    def can(self, folder: Path) -> bool:
        """Whether a service has every file that this changes."""
        return all(step.can(folder) for step in self.steps)

    def do(self, folder: Path) -> None:
        """Make it."""
        for step in self.steps:
            step.do(folder)

    def verdict(self, folder: Path) -> str:
        """What an update made of it: kept, conflict or lost."""
        if any(step.missing(folder) for step in self.steps):
            return "lost"
        return "conflict" if any(step.in_conflict(folder) for step in self.steps) else "kept"


CUSTOMERS: Final = '''"""Customers, of whom there are few."""

from fastapi import APIRouter

router = APIRouter(prefix="/customers", tags=["customers"])


@router.get("")
async def customers() -> list[str]:
    """Their names."""
    return ["first", "second"]
'''
CUSTOMERS_TEST: Final = '''"""Customers are listed."""

import asyncio

from app.api.customers import customers


def test_customers_are_listed() -> None:
    assert asyncio.run(customers()) == ["first", "second"]
'''
INVOICES: Final = '''"""Invoices, once a month."""

from app.worker import task


@task()
async def send_invoices() -> None:
    """Send them."""
'''
FIXTURE: Final = '''

@pytest.fixture
def customer() -> str:
    """Somebody who pays."""
    return "first"
'''
INVOICE: Final = '''
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class Invoice(Base):
    """What somebody has to pay."""

    __tablename__ = "invoices"

    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]
'''
INVOICES_MIGRATION: Final = '''"""Invoices."""

import sqlalchemy as sa
from alembic import op

revision = "0002_invoices"
down_revision = "0001_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "invoices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_invoices"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("invoices")
'''
COMPOSE: Final = """services:
  mail:
    image: axllent/mailpit
    ports: ["8025:8025"]
"""
RATES_IMPORT: Final = ("from app.rates import", "from app.clients.rates import")

EDITS: Final = (
    Edit("new route", [Write("app/api/customers.py", CUSTOMERS)]),
    Edit("own test", [Write("tests/test_customers.py", CUSTOMERS_TEST)]),
    Edit(
        "changed setting",
        [
            Replace(
                "app/settings.py",
                "sentry_max_breadcrumbs: int = Field(50",
                "sentry_max_breadcrumbs: int = Field(80",
            )
        ],
    ),
    Edit(
        "own setting",
        [
            Below(
                "app/settings.py",
                "# Your settings go below",
                '    customers_url: str = "https://customers.example"\n',
            )
        ],
    ),
    Edit(
        "own environment variable",
        [Below(".env.example", "# Your variables go below", "CUSTOMERS_URL=https://customers.example\n")],
    ),
    Edit("own dependency", [Below("pyproject.toml", "# Your dependencies go below", '    "tenacity>=9",\n')]),
    Edit(
        "own tool",
        [Below("pyproject.toml", "# Your development tools go below", '    "pytest-timeout>=2",\n')],
    ),
    Edit("pinned version", [Replace("pyproject.toml", '"sentry-sdk>=2.75,<3"', '"sentry-sdk==2.75.0"')]),
    Edit(
        "own middleware",
        [
            Below(
                "app/main.py", "# Your middleware goes below", "        app.add_middleware(GZipMiddleware)\n"
            ),
            Below(
                "app/main.py",
                "from fastapi import FastAPI",
                "from fastapi.middleware.gzip import GZipMiddleware\n",
            ),
        ],
    ),
    Edit(
        "own resource",
        [Below("app/main.py", "# What your code opens goes below", "        app.state.customers = {}\n")],
    ),
    Edit(
        "text in the README",
        [
            Replace(
                "README.md", "\n## Start\n", "\nThe payments team owns it; call 555 at night.\n\n## Start\n"
            ),
            Append("README.md", "\n## Our own rules\n\nNo deployments on Friday.\n"),
        ],
    ),
    Edit(
        "edited GitHub workflow",
        [
            Replace(".github/workflows/check.yml", '["3.11", "3.13"]', '["3.11", "3.12", "3.13"]'),
            Append(".github/workflows/check.yml", "      - run: make evidence\n"),
        ],
    ),
    Edit(
        "edited GitLab job",
        [Replace(".gitlab-ci.yml", "    - make check\n", "    - make check\n    - make evidence\n")],
    ),
    Edit(
        "own make target",
        [
            Append(
                "Makefile",
                "\nseed: install  ## fill in sample customers\n\t$(UV) run python -m app.scripts.seed\n",
            )
        ],
    ),
    Edit("declared key", [Replace("privacy.toml", '"operation"]', '"operation", "customer_id"]')]),
    Edit("ignored file", [Below(".gitignore", "# Your entries go below", "/exports/\n")]),
    Edit("own compose file", [Write("compose.override.yaml", COMPOSE)]),
    Edit(
        "own fixture",
        [
            Append(
                "tests/conftest.py",
                FIXTURE,
            )
        ],
    ),
    Edit("reformatted file", [Reformat("app/orders.py")]),
    Edit("renamed sample", [Move("app/api/orders.py", "app/api/purchases.py")]),
    Edit(
        "moved sample",
        [
            Write("app/clients/__init__.py", '"""Clients of other services."""\n'),
            Move("app/rates.py", "app/clients/rates.py"),
            Replace("app/api/purchases.py", *RATES_IMPORT),
            Replace("app/orders.py", *RATES_IMPORT),
        ],
    ),
    Edit("moved sample's task", [Replace("app/tasks/rates.py", *RATES_IMPORT)]),
    Edit(
        "deleted sample",
        [
            Delete("app/api/receipts.py"),
            Delete("app/tasks/receipts.py"),
            Delete("tests/worker/test_receipts.py"),
        ],
    ),
    Edit("deleted script", [Delete("app/scripts/daily_report.py")]),
    Edit("changed time", [Replace("app/schedule.py", '"0 5 * * *"', '"0 6 * * *"')]),
    Edit(
        "own task",
        [
            Write("app/tasks/invoices.py", INVOICES),
            Below(
                "app/schedule.py",
                '"app.tasks.rates.refresh_rates"',
                '    "app.tasks.invoices.send_invoices": REFRESH_RATES,\n',
            ),
        ],
    ),
    Edit(
        "own table",
        [
            Append("app/database/models.py", INVOICE),
            Write("app/database/migrations/versions/0002_invoices.py", INVOICES_MIGRATION),
        ],
    ),
    *(
        Edit(
            f"changed {framework} view",
            [Replace(f"frontend/src/views/HomeView.{framework}", ">For sale<", ">Our offers<")],
        )
        for framework in ("vue", "tsx")
    ),
    Edit(
        "own look",
        [Append("frontend/src/styles.css", "\n.invoice {\n  font-variant-numeric: tabular-nums;\n}\n")],
    ),
    Edit(
        "own package",
        [
            Replace(
                "frontend/package.json", '    "openapi-fetch"', '    "nanoid": "^5.1.0",\n    "openapi-fetch"'
            )
        ],
    ),
)
"""In the order in which they are made."""

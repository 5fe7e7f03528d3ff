"""Bug reports and their mails."""

import sqlalchemy as sa
from alembic import op

from app.database.base import Moment

revision = "0001_reports"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("error_type", sa.String(200)),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.String(64)),
        sa.Column("trace_id", sa.String(32)),
        sa.Column("route", sa.String(200)),
        sa.Column("user_id", sa.String(128)),
        sa.Column("tenant", sa.String(128)),
        sa.Column("event_id", sa.String(32)),
        sa.Column("event_state", sa.String(16), nullable=False),
        sa.Column("event_due_at", Moment()),
        sa.Column("event", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sa.UniqueConstraint("event_id", name="uq_reports_event_id"),
    )
    op.create_index("ix_reports_listed", "reports", ["created_at", "id"])
    op.create_index("ix_reports_listed_of_user", "reports", ["user_id", "created_at", "id"])
    op.create_index("ix_reports_event_due", "reports", ["event_state", "event_due_at"])
    op.create_index("ix_reports_request_id", "reports", ["request_id"])
    op.create_table(
        "report_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.String(8), nullable=False),
        sa.Column("recipient", sa.Text()),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", Moment()),
        sa.Column("message_id", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_report_mails"),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name="fk_report_mails_report_id_reports", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_report_mails_due", "report_mails", ["sent_at", "due_at"])
    op.create_index("ix_report_mails_report_id", "report_mails", ["report_id"])
    op.create_index("ix_report_mails_message_id", "report_mails", ["message_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("report_mails")
    op.drop_table("reports")

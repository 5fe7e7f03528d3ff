"""When work runs by itself: the one table for the scheduler, for cron, and for the monitors that miss what
does not run.

Yours to change. When clocks change, what is skipped runs late, and what comes twice runs once.
"""

from typing import Final

from app.observability import Monitor

TIME_ZONE: Final = "UTC"

REFRESH_RATES: Final = Monitor(
    "refresh-rates", "30 4 * * *", TIME_ZONE, margin_minutes=10, max_runtime_minutes=15
)
DAILY_REPORT: Final = Monitor(
    "daily-report", "0 5 * * *", TIME_ZONE, margin_minutes=10, max_runtime_minutes=15
)
"""The script `app/scripts/daily_report.py`; cron starts it."""

TASKS: Final = {
    "app.tasks.rates.refresh_rates": REFRESH_RATES,
}
"""Tasks that the scheduler enqueues, without arguments; all in the same time zone."""

"""When work runs by itself: the one table for cron and for the monitors that miss what does not run.

Yours to change.
"""

from typing import Final

from app.observability import Monitor

TIME_ZONE: Final = "UTC"

DAILY_REPORT: Final = Monitor(
    "daily-report", "0 5 * * *", TIME_ZONE, margin_minutes=10, max_runtime_minutes=15
)
"""The script `app/scripts/daily_report.py`; cron starts it."""

"""The daily report, started by cron: `python -m app.scripts.daily_report`.

Sample code: yours to change or delete.
"""

from app.observability import business_event, script, span
from app.orders import PRICES
from app.schedule import DAILY_REPORT


@script(DAILY_REPORT)
def main() -> None:
    """Count what is for sale."""
    with span("db", "count items"):
        items = len(PRICES)
    business_event("daily_report", items=items)


if __name__ == "__main__":
    main()

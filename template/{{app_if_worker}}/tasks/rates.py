"""A scheduled task: fetch the exchange rates once a night, and try again when the service is down.

Sample code: yours to change or delete. Its schedule stands in `app/schedule.py`.
"""

from app.observability import business_event
from app.rates import Rates, RatesUnavailable
from app.settings import get_settings
from app.worker import task

CURRENCIES = ("CHF", "GBP", "USD")


@task(attempts=4, retry_on=(RatesUnavailable,), first_delay_seconds=60)
async def refresh_rates() -> None:
    """Fetch the rate of every currency that we sell in."""
    settings = get_settings()
    rates = Rates(settings.rates_url, settings.rates_timeout_seconds)
    for currency in CURRENCIES:
        rate = await rates.rate(currency)
        business_event("rate_refreshed", currency=currency, rate=str(rate))

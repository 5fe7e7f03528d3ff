"""Exchange rates from another service: how to call one and what to say when it fails.

Sample code: yours to change or delete.
"""

import ssl
import time
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache

import httpx

from app.errors import Unavailable
from app.observability import add_breadcrumb, external_api_error

BASE_CURRENCY = "EUR"


class RatesUnavailable(Unavailable):
    """There is no rate to be had right now."""

    public = "no exchange rate is available right now"


@cache
def trusted() -> ssl.SSLContext:
    """The certificate authorities, read once: a client of its own for each call would read them each time."""
    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True)
class Rates:
    """A client of the exchange-rate service."""

    url: str
    timeout_seconds: float

    async def rate(self, currency: str) -> Decimal:
        """How much of `currency` one euro is.

        Raises:
            RatesUnavailable: the service failed, which has been reported, or does not know the currency.
        """
        if currency == BASE_CURRENCY:
            return Decimal(1)
        started = time.perf_counter()
        status: int | None = None
        try:
            async with httpx.AsyncClient(timeout=self.timeout_seconds, verify=trusted()) as client:
                answer = await client.get(self.url, params={"base": BASE_CURRENCY, "symbols": currency})
                status = answer.status_code
                rates = answer.raise_for_status().json()["rates"]
            rate = Decimal(str(rates[currency])) if currency in rates else None
        except (httpx.HTTPError, ValueError, KeyError, TypeError, InvalidOperation) as error:
            duration_ms = (time.perf_counter() - started) * 1000
            external_api_error(
                "rates", endpoint="/v1/latest", status=status, duration_ms=duration_ms, error=error
            )
            raise RatesUnavailable("the exchange-rate service failed") from error
        if rate is None:
            raise RatesUnavailable("the exchange-rate service does not know the currency")
        add_breadcrumb("rate received", category="external_api", data={"currency": currency})
        return rate

    async def probe(self) -> str:
        """Health probe: does the service answer?"""
        async with httpx.AsyncClient(timeout=self.timeout_seconds, verify=trusted()) as client:
            answer = await client.get(self.url)
        answer.raise_for_status()
        return "answers"

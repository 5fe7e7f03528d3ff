"""What a month of this service costs at Sentry: volumes from traffic and sample rates, held against plans.

The sizes of plans are data with a date (`plans.json`); what is above them is charged, or dropped.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from app.settings import Settings, get_settings
from app.wiring import SERVICE

PLANS: Final = Path(__file__).with_name("plans.json")
DAYS: Final = 30
MINUTES: Final = DAYS * 24 * 60
MOST: Final = 10**12
"""What is above this is a slip of the keyboard."""
LOG_BYTES: Final = 900
"""A log as this service sends it, with its attributes; measured."""
METRIC_BYTES: Final = 730
"""A measurement of memory, likewise; each process sends one a minute."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the service does."""

    requests: int
    """Requests and tasks a day."""
    error_rate: float
    """Share of them that ends with an event, 0..1."""
    spans: float
    """Spans of a traced request."""
    logs: float
    """Lines of a request that go to Sentry, where that is switched on."""
    processes: int
    """API processes and workers."""
    traces: float
    """Share of requests that is traced, 0..1."""


def volumes(traffic: Traffic, settings: Settings) -> dict[str, float]:
    """What is sent in a month, by the names of `plans.json`; plans count transactions by their spans."""
    requests = traffic.requests * DAYS
    errors = requests * traffic.error_rate * settings.sentry_error_sample_rate
    transactions = requests * traffic.traces
    logs = requests * traffic.logs if settings.sentry_logs_enabled else 0.0
    return {
        "errors": min(errors, ceiling(traffic, settings)),
        "transactions": transactions,
        "spans": transactions * traffic.spans,
        "logs_gb": logs * LOG_BYTES / 1e9,
        "metrics_gb": traffic.processes * MINUTES * METRIC_BYTES / 1e9,
    }


def ceiling(traffic: Traffic, settings: Settings) -> int:
    """The most errors that the rate limit lets through in a month; the first of each kind comes on top."""
    return settings.sentry_error_rate_limit * traffic.processes * MINUTES


class Amount(click.FloatRange):
    """A range without `nan`, which is neither below nor above anything."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


@click.command()
@click.option("--requests", type=click.IntRange(0, MOST), required=True, help="Requests and tasks a day.")
@click.option("--error-rate", type=Amount(0, 1), required=True, help="Share that fails, 0..1.")
@click.option(
    "--processes", type=click.IntRange(1, MOST), default=1, show_default=True, help="API and workers."
)
@click.option("--traces", type=Amount(0, 1), help="Share that is traced; default: your settings.")
@click.option("--spans", type=Amount(1, MOST), default=5, show_default=True, help="Spans of a trace.")
@click.option("--logs", type=Amount(0, MOST), default=1, show_default=True, help="Logs of a request.")
def cost(
    requests: int, error_rate: float, processes: int, traces: float | None, spans: float, logs: float
) -> None:
    """What a month sends to Sentry, as a share of what its plans include."""
    settings = get_settings()
    rate = settings.traces_sample_rate if traces is None else traces
    traffic = Traffic(requests, error_rate, spans, logs, processes, rate)
    figures = json.loads(PLANS.read_text("utf-8"))
    plans: dict[str, dict[str, float]] = figures["plans"]
    click.echo(f"{SERVICE}, {DAYS} days, {requests:,} requests a day, {processes} process(es):")
    click.echo(f"{'':14}{'a month':>14}" + "".join(f"{name:>12}" for name in plans))
    for name, volume in volumes(traffic, settings).items():
        amount = f"{volume:,.1f}" if name.endswith("_gb") else f"{volume:,.0f}"
        shares = "".join(f"{_share(volume, plan.get(name)):>12}" for plan in plans.values())
        click.echo(f"{name.replace('_gb', ' (GB)'):14}{amount:>14}{shares}".rstrip())
    click.echo(
        f"At the most {ceiling(traffic, settings):,} errors beside the first of each kind, by "
        f"SENTRY_ERROR_RATE_LIMIT={settings.sentry_error_rate_limit} a minute and process."
    )
    click.echo(f"Plans as of {figures['date']} ({figures['source']}); check them at {figures['address']}.")
    click.echo(
        "To lower it: SENTRY_TRACES_SAMPLE_RATE first, SENTRY_LOGS_ENABLED and SENTRY_ERROR_RATE_LIMIT"
    )
    click.echo("next; SENTRY_ERROR_SAMPLE_RATE last, because it drops errors that were seen once only.")


def _share(volume: float, included: float | None) -> str:
    return "" if included is None else f"{volume / included:.0%}"

"""Cron monitors: Sentry hears when scheduled work begins and how it ends, and misses what does not begin."""

import re
from dataclasses import dataclass
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sentry_sdk.crons import capture_checkin

CheckIn = Literal["in_progress", "ok", "error"]

_SLUG: Final = re.compile(r"[a-z0-9_][a-z0-9_-]{0,49}")
_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_FIELDS: Final = ("minute", "hour", "day of month", "month", "day of week")


@dataclass(frozen=True, slots=True)
class Monitor:
    """When something has to run, and when Sentry raises the alarm.

    Args:
        slug: its name in Sentry; lower case, digits, `-` and `_`.
        crontab: five fields (minute, hour, day of month, month, day of week) of numbers, `*`, lists, ranges
            and steps, for example `0 4 * * 1-5`.
        time_zone: in which the crontab is read, for example `Europe/Vienna`.
        margin_minutes: how late it may begin.
        max_runtime_minutes: how long it may take.

    Raises:
        ValueError: one of them is not of that form.
    """

    slug: str
    crontab: str
    time_zone: str = "UTC"
    margin_minutes: int = 5
    max_runtime_minutes: int = 30

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.slug):
            raise ValueError(f"monitor {self.slug!r}: a slug has up to 50 of a-z, 0-9, - and _")
        if self.margin_minutes < 1 or self.max_runtime_minutes < 1:
            raise ValueError(f"monitor {self.slug!r}: margin and maximum run time are at least one minute")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(
                f"monitor {self.slug!r}: no time zone is called {self.time_zone!r}; "
                "expected a name such as Europe/Vienna"
            ) from None
        self.fields()

    def fields(self) -> tuple[frozenset[int] | None, ...]:
        """The numbers that each field of the crontab allows; None where it allows all.

        Raises:
            ValueError: the crontab is not of the form that is described above.
        """
        parts = self.crontab.split()
        if len(parts) != len(_FIELDS):
            raise ValueError(f"monitor {self.slug!r}: a crontab has five fields, for example `0 4 * * *`")
        return tuple(
            None if part == "*" else self._numbers(part, *limits, field)
            for part, limits, field in zip(parts, _RANGES, _FIELDS, strict=True)
        )

    def check_in(self, status: CheckIn, check_in_id: str) -> None:
        """Tell Sentry that a run began or ended.

        Args:
            status: `in_progress`, `ok` or `error`.
            check_in_id: 32 hexadecimal digits, the same for beginning and end of a run.
        """
        capture_checkin(
            monitor_slug=self.slug,
            check_in_id=check_in_id,
            status=status,
            monitor_config={
                "schedule": {"type": "crontab", "value": self.crontab},
                "timezone": self.time_zone,
                "checkin_margin": self.margin_minutes,
                "max_runtime": self.max_runtime_minutes,
                "failure_issue_threshold": 1,
                "recovery_threshold": 1,
            },
        )

    def _numbers(self, part: str, lowest: int, highest: int, field: str) -> frozenset[int]:
        allowed: set[int] = set()
        for one in part.split(","):
            found = re.fullmatch(r"(\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?", one)
            first = int(found[2]) if found and found[2] else lowest
            last = int(found[3]) if found and found[3] else highest if found and not found[2] else first
            step = int(found[4]) if found and found[4] else 1
            if not found or not lowest <= first <= last <= highest or step < 1:
                raise ValueError(
                    f"monitor {self.slug!r}: {one!r} does not work as {field}; expected {lowest}-{highest}, "
                    "with `*`, lists, ranges and steps"
                )
            allowed.update(range(first, last + 1, step))
        return frozenset(number % 7 for number in allowed) if field == "day of week" else frozenset(allowed)

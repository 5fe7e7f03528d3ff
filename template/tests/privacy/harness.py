"""Start a client that sends through the door into an inbox, run one surface, say what arrived."""

import io
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sentry_sdk
from loguru import logger
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.integrations.loguru import (
    LoguruBreadcrumbHandler,
    LoguruEventHandler,
    LoguruIntegration,
    loguru_sentry_logs_handler,
)

from app.observability.privacy import Level, Privacy, begin
from tests.privacy.inbox import Inbox

KEY = b"0123456789abcdef0123456789abcdef"
ALLOW = Path(__file__).with_name("sample_allow.toml")


class Bench:
    """A privacy object, a client and an inbox at one level."""

    def __init__(
        self, level: Level, *, streaming: bool = False, allow: Path | None = ALLOW, **options: Any
    ) -> None:
        self.reports: list[str] = []
        self.privacy = Privacy(
            level, service="orders", pseudonym_key=KEY, allow_list=allow, report=self.reports.append
        )
        self.inbox = Inbox()
        self._streaming = streaming
        self._options = options
        self.lines = io.StringIO()

    def __enter__(self) -> "Bench":
        self.inbox.__enter__()
        logger.remove()
        logger.configure(patcher=self.privacy.scrub_record, extra={})
        if self._streaming:
            self._options["trace_lifecycle"] = "stream"
        sentry_sdk.init(
            dsn=self.inbox.dsn,
            traces_sample_rate=1.0,
            enable_logs=True,
            release="orders@1.2.3",
            environment="test",
            server_name="orders",
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[
                LoggingIntegration(level=None, event_level=None, sentry_logs_level=None),
                LoguruIntegration(
                    level=None, event_level=None, sentry_logs_level=None, capture_sentry_logs=True
                ),
            ],
            **{**self.privacy.init_options(streaming=self._streaming), **self._options},
        )
        LoguruIntegration.sentry_logs_level = 20
        logger.add(LoguruBreadcrumbHandler(level=20), level=20, format=lambda record: "{message}")
        logger.add(LoguruEventHandler(level=40), level=40, format=lambda record: "{message}")
        logger.add(loguru_sentry_logs_handler, level=20, format="{message}")
        logger.add(self._write, format="{message}", level="DEBUG")
        return self

    def _write(self, message: Any) -> None:
        record = message.record
        self.lines.write(
            f"{record['message']} {record['extra']} {self.privacy.render_exception(record['exception'])}\n"
        )

    def __exit__(self, *error: object) -> None:
        sentry_sdk.get_client().close(timeout=2.0)
        sentry_sdk.init()
        logger.remove()
        logger.configure(patcher=lambda record: None)
        self.inbox.__exit__(None, None, None)

    def run(self, action: Callable[[], None]) -> str:
        """Everything that left for Sentry while `action` ran."""
        with begin(), sentry_sdk.isolation_scope() as scope:
            scope.clear()
            action()
        sentry_sdk.flush(5.0)
        return self.inbox.take()

    def run_lines(self, action: Callable[[], None]) -> str:
        """Everything that was written as log lines while `action` ran."""
        self.lines.seek(0)
        self.lines.truncate()
        with begin(), sentry_sdk.isolation_scope():
            action()
        return self.lines.getvalue()


@contextmanager
def seeded(seed: int | None = None) -> Iterator[random.Random]:
    """A random source; its seed is printed so that a failure can be repeated."""
    chosen = seed if seed is not None else random.SystemRandom().randrange(2**32)
    print(f"seed {chosen}")
    yield random.Random(chosen)

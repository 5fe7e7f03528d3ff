"""Variables of the task queue."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class WorkerVariables(BaseSettings):
    """A base of `Settings`; see `app/settings.py` for how wrong values are told."""

    # The broker: Redis or Valkey.
    redis_url: str = Field("redis://127.0.0.1:6379/0", pattern=r"^(redis|rediss|unix)://", repr=False)
    # How long `enqueue` waits for the broker before the API answers 503.
    queue_timeout_seconds: float = Field(3.0, gt=0, le=60)
    queue_max_argument_bytes: int = Field(65_536, ge=1_024, le=10_000_000)  # largest arguments of a task
    worker_concurrency: int = Field(10, ge=1, le=1_000)  # tasks that a worker runs at the same time
    # How long a stopping worker lets tasks finish before they are handed back to the queue.
    worker_stop_seconds: int = Field(20, ge=1, le=3_600)
    # A file that is touched every 2 s while the process is not stuck, for the health check of a container.
    worker_pulse: Path | None = None

    # The sample's receipt service.
    receipts_url: str = Field("http://127.0.0.1:9/receipts", pattern=r"^https?://")
    receipts_timeout_seconds: float = Field(3.0, gt=0, le=60)  # how long it may take to answer

"""Celery's configuration; it is read when the application is first used, not when it is imported."""

from typing import Any, Final

from app.settings import get_settings
from app.wiring import SERVICE
from app.worker import runner

_settings = get_settings()

broker_url: Final = _settings.celery_broker_url or _settings.redis_url
broker_connection_retry_on_startup: Final = True
broker_connection_max_retries: Final = None  # a worker waits for its broker, however long it takes
broker_transport_options: Final[dict[str, Any]] = (
    {
        "visibility_timeout": _settings.worker_redelivery_seconds,
        "socket_connect_timeout": _settings.queue_timeout_seconds,
        "socket_timeout": _settings.queue_timeout_seconds,
        # Services that share a Redis do not take each other's tasks for lost.
        "unacked_key": f"{SERVICE}.unacked",
        "unacked_index_key": f"{SERVICE}.unacked_index",
        "unacked_mutex_key": f"{SERVICE}.unacked_mutex",
        # Kombu looks for tasks of killed workers at its start and then each 100 s: look each 10 s, and
        # do not wait 5 minutes for a worker that was killed while it looked.
        "unacked_restore_throttle": 1,
        "unacked_mutex_expire": 30,
    }
    if broker_url.startswith("redis")
    else {}
)

# Tasks are given back when their worker dies, a limited number of times, and no result is kept anywhere.
task_acks_late: Final = True
task_reject_on_worker_lost: Final = True
task_ignore_result: Final = True
task_default_queue: Final = SERVICE
control_exchange: Final = SERVICE  # whether a worker of *this* service is there
worker_prefetch_multiplier: Final = 1
worker_concurrency: Final = _settings.worker_concurrency
worker_soft_shutdown_timeout: Final = float(_settings.worker_stop_seconds)
worker_hijack_root_logger: Final = False
beat_scheduler: Final = "app.worker.liveness:Scheduler"

# JSON only: whoever can write to the queue must not be able to run code.
accept_content: Final = ["json"]
task_serializer: Final = "json"
result_serializer: Final = "json"

enable_utc: Final = True
timezone: Final = runner.time_zone()

"""What a Celery worker needs to come through an outage of its broker without losing a task or itself."""

from typing import Any, Final

from celery import bootsteps
from kombu.transport import redis

from app.observability import logger, logs
from app.worker import engine, ledger

_LOOK_SECONDS: Final = 15.0


class Recovery(bootsteps.StartStopStep):
    """Puts back what was lost between the broker and a worker; see `ledger`."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._suspects: set[str] = set()
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        """Look again and again, beginning a moment after every (re)connection."""
        self._timer = consumer.timer.call_repeatedly(_LOOK_SECONDS, self._look)

    def stop(self, _consumer: Any) -> None:
        """Stop looking."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        try:
            with engine.connection_to_broker() as connection:
                missing = {message.id: message for message in ledger.missing(connection)}
            for message_id in self._suspects & missing.keys():
                engine.publish(missing[message_id])
                logger.bind(_ours=logs.OURS).warning("task {} was put back into the queue", message_id)
            self._suspects = missing.keys() - self._suspects
        except engine.UNAVAILABLE:
            pass  # the broker is away; the next look will tell


class _CalmQoS(redis.QoS):
    """Gives back what a worker holds only while there is a connection to do it over."""

    def restore_unacked(self, client: Any = None) -> None:
        # Kombu 5.7 fails here after a lost connection, with an error that ends the worker. What it holds
        # comes back when its time as unacknowledged is over.
        if client is None and getattr(self.channel.connection, "client", None) is None:
            self._delivered.clear()
            return
        super().restore_unacked(client)


def survive_lost_connections() -> None:
    """Have Kombu's channels to Redis use the class above."""
    redis.Channel.QoS = _CalmQoS

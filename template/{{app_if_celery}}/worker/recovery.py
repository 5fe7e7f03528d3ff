"""What a Celery worker needs to come through an outage of its broker without losing a task or itself."""

from typing import Any, Final

from celery import bootsteps
from kombu.transport import redis
from redis.exceptions import ConnectionError, ResponseError

from app.observability.operators import operators
from app.worker import engine, ledger

_LOOK_SECONDS: Final = 15.0


class Recovery(bootsteps.StartStopStep):
    """Publishes what was postponed, puts back what was lost between broker and worker; see `ledger`."""

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
                for message in ledger.due(connection):
                    engine.publish(message)
                missing = {message.id: message for message in ledger.missing(connection)}
            for message_id in self._suspects & missing.keys():
                engine.publish(missing[message_id])
                operators.warning("task {} was put back into the queue", message_id)
            self._suspects = missing.keys() - self._suspects
        except engine.UNAVAILABLE:
            pass  # the broker is away; the next look will tell


class _CalmQoS(redis.QoS):
    """Knows when its channel has lost the connection for good, and when the broker is full.

    Kombu 5.7 then fails with an error that Celery does not expect there, and that ends the worker. What such
    a channel holds comes back when its time as unacknowledged is over.
    """

    def ack(self, delivery_tag: str) -> None:
        self._require_connection()
        super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        self._require_connection()
        try:
            super().reject(delivery_tag, requeue)
        except ResponseError:  # the broker is full: the message stays with us until its time is over
            super(redis.QoS, self).ack(delivery_tag)

    def restore_unacked(self, client: Any = None) -> None:
        if client is None and not self._is_connected():
            (self._delivered or {}).clear()
            return
        super().restore_unacked(client)

    def _is_connected(self) -> bool:
        return getattr(self.channel.connection, "client", None) is not None

    def _require_connection(self) -> None:
        if not self._is_connected():
            raise ConnectionError("the channel of this message is closed")


def survive_lost_connections() -> None:
    """Have Kombu's channels to Redis use the class above."""
    redis.Channel.QoS = _CalmQoS

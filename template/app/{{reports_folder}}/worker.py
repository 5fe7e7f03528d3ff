"""Reports of a worker: its failed tasks are kept like failed requests, and it delivers what everybody owes.

The processes of a worker may fork, and their tasks may have an event loop each. So what listens has no state,
and what delivers has a database of its own, on the one loop that it was given.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from app.database.engine import Database
from app.observability.deliveries import deliveries
from app.observability.failures import Failure, listening
from app.reports.delivery import Delivery
from app.reports.loops import delivering
from app.reports.mails import Mailer
from app.reports.sealing import Seal
from app.reports.service import draft_of
from app.reports.spool import Spool
from app.settings import Settings


@contextmanager
def spooling(settings: Settings) -> Iterator[None]:
    """Spool a report for each failed task of this process, and of those that it forks."""
    spool = _spool(settings)

    def heard(failure: Failure) -> None:
        if (made := draft_of(failure, settings)) is not None:
            spool.put(made)

    with listening(heard):
        yield


@asynccontextmanager
async def carrying(settings: Settings) -> AsyncIterator[None]:
    """Deliver while the block runs: rows, the events of this process, mails."""
    database = Database(settings)
    mailer = Mailer(settings, Seal(settings))
    deliveries.follow(True)
    try:
        async with delivering(Delivery(database, _spool(settings), mailer, settings), _never, all_of_it=True):
            yield
    finally:
        deliveries.follow(False)
        await database.close()


def _spool(settings: Settings) -> Spool:
    return Spool(settings.reports_spool, settings.reports_spool_limit)


def _never(_wake: Callable[[], None]) -> None:
    """Nobody wakes the loops: what is spooled by another process would not either."""

"""An error that nobody caught: one event and one line, where Python would print its texts as they are.

It holds for the main thread, other threads, `__del__` and exit callbacks. A process that `multiprocessing`
makes prints its own traceback, and asks nobody.
"""

import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

from loguru import logger

from app.observability import errors
from app.observability.marks import is_logged, mark_logged

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


def install() -> None:
    """Take over Python's three hooks."""
    sys.excepthook = _ended
    threading.excepthook = _thread_ended
    sys.unraisablehook = _unraisable


def restore() -> None:
    """Give them back to Python."""
    sys.excepthook = sys.__excepthook__
    threading.excepthook = threading.__excepthook__
    sys.unraisablehook = sys.__unraisablehook__


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        # What was being handled when somebody pressed Ctrl-C has a text, so only the place is shown.
        sys.__excepthook__(KeyboardInterrupt, KeyboardInterrupt().with_traceback(trace), trace)
        return
    _tell(error, "excepthook", "the process ended with an uncaught error")


def _thread_ended(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        _tell(args.exc_value, "threading", "a thread ended with an uncaught error")


def _unraisable(args: "UnraisableHookArgs") -> None:
    # `args.object` is left alone: it may be half destroyed, and its `repr` is data.
    if args.exc_value is not None:
        _tell(args.exc_value, "unraisable", "an error was raised where nothing can catch it")


def _tell(error: BaseException, mechanism: str, words: str) -> None:
    """Never raises: Python would print that error, and this one as its context."""
    try:
        event_id = errors.report(error, mechanism=mechanism, handled=False)
        if not is_logged(error):
            line = logger.bind(_reported=True, sentry_event_id=event_id)
            line.opt(exception=error).critical(words)
            mark_logged(error)
    except BaseException as trouble:  # while the interpreter ends, whatever was needed may be gone
        with suppress(BaseException):
            sys.stderr.write(f"{words}; telling it failed: {type(trouble).__name__}\n")

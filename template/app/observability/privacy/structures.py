"""What each kind of payload may contain: allow-lists of keys. A key that is not named here does not leave.

`IDS` keys are copied after a look at their shape and never meet a rule: ids, times, places in code, release.
"""

import re
import sys
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from app.observability.privacy.catalogue import catalogue
from app.observability.privacy.patterns import pattern

EVENT_IDS = (
    "event_id",
    "timestamp",
    "start_timestamp",
    "received",
    "platform",
    "level",
    "type",
    "logger",
)
FRAME_IDS = (
    "filename",
    "function",
    "raw_function",
    "module",
    "lineno",
    "colno",
    "in_app",
    "platform",
    "package",
    "stack_start",
)
SOURCE = ("pre_context", "context_line", "post_context")
MECHANISM_IDS = ("type", "handled", "synthetic", "exception_id", "parent_id", "is_exception_group", "source")
SPAN_IDS = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "segment_id",
    "same_process_as_parent",
    "op",
    "status",
    "origin",
    "hash",
    "start_timestamp",
    "timestamp",
    "end_timestamp",
    "exclusive_time",
    "is_segment",
    "kind",
    "profile_id",
)
LOG_IDS = ("timestamp", "level", "severity_number", "trace_id", "span_id")
METRIC_IDS = ("timestamp", "type", "unit", "trace_id", "span_id")
SESSION_IDS = (
    "sid",
    "init",
    "started",
    "timestamp",
    "status",
    "errors",
    "duration",
    "seq",
    "abnormal_mechanism",
)
CHECK_IN_IDS = (
    "type",
    "check_in_id",
    "monitor_slug",
    "status",
    "duration",
    "timestamp",
    "event_id",
    "platform",
)
MONITOR_IDS = (
    "checkin_margin",
    "max_runtime",
    "timezone",
    "failure_issue_threshold",
    "recovery_threshold",
    "owner",
)
SCHEDULE_IDS = ("type", "value", "unit")
TRACE_IDS = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "op",
    "origin",
    "status",
    "exclusive_time",
    "sampled",
    "client_sample_rate",
)
BREADCRUMB_IDS = ("timestamp", "type", "category", "level")
HEADER_TRACE_IDS = (
    "trace_id",
    "sample_rand",
    "sample_rate",
    "sampled",
    "public_key",
    "org_id",
    "replay_id",
)
PROFILE_IDS = (
    "event_id",
    "platform",
    "timestamp",
    "version",
    "chunk_id",
    "profiler_id",
    "measurements",
)
RUNTIME_KEYS = ("name", "version", "type")
MACHINE_CONTEXTS = ("runtime", "os", "profile", "cloud_resource")
ITEM_HEADERS = ("type", "content_type", "item_count", "platform", "attachment_type")
OWN = ("release", "environment", "dist")
ENVELOPE_IDS = ("event_id", "sent_at")

METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "QUERY"))
_IDENT = pattern(r"[A-Za-z0-9_.<>:+/\\@\[\]*-]{0,300}")
_PLAIN = pattern(r"[A-Za-z0-9_.<>:+/\\\[\]*-]{0,300}")
_RELEASE = pattern(r"[a-z][a-z0-9_-]{0,60}@(?:[0-9][0-9a-z.+-]{0,60}|[0-9a-f]{7,40})")
_CRON = pattern(r"[0-9*/,?LW#-]{1,20}(?: [0-9A-Z*/,?LW#-]{1,20}){4,5}")
_SAFE_TYPES = pattern(r"[A-Za-z_][A-Za-z0-9_.\[\]<>, ]{0,120}")
_MODULE = pattern(r"[^\W\d]\w*(?:\.(?:[^\W\d]\w*|<[a-z]+>))*")
_MACHINE_NAME = pattern(
    r"CPython|PyPy|GraalPy|GNU/Linux|Linux|Darwin|macOS|Windows|FreeBSD|x86_64|AMD64|aarch64|arm64|i686|aws|gcp|azure"
)
_VERSION = pattern(
    r"v?[0-9]{1,3}\.[0-9]{1,5}(?:\.[0-9]{1,5})?(?:[-+][0-9]{1,4}|[-.+][a-z][a-z0-9]{0,11}){0,4}"
)
_THREAD = pattern(
    r"MainThread|(?:Thread|Dummy)-[0-9]{1,6}(?: \([a-z_]{1,30}\))?|ThreadPoolExecutor-[0-9]{1,4}_[0-9]{1,4}"
    r"|asyncio_[0-9]{1,4}|AnyIO worker thread|sentry[a-z.]{0,30}"
)


def http_method(value: str) -> str:
    """The method of a request; any other token, which a client may choose, becomes `_OTHER`."""
    return value if value in METHODS else "_OTHER"


def thread_name(value: Any) -> str:
    """The name that Python or a pool gives to a thread; any other becomes `thread`."""
    return value if isinstance(value, str) and _THREAD.fullmatch(value) else "thread"


def ident(value: Any) -> Any:
    """An id, time or place in code as it is, or None when it does not look like one."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str) and (_IDENT.fullmatch(value) or _CRON.fullmatch(value)):
        return value if "@" not in value or _RELEASE.fullmatch(value) else None
    return None


def technical(value: Any) -> Any:
    """Name or version of a piece of the machine, or None; versions have up to three numbers."""
    if not isinstance(value, str):
        return value if isinstance(value, (bool, int, float)) else None
    plain = _MACHINE_NAME.fullmatch(value) or _HEX_ID.fullmatch(value) or _VERSION.fullmatch(value)
    return value if plain else None


def operation(value: str) -> bool:
    """Is this what a span may be said to do: `db.query`, `queue.task.celery`?"""
    return _FIELDS["op"].fullmatch(value) is not None


def type_name(value: Any) -> Any:
    """The name of a class, or None."""
    return value if isinstance(value, str) and _SAFE_TYPES.fullmatch(value) else None


def module_name(value: Any) -> Any:
    """The dotted name of a module or of something in it, or None."""
    return value if isinstance(value, str) and _MODULE.fullmatch(value) else None


def place(frame: dict[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """The named keys of a frame as they are: names in code meet no rule, but nested data is none."""
    out = {key: value for key, value in frame.items() if key in keys and value.__class__ not in (dict, list)}
    if "module" in out and module_name(out["module"]) is None:
        del out["module"]
    return out


_PARTS = pattern(r"[._]")
_MAKERS = frozenset(("manual", "db", "faas", "ai", "ui", "rq"))
# What each field of the protocol may look like; any other is an id or a place in code.
_WORDS = pattern(r"[a-z]{2,20}(?:[_.-][a-z]{1,20}){0,5}")
_HEX_ID = pattern(r"[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = pattern(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{5,18}(?:Z|[+-][0-9:]{4,6})?|[0-9]{10}(?:\.[0-9]{1,9})?"
)
_FIELDS: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(
        ("trace_id", "span_id", "parent_span_id", "segment_id", "event_id", "profile_id"), _HEX_ID
    ),
    **dict.fromkeys(("check_in_id", "profiler_id", "chunk_id", "replay_id", "sid"), _HEX_ID),
    **dict.fromkeys(
        ("timestamp", "start_timestamp", "end_timestamp", "started", "sent_at", "received"), _MOMENT
    ),
    **dict.fromkeys(("level", "type", "kind", "attachment_type", "abnormal_mechanism"), _WORDS),
    "op": pattern(r"[a-z]{1,20}[0-9]?(?:[_.-][a-z]{1,20}[0-9]?){0,6}"),
    "origin": pattern(r"(?:auto|manual)(?:\.[a-z0-9_]{1,30}){0,5}"),
    "platform": pattern(r"python|native|javascript|node|other"),
    "status": pattern(
        r"ok|error|unset|cancelled|unknown|unknown_error|invalid_argument|deadline_exceeded|not_found|already_exists"
        r"|permission_denied|resource_exhausted|failed_precondition|aborted|out_of_range|unimplemented"
        r"|internal_error|unavailable|data_loss|unauthenticated|in_progress|missed|timeout|exited|crashed|abnormal|errored"
    ),
    "reason": pattern(
        r"before_send|event_processor|network_error|queue_overflow|ratelimit_backoff|sample_rate|send_error"
        r"|internal_sdk_error|buffer_overflow|cache_overflow|backpressure|insufficient_data|ignored|invalid"
        r"|no_parent_span"
    ),
    "unit": pattern(
        r"none|ratio|percent|nanosecond|microsecond|millisecond|second|minute|hour|day|week|month|year|bit|byte|kilobyte"
        r"|kibibyte|megabyte|mebibyte|gigabyte|gibibyte|terabyte|tebibyte|petabyte|pebibyte|exabyte|exbibyte"
    ),
    "source": pattern(r"custom|url|route|view|component|task|sanitized|unknown|__[a-z]{3,12}__"),
    "owner": pattern(r"team:#?[a-z][a-z_-]{1,40}"),
    "timezone": pattern(
        r"UTC|GMT|(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc)"
        r"/[A-Z][A-Za-z_+0-9/-]{1,40}"
    ),
    "sampled": pattern(r"true|false"),
    **dict.fromkeys(
        ("sample_rand", "sample_rate", "client_sample_rate"), pattern(r"[0-9](?:\.[0-9e-]{1,24})?")
    ),
    "public_key": pattern(r"[A-Za-z0-9]{1,64}"),
}


def _of_code(origin: str) -> bool:
    """`auto.db.sqlalchemy`: what made a span is said in words of machines and names of modules."""
    words = catalogue().machine_words
    return all(part in words or part in sys.modules or part in _MAKERS for part in _PARTS.split(origin))


@lru_cache(maxsize=64)
def _grammars(keys: tuple[str, ...]) -> dict[str, re.Pattern[str]]:
    return {key: _FIELDS.get(key, _PLAIN) for key in keys}


def copy_ids(source: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """The named keys of `source` whose values are what their fields may hold."""
    out: dict[str, Any] = {}
    grammars = _grammars(keys)
    for key, value in source.items():
        grammar = grammars.get(key)
        if grammar is None:
            continue
        if value.__class__ is str:
            if key == "origin" and not _of_code(value):
                continue
            if grammar.fullmatch(value) or (grammar is _PLAIN and ident(value) is not None):
                out[key] = value
        elif value is None or (grammar is not _HEX_ID and isinstance(value, (bool, int, float))):
            out[key] = value
    return out

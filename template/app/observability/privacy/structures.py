"""What each kind of payload may contain: allow-lists of keys. A key that is not named here does not leave.

`IDS` keys are copied after a look at their shape and never meet a rule: ids, times, places in code, release.
"""

import re
from collections.abc import Collection
from typing import Any

EVENT_IDS = (
    "event_id",
    "timestamp",
    "start_timestamp",
    "received",
    "platform",
    "level",
    "release",
    "environment",
    "dist",
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
    "environment",
    "release",
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
    "release",
    "environment",
)
PROFILE_IDS = (
    "environment",
    "event_id",
    "platform",
    "release",
    "dist",
    "timestamp",
    "version",
    "chunk_id",
    "profiler_id",
    "measurements",
)
RUNTIME_KEYS = ("name", "version", "type")
MACHINE_CONTEXTS = ("runtime", "os", "profile", "cloud_resource")
ITEM_HEADERS = ("type", "content_type", "item_count", "platform", "attachment_type")
ENVELOPE_IDS = ("event_id", "sent_at")

_IDENT = re.compile(r"[A-Za-z0-9_.<>:+/\\@\[\]*-]{0,300}")
_PLAIN = re.compile(r"[A-Za-z0-9_.<>:+/\\\[\]*-]{0,300}")
_RELEASE = re.compile(r"[a-z][a-z0-9_-]{0,60}@[0-9a-z][0-9a-z.+-]{0,60}")
_CRON = re.compile(r"[0-9*/,?LW#-]{1,20}(?: [0-9A-Z*/,?LW#-]{1,20}){4,5}")
_SAFE_TYPES = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]<>, ]{0,120}")
_SLUG = re.compile(r"[A-Za-z0-9_.@+-]{1,120}")
_THREAD = re.compile(
    r"MainThread|(?:Thread|Dummy)-[0-9]{1,6}(?: \([a-z_]{1,30}\))?|ThreadPoolExecutor-[0-9]{1,4}_[0-9]{1,4}"
    r"|asyncio_[0-9]{1,4}|AnyIO worker thread|sentry[a-z.]{0,30}"
)


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


def slug(value: Any) -> Any:
    """Like `ident`, without blanks and slashes: releases, environments, categories, units."""
    if isinstance(value, str):
        return value if _SLUG.fullmatch(value) else None
    return value if value is None or isinstance(value, (bool, int, float)) else None


def type_name(value: Any) -> Any:
    """The name of a class, or None."""
    return value if isinstance(value, str) and _SAFE_TYPES.fullmatch(value) else None


def place(frame: dict[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """The named keys of a frame as they are: names in code meet no rule, but nested data is none."""
    return {key: value for key, value in frame.items() if key in keys and value.__class__ not in (dict, list)}


def copy_ids(source: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """The named keys of `source` whose values look like ids."""
    out: dict[str, Any] = {}
    for key in keys:
        if key in source:
            value = source[key]
            if value.__class__ is str:
                if _PLAIN.fullmatch(value) or ident(value) is not None:
                    out[key] = value
            elif value is None or isinstance(value, (bool, int, float)):
                out[key] = value
    return out

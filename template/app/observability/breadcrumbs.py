"""Categories of breadcrumbs: a closed set, and names of loggers; the door lets any single word pass there."""

from collections.abc import Callable
from typing import Any, Final

from app.observability.names import logger_name

_KNOWN: Final = frozenset(
    {
        "auth",
        "business",
        "console",
        "db",
        "external_api",
        "fetch",
        "http",
        "httplib",
        "query",
        "redis",
        "task",
    }
)
"""What this package and the SDK's integrations write."""

Hook = Callable[[Any, Any], Any]


def in_known_categories(judge: Hook) -> Hook:
    """The SDK's `before_breadcrumb`: `judge`, once the category is one that cannot be data."""

    def before_breadcrumb(crumb: Any, hint: Any) -> Any:
        category = crumb.get("category")
        if category is not None and category not in _KNOWN:
            crumb["category"] = logger_name(str(category))
        return judge(crumb, hint)

    return before_breadcrumb

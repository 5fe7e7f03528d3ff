"""Nothing personal and nothing secret leaves the process: catalogue, scrubber, door.

    privacy = Privacy("hipaa", service="orders", pseudonym_key=key, allow_list=Path("privacy.toml"))
    sentry_sdk.init(dsn=..., **privacy.init_options())
    logger.configure(patcher=privacy.scrub_record)

Imports nothing from the rest of `app`. What it does is written down in `catalogue.json` and `COMPLIANCE.md`.
"""

from app.observability.privacy.allow_list import AllowListError
from app.observability.privacy.declared import Personal, PersonalStr, begin, learn, protect
from app.observability.privacy.explain import Explanation, Place
from app.observability.privacy.levels import LEVELS, Level, data_collection, parse_level, strictest
from app.observability.privacy.privacy import Privacy

__all__ = [
    "LEVELS",
    "AllowListError",
    "Explanation",
    "Level",
    "Personal",
    "PersonalStr",
    "Place",
    "Privacy",
    "begin",
    "data_collection",
    "learn",
    "parse_level",
    "protect",
    "strictest",
]

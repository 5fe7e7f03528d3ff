"""What may leave the process, decided by the compliance level.

This package imports nothing else of the service.
"""

from app.observability.privacy.levels import (
    LEVELS,
    Level,
    data_collection,
    keeps_contact,
    keeps_variables,
    strictest,
)

__all__ = ["LEVELS", "Level", "data_collection", "keeps_contact", "keeps_variables", "strictest"]

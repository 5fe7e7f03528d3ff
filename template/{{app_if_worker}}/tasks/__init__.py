"""Background tasks: a module in this folder is known to the worker by being there.

Yours to change.
"""

import importlib
import pkgutil


def load() -> None:
    """Import every module of this folder, which declares its tasks."""
    for found in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{found.name}")

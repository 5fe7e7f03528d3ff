"""The API: a module in this folder is part of it by being there; nothing has to be registered.

A module may have a `router`, and a function `health_checks(settings)` for what its routes depend on.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter

    from app.api.health import HealthCheck
    from app.settings import Settings


def modules() -> Iterator[ModuleType]:
    """The modules of this folder, by name, which is also the order in which routes are matched."""
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        yield importlib.import_module(f"{__name__}.{found.name}")


def routers() -> "Iterator[APIRouter]":
    """The router of every module that has one."""
    for module in modules():
        if (router := getattr(module, "router", None)) is not None:
            yield router


def health_checks(settings: "Settings") -> "Iterator[HealthCheck]":
    """What the modules' routes depend on."""
    for module in modules():
        if (checks := getattr(module, "health_checks", None)) is not None:
            yield from checks(settings)

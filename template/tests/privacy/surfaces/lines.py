"""Log lines."""

import sys

from loguru import logger

from app.observability.privacy import Privacy
from tests.privacy.surfaces.registry import line


@line
def line_message(privacy: Privacy, key: str, label: str, value: str) -> None:
    logger.info("stored {} {} in the ledger after 12 ms", label, value)


@line
def line_fstring(privacy: Privacy, key: str, label: str, value: str) -> None:
    logger.warning(f"refused {label} {value} at the desk")


@line
def line_extra(privacy: Privacy, key: str, label: str, value: str) -> None:
    logger.bind(**{key.replace("-", "_"): value}, payload={key: value}).info("row was read from the ledger")


@line
def line_exception(privacy: Privacy, key: str, label: str, value: str) -> None:
    try:
        try:
            raise KeyError(value)
        except KeyError as inner:
            raise ValueError(f"could not store {label} {value} in the ledger") from inner
    except ValueError:
        logger.exception("job stopped with an error")


assert sys.version_info >= (3, 11)

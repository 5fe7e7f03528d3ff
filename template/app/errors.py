"""Errors that every layer may raise and the API knows how to answer."""

from typing import Final

RETRY_AFTER_SECONDS: Final = 5


class Unavailable(Exception):
    """Something that the request needs cannot be reached right now; the API answers 503.

    The text is for people who run the service; clients are told `public`.
    """

    public = "a part of the service is not available right now"
    retry_after_seconds = RETRY_AFTER_SECONDS

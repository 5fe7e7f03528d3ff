"""A user's mail address on its way to the mail: readable by this service's processes, by nobody else."""

import base64
import hashlib
import hmac
import os
import re

from cryptography.fernet import Fernet, InvalidToken

from app.observability.operators import operators
from app.reports.settings import ADDRESS
from app.settings import Settings


class Seal:
    """Seals with a key made of PRIVACY_KEY, which is not in the database: the table alone tells no address.

    Without PRIVACY_KEY each process has a key of its own, and what it sealed is lost with it.
    """

    def __init__(self, settings: Settings) -> None:
        secret = settings.privacy_key.get_secret_value().encode() if settings.privacy_key else os.urandom(32)
        key = hmac.new(secret, b"mail addresses of reports", hashlib.sha256).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def close(self, address: str) -> str | None:
        """Seal an address; None for what is not one address, and so cannot be mailed to."""
        if re.fullmatch(ADDRESS, address) is None:
            operators.warning(
                "a user's mail address is none that mails can be sent to; the user gets no mail"
            )
            return None
        return self._fernet.encrypt(address.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """The address; None if it was sealed with another key."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

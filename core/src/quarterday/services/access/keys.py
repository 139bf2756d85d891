"""The keys of signing in, each made of the installation's one secret for one purpose; none lies in the database."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quarterday.domain.sentences import said
from quarterday.errors import NotConfigured
from quarterday.services.record import installation_settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class CannotOpen(ValueError):
    """Something is sealed under another key than “secret_key”, or for somebody else."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Makes what only the holder of the installation's secret can make or check."""

    secret: str
    """The setting ``secret_key``."""

    def mac(self, purpose: str, said: str) -> bytes:
        """32 bytes that stand for ``said``, under a key of its own for each purpose."""
        return hmac.digest(self._key(purpose), said.encode(), "sha256")

    def digest(self, purpose: str, said: str) -> str:
        """The same as text, to be kept where ``said`` itself may not be."""
        return self.mac(purpose, said).hex()

    def seal(self, purpose: str, user_id: int, said: object) -> str:
        """What JSON can hold, as text that only the same key opens, for the same purpose and person."""
        return self._fernet(purpose).encrypt(json.dumps({"user": user_id, "said": said}).encode()).decode()

    def open(self, purpose: str, user_id: int, sealed: str) -> Any:
        """What was sealed; raises :class:`CannotOpen` where it is under another key, or somebody else's."""
        from cryptography.fernet import InvalidToken

        try:
            found = json.loads(self._fernet(purpose).decrypt(sealed.encode()))
        except InvalidToken as problem:
            raise CannotOpen from problem
        if found["user"] != user_id:
            raise CannotOpen
        return found["said"]

    def _fernet(self, purpose: str) -> Fernet:
        from cryptography.fernet import Fernet

        return Fernet(base64.urlsafe_b64encode(self._key(purpose)))

    def _key(self, purpose: str) -> bytes:
        return hmac.digest(self.secret.encode(), f"quarterday: {purpose}".encode(), "sha256")


def installed() -> Keys:
    """The keys of this installation; raises :class:`NotConfigured` where the settings name no secret."""
    secret = installation_settings().secret_key
    if secret is None:
        why = said("Links can only be made with a key: name a file with one in “secret_key_file”.")
        raise NotConfigured("secret_key", why)
    return Keys(secret.get_secret_value())

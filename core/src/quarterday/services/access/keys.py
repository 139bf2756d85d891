"""The keys of signing in, each made of the installation's one secret for one purpose; none lies in the database."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass

from quarterday.errors import NotConfigured
from quarterday.finding import installed_names
from quarterday.settings import load


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

    def seal(self, user_id: int, secret: bytes) -> str:
        """The secret of somebody's second factor as text that only the same key opens, for the same person."""
        from cryptography.fernet import Fernet

        said = json.dumps({"user": user_id, "secret": secret.hex()})
        return Fernet(base64.urlsafe_b64encode(self._key("second factor"))).encrypt(said.encode()).decode()

    def open(self, user_id: int, sealed: str) -> bytes:
        """The secret that was sealed; raises :class:`NotConfigured` where it is under another key or another's."""
        from cryptography.fernet import Fernet, InvalidToken

        try:
            fernet = Fernet(base64.urlsafe_b64encode(self._key("second factor")))
            said = json.loads(fernet.decrypt(sealed.encode()))
        except InvalidToken:
            said = {}
        if said.get("user") != user_id:
            why = (
                "The second factor is sealed under another key than “secret_key”; set that key again, or let the "
                "person enrol anew: quarterday user reset-second-factor EMAIL."
            )
            raise NotConfigured("secret_key", why)
        return bytes.fromhex(said["secret"])

    def _key(self, purpose: str) -> bytes:
        return hmac.digest(self.secret.encode(), f"quarterday: {purpose}".encode(), "sha256")


def installed() -> Keys:
    """The keys of this installation; raises :class:`NotConfigured` where the settings name no secret."""
    secret = load(installed_names()).secret_key
    if secret is None:
        why = "Links can only be made with a key: name a file with one in “secret_key_file”."
        raise NotConfigured("secret_key", why)
    return Keys(secret.get_secret_value())

"""Sealing secrets for the database: under the installation's key, which lives outside it, and bound to their owner."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from quarterday.errors import NotConfigured

_PURPOSE = b"quarterday: plugins' secrets"
"""What the key is used for here, so that what is made of it for another purpose opens nothing."""


class Sealer:
    """Seals and opens the secrets of one plugin for one authority.

    ``key`` is the setting ``secret_key``; raises :class:`NotConfigured` where there is none.
    """

    def __init__(self, key: str | None, authority_id: int, plugin: str) -> None:
        from cryptography.fernet import Fernet
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        if key is None:
            why = "A secret can only be kept under a key: name a file with one in “secret_key_file”."
            raise NotConfigured("secret_key", why)
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))
        self._whose = {"authority": authority_id, "plugin": plugin}

    def seal(self, secrets: Mapping[str, str]) -> str:
        """The secrets as text that only the same key opens, for the same authority and plugin."""
        return self._fernet.encrypt(json.dumps({**self._whose, "secrets": dict(secrets)}).encode()).decode()

    def open(self, sealed: str) -> dict[str, str]:
        """The secrets that were sealed; raises :class:`NotConfigured` where the key isn't the one they are under."""
        from cryptography.fernet import InvalidToken

        try:
            said = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            said = {}
        secrets = said.pop("secrets", {})
        if said != self._whose:
            why = (
                f"The secrets of the plugin “{self._whose['plugin']}” are sealed under another key than “secret_key”; "
                f"set that key again, or give the secrets again: quarterday plugins configure {self._whose['plugin']}."
            )
            raise NotConfigured("secret_key", why)
        return dict(secrets)

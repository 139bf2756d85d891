"""TLS to a portal: who vouches for it, which certificate is shown to it, and what is said where it can't be trusted."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import certifi
from requests.adapters import HTTPAdapter

from quarterday import NotConfigured, Trouble

if TYPE_CHECKING:
    from quarterday_portal_sync.portal_settings import PortalSettings

_OF_OURS = ("certificate required", "certificate_required", "alert", "handshake failure", "handshake_failure")


class Trusting(HTTPAdapter):
    """Connections under one context of TLS, through a proxy or not: nothing else decides who is trusted."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=2, pool_maxsize=4)

    def init_poolmanager(self, *sizes: Any, **more: Any) -> None:
        """As requests has it, with the context."""
        super().init_poolmanager(*sizes, ssl_context=self._context, **more)

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        """As requests has it, with the context."""
        return super().proxy_manager_for(proxy, ssl_context=self._context, **more)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave it to the context, to which requests would add every authority that it knows."""


def context_of(settings: PortalSettings) -> ssl.SSLContext:
    """The context for a portal: certificates are always checked, and the name in them.

    Raises :class:`NotConfigured` where a certificate or a key that was set can't be used.
    """
    authority = settings.web_authority
    try:
        if authority and not authority.startswith("/"):
            context = ssl.create_default_context(cadata=authority)
        else:
            context = ssl.create_default_context(cafile=authority or certifi.where())
    except (OSError, ssl.SSLError) as error:
        raise NotConfigured(
            "web_authority", "It is no certificate that can be read ({why}).", why=_why(error)
        ) from None
    if settings.web_certificate:
        secret = settings.web_certificate_key
        if secret is None and not settings.web_certificate.startswith("/"):  # a file may hold both
            raise NotConfigured("web_certificate_key", "Set the private key of the certificate, too.")
        with _files(settings.web_certificate, secret.get_secret_value() if secret else "") as (certificate, key):
            try:
                # A key that wants a passphrase would have it asked for on a terminal that nobody sits at.
                context.load_cert_chain(certificate, key, password=lambda: "")
            except (OSError, ssl.SSLError) as error:
                why = "Certificate and private key can't be used together ({why})."
                raise NotConfigured("web_certificate", why, why=_why(error)) from None
    return context


@contextmanager
def _files(certificate: str, key: str) -> Iterator[tuple[str, str | None]]:
    """The two as files, which Python's TLS wants; a text is one for that moment, and for nobody else to read."""
    with TemporaryDirectory() as folder:
        yield _file(certificate, folder, "certificate"), _file(key, folder, "key") if key else None


def _file(text: str, folder: str, name: str) -> str:
    if text.startswith("/"):
        return text
    path = Path(folder) / name
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    return str(path)


def _why(error: OSError) -> str:
    """What is wrong, without the text that is."""
    if isinstance(error, ssl.SSLError):
        return (error.reason or "not in PEM").replace("_", " ").lower()
    return error.strerror or type(error).__name__


def untrusted(error: BaseException, host: str) -> Trouble | None:
    """What to say where an error of a request means that one side doesn't trust the other's certificate."""
    found = _tls_error(error)
    if isinstance(found, ssl.SSLCertVerificationError):
        why = "The certificate of {host} isn't valid ({why}), so nothing was sent there."
        return NotConfigured("web_address", why, host=host, why=found.verify_message.rstrip("."))
    if found is not None and any(word in str(found).lower() for word in _OF_OURS):
        what = (found.reason or "TLS").replace("_", " ").lower()
        why = "{host} doesn't take the certificate that was shown to it, or misses one ({what})."
        return NotConfigured("web_certificate", why, host=host, what=what)
    return None


def _tls_error(error: BaseException) -> ssl.SSLError | None:
    """The error of TLS that an error of requests holds, if any: it is wrapped several times over."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, ssl.SSLError):
            return one
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return None

"""Who we are to a portal: an API key, or a token of OAuth 2.0 that is had anew before it ends."""

from __future__ import annotations

from base64 import b64encode
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import quote

from quarterday import NotConfigured, Retryable, secrets_in

if TYPE_CHECKING:
    from quarterday_portal_sync.portal_settings import PortalSettings
    from quarterday_portal_sync.transports.web_line import Line

_AN_HOUR = 3600.0
_REMEMBERED = 4
_EARLY = 30.0
"""How long before its end a token is had anew, in seconds; a tenth of its life where that is less."""


@dataclass(slots=True)
class Tokens:
    """The token for one portal, kept for this process."""

    settings: PortalSettings
    _token: str = ""
    _until: float = 0.0
    _had: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _turn: Lock = field(default_factory=Lock)

    def __repr__(self) -> str:
        return "Tokens(…)"

    def token(self, line: Line) -> str:
        """One that is good for a while; raises :class:`NotConfigured` where none is given, or :class:`Retryable`."""
        with self._turn:
            if not self._token or monotonic() >= self._until:
                self._token, life = _asked(self.settings, line)
                self._until = monotonic() + life - min(_EARLY, life / 10)
                self._had.append(self._token)
            return self._token

    @property
    def had(self) -> list[str]:
        """The last tokens, which must be shown nowhere."""
        return list(self._had)

    def forget(self, token: str) -> None:
        """That a token is no good, whatever was said of its life."""
        with self._turn:
            if token == self._token:
                self._token = ""


@lru_cache(maxsize=8)
def tokens_of(settings: PortalSettings) -> Tokens:
    """The tokens for one portal, in whichever connection they are used."""
    return Tokens(settings)


@lru_cache(maxsize=8)
def secrets_set(settings: PortalSettings) -> tuple[str, ...]:
    """What must be shown nowhere of what was set, however it is written."""
    basic = [_basic(settings)] if settings.web_client_secret else []
    return (*secrets_in(settings), *basic)


def key_header(settings: PortalSettings) -> dict[str, str]:
    """The header with the API key; none where there is no key."""
    if settings.web_key is None:
        return {}
    key = settings.web_key.get_secret_value()
    bears = settings.web_key_header.lower() == "authorization" and " " not in key
    return {settings.web_key_header: f"Bearer {key}" if bears else key}


def _basic(settings: PortalSettings) -> str:
    """The client's id and secret as a header has them."""
    secret = settings.web_client_secret.get_secret_value() if settings.web_client_secret else ""
    pair = f"{quote(settings.web_client_id, safe='')}:{quote(secret, safe='')}"  # RFC 6749, 2.3.1
    return b64encode(pair.encode()).decode()


def _asked(settings: PortalSettings, line: Line) -> tuple[str, float]:
    """A token from where they are had, and its life in seconds."""
    from oauthlib.oauth2 import BackendApplicationClient
    from oauthlib.oauth2.rfc6749.errors import OAuth2Error

    secret = settings.web_client_secret.get_secret_value() if settings.web_client_secret else ""
    client = BackendApplicationClient(settings.web_client_id)
    scope = settings.web_scope or None  # not of the client's own: it breaks where another scope is given
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if settings.web_client_in == "header":
        headers["Authorization"] = f"Basic {_basic(settings)}"
        form = client.prepare_request_body(scope=scope)
    else:
        form = client.prepare_request_body(scope=scope, include_client_id=True, client_secret=secret)
    answer = line.call("POST", settings.web_token_address, content=form.encode(), headers=headers, is_safe=True)
    if answer.status in (400, 401, 403):
        why = "No token is given for the client's id and secret (status {status}); look at both."
        raise NotConfigured("web_client_secret", why, status=answer.status)
    if answer.status != 200:
        why = "There are no tokens to be had at this address (status {status})."
        raise NotConfigured("web_token_address", why, status=answer.status)
    try:
        token = client.parse_request_body_response(answer.text())
        life = float(token.get("expires_in") or _AN_HOUR)
        given = str(token["access_token"])
    except (OAuth2Error, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        why = "The answer to the request for a token holds none."
        raise Retryable(why, after=300) from None
    if not given.isascii() or not given.isprintable() or " " in given:
        raise Retryable("The token that was given fits into no header.", after=300)
    return given, max(life, 1.0)

"""What a portal tells at once: it calls ``…/hooks/portal/KEY`` for the authority with this key.

A call's body is JSON in the shape of the mapping's list of changes. It is signed by HMAC-SHA256 over
``TIMESTAMP.BODY``, and two headers say when it was sent (seconds since 1970) and what the signature is. What it tells
comes in as if it had been read, under the same keys, so that nothing comes twice: neither by a call that is repeated,
nor by the next reading.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from quarterday import BadRecord, Item, NotConfigured, Refused, Trouble

if TYPE_CHECKING:
    from quarterday.services.record import UnitOfWork
    from quarterday_portal_sync.mapping.file import PortalMapping
    from quarterday_portal_sync.portal_settings import PortalSettings

MOST_BYTES = 64 * 1024
"""How large a call's body may be: the host takes no more, either."""


def webhooks(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """The WSGI application: 204 for what was taken, 401 for what isn't signed as it should be, or too long ago, 400 for
    what can't be read, 413 for too much, and 503 where it can't be taken now."""
    status = _status(environ)
    headers = [("Content-Length", "0")]
    if status.startswith("503"):
        headers.append(("Retry-After", "60"))
    start_response(status, headers)
    return []


def _status(environ: dict[str, Any]) -> str:
    if environ["REQUEST_METHOD"] != "POST":
        return "405 Method Not Allowed"
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdecimal()):
        return "400 Bad Request"
    if len(length) > 9 or int(length) > MOST_BYTES:
        return "413 Content Too Large"
    body: bytes = environ["wsgi.input"].read(int(length))
    uow: UnitOfWork = environ["quarterday.record"]
    try:
        authority_id, settings = _expected(uow, environ["PATH_INFO"].strip("/"))
    except (Refused, NotConfigured):
        return "401 Unauthorized"
    if not _is_signed(settings, environ, body, uow.clock()):
        return "401 Unauthorized"
    try:
        return _taken(uow, authority_id, settings, body)
    except Trouble:
        return "503 Service Unavailable"


def _expected(uow: UnitOfWork, key: str) -> tuple[int, PortalSettings]:
    """The authority that an address is for, and its settings; raises :class:`Refused` for one there isn't, and
    :class:`NotConfigured` where no secret is set."""
    from quarterday.services.organisations.authorities import authority_by_key
    from quarterday.services.record import Actor
    from quarterday_portal_sync.portal_check import settings_of

    authority_id = authority_by_key(uow, Actor.operator("portal"), key).id
    settings = settings_of(uow, authority_id)
    if settings is None or settings.webhook_secret is None:
        raise NotConfigured("webhook_secret")
    return authority_id, settings


def _is_signed(settings: PortalSettings, environ: dict[str, Any], body: bytes, now: datetime) -> bool:
    """Whether somebody who knows the secret sent just this, and not too long ago; a clock may be a little ahead."""
    timestamp = environ.get(_variable(settings.webhook_timestamp_header), "")
    shown = environ.get(_variable(settings.webhook_signature_header), "").removeprefix("sha256=").lower()
    if settings.webhook_secret is None or not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    secret = settings.webhook_secret.get_secret_value().encode()
    expected = hmac.new(secret, timestamp.encode() + b"." + body, sha256).hexdigest()
    if not hmac.compare_digest(shown.encode("latin-1", "replace"), expected.encode()):
        return False
    return -settings.webhook_skew <= now.timestamp() - int(timestamp) <= settings.webhook_window


def _variable(header: str) -> str:
    """A header as WSGI names it."""
    return f"HTTP_{header.upper().replace('-', '_')}"


def _taken(uow: UnitOfWork, authority_id: int, settings: PortalSettings, body: bytes) -> str:
    from quarterday.services.background.receiving import receive
    from quarterday_portal_sync.portal import Portal, mapping_of, terms
    from quarterday_portal_sync.transports.web_answers import Unreadable

    mapping = mapping_of(settings)
    try:
        items = _items(settings, mapping, body)
    except Unreadable:
        return "400 Bad Request"
    receive(uow, portal=Portal.id, authority_id=authority_id, items=items, terms=terms(settings, mapping))
    return "204 No Content"


def _items(settings: PortalSettings, mapping: PortalMapping, body: bytes) -> list[Item | BadRecord]:
    """What a call tells, as a reading would give it; raises :class:`Unreadable` for another shape."""
    from quarterday_portal_sync.mapping.layouts import Listing
    from quarterday_portal_sync.portal import given
    from quarterday_portal_sync.transports.web_answers import Answer, list_at
    from quarterday_portal_sync.transports.web_told import told_of_changes

    listing = mapping.changes or Listing("")
    items = list_at(Answer(200, {}, body).data(), listing.items)
    return list(given(settings, mapping, told_of_changes(mapping, listing, items)))

"""Delivery receipts: GOV.UK Notify calls here when it knows what became of a message.

It calls ``…/hooks/govuk-notify`` for the installation's own service, or ``…/hooks/govuk-notify/KEY`` for that of the
authority with this key, and shows the bearer token that the service was given.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from quarterday import NotConfigured, Refused

if TYPE_CHECKING:
    from quarterday.services.record import UnitOfWork

_OUTCOMES = {
    "delivered": "arrived",
    "permanent-failure": "never",
    "temporary-failure": "perhaps later",
    "technical-failure": "perhaps later",
}
"""What GOV.UK Notify says that is final, and what it means for the address."""


def receipts(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """The WSGI application: 204 for what was taken, 401 without the right token, 400 for what can't be read."""
    status = _status(environ)
    start_response(status, [("Content-Length", "0")])
    return []


def _status(environ: dict[str, Any]) -> str:
    if environ["REQUEST_METHOD"] != "POST":
        return "405 Method Not Allowed"
    uow: UnitOfWork = environ["quarterday.record"]
    try:
        authority_id, token = _expected(uow, environ["PATH_INFO"].strip("/"))
    except (Refused, NotConfigured):
        return "401 Unauthorized"
    shown = environ.get("HTTP_AUTHORIZATION", "")
    if not compare_digest(shown.encode("latin-1", "replace"), f"Bearer {token}".encode()):
        return "401 Unauthorized"
    try:
        said = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        outcome, at = _OUTCOMES.get(str(said["status"]), ""), _moment(said)
        key, address = str(said.get("reference") or ""), str(said["to"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return "400 Bad Request"
    if outcome and key:
        _note(uow, authority_id, key, address, outcome, at, str(said["status"]))
    return "204 No Content"


def _expected(uow: UnitOfWork, authority: str) -> tuple[int | None, str]:
    """The authority that an address is for (None for the installation), and the token that has to be shown there.

    Raises :class:`Refused` for an authority there isn't, and :class:`NotConfigured` where no token is set.
    """
    from quarterday.services.organisations.authorities import authority_by_key
    from quarterday.services.plugins.configured import values_of
    from quarterday.services.record import Actor

    actor = Actor.operator("govuk-notify")
    authority_id = authority_by_key(uow, actor, authority).id if authority else None
    with uow.read(actor) as work:
        token = str(values_of(work, authority_id, "govuk_notify").get("receipt_token") or "")
    if not token:
        raise NotConfigured("receipt_token")
    return authority_id, token


def _moment(said: dict[str, Any]) -> datetime:
    found = datetime.fromisoformat(said.get("completed_at") or said["created_at"])
    if found.tzinfo is None:
        raise ValueError("a moment without its time zone")
    return found


def _note(
    uow: UnitOfWork, authority_id: int | None, key: str, address: str, outcome: str, at: datetime, status: str
) -> None:
    from quarterday.services.messages.bounces import Outcome, note
    from quarterday.services.record import Actor

    note(
        uow,
        Actor.operator("govuk-notify"),
        outcome=Outcome(outcome),
        at=at,
        key=key,
        address=address,
        said=f"GOV.UK Notify: {status}",
        authority_id=authority_id,
    )

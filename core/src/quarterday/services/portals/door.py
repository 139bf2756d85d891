"""The door by which a portal's records come in: each is held against ours, and taken, left, shown or asked about."""

from __future__ import annotations

from collections.abc import Sequence

from quarterday.db.work import Work
from quarterday.domain.portal_records import PortalTerms
from quarterday.errors import BadRecord
from quarterday.ports import Item


def ready(items: Sequence[Item | BadRecord]) -> list[Item | BadRecord]:
    """The same items, with the files in them put away in the evidence store; before a transaction begins."""
    raise NotImplementedError


def take(
    work: Work,
    authority_id: int | None,
    item: Item,
    *,
    portal: str,
    terms: PortalTerms,
    run_id: int | None = None,
    is_listing: bool = False,
) -> None:
    """Take one record of a portal, which went through :func:`ready` before."""
    raise NotImplementedError


def take_stored(work: Work, record_id: int, *, terms: PortalTerms) -> None:
    """Take what a portal was last seen to have of a record, as a person decided."""
    raise NotImplementedError


def take_due(work: Work, authority_id: int, portal: str, terms: PortalTerms) -> int:
    """Take what persons matched in the inbox, and what they settled as theirs, since the last run; how many."""
    raise NotImplementedError

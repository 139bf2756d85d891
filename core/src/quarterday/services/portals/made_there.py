"""Entries that were made in a portal: each becomes a draft on the open return of its contract and period."""

from __future__ import annotations

from quarterday.db.work import Work


def recognise_submitted(work: Work, authority_id: int, portal: str) -> int:
    """Tell which entries were made of drafts that came from a portal, before anything is sent; returns how many."""
    raise NotImplementedError

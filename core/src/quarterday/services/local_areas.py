"""Definitions of “local”: named, dated, an authority's own. A change is a new row; figures keep the one they used."""

from __future__ import annotations

from sqlalchemy import select

from quarterday.db.models import LocalAreaDefinition
from quarterday.db.work import Work
from quarterday.domain.catalogue import LocalArea
from quarterday.errors import Refused
from quarterday.services import snapshots


def must_be_of(work: Work, local_area_id: int, authority_id: int) -> LocalArea:
    """The definition in that row; raises :class:`Refused` where it isn't the authority's."""
    owner = select(LocalAreaDefinition.authority_id).where(LocalAreaDefinition.id == local_area_id)
    if work.connection.execute(owner).scalar_one_or_none() != authority_id:
        raise Refused("There is no such definition of “local” for this authority; add it first.")
    found = snapshots.local_area(work, local_area_id)
    assert found  # noqa: S101 (the row was there a moment ago, and rows stay)
    return found

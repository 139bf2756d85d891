"""Kept figures: reckoned in the background, added as rows, and read by pages and reports without the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.organisations.local_areas import definitions
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.figures.terms import Terms
from quarterday_erp_import.ledger.tables import Figure

if TYPE_CHECKING:
    from quarterday.db.work import Work
    from quarterday_erp_import.ledger.files import LineFiles

Place = tuple[str, int | None]
"""An analysis, and the id of the definition of “local” it goes by."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A figure as it was reckoned last; money is in micropounds, days in rows are ISO text."""

    id: int
    analysis: str
    local_area_id: int | None
    rests_on: str
    known_until: date | None
    """The day of the newest payment in it."""
    as_of: date
    """The day on which it was reckoned."""
    definition: Mapping[str, Any]
    coverage: list[dict[str, Any]]
    batches: list[int]
    rows: list[dict[str, Any]]
    recorded_at: datetime

    @property
    def place(self) -> Place:
        """Which figure it is."""
        return self.analysis, self.local_area_id


def reckon(uow: UnitOfWork, actor: Actor, *, files: LineFiles, authority_id: int, terms: Terms) -> int:
    """Reckon those of an authority's figures that would come out otherwise today; returns how many are new.

    Where what they rest on changes meanwhile nothing is kept: the next time reckons with it.
    """
    from quarterday_erp_import.figures.grounds import grounds
    from quarterday_erp_import.figures.reckoning import reckoned, wanted
    from quarterday_erp_import.ledger.standing import standing

    of: dict[str, Any] = {
        "authority_id": authority_id,
        "areas": definitions(uow, actor, authority_id=authority_id),
        "terms": terms,
    }
    with uow.read(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id)
        rest = grounds(work, **of)
        there = _digests(work, authority_id)
    due = [
        (name, area)
        for name, area in wanted(rest)
        if there.get((name, area.id if area else None)) != rest.rests_on(name, area)
    ]
    if not due:
        return 0
    now = standing(uow, actor, files=files, authority_id=authority_id)
    found = list(reckoned(now, rest, due))
    with uow.begin(actor) as work:
        work.take_turns(f"erp_import/figures/{authority_id}")
        if grounds(work, **of) != rest:
            return 0
        there = _digests(work, authority_id)
        new = [
            {
                "authority_id": authority_id,
                "local_area_id": one.area.id if one.area else None,
                "actor": actor.name,
                **{key: value for key, value in asdict(one).items() if key != "area"},
                "batches": list(one.batches),
            }
            for one in found
            if there.get((one.analysis, one.area.id if one.area else None)) != one.rests_on
        ]
        work.add_all(Figure, new)
        work.audit(authority_id, "spend.reckoned", f"authority/{authority_id}", figures=len(new))
    return len(new)


def kept(uow: UnitOfWork, actor: Actor, *, authority_id: int, analysis: str = "") -> list[Kept]:
    """The newest of an authority's figures, or of those of one analysis.

    Those by definitions of “local” that hold no more are left out.
    """
    areas = {one.id for one in definitions(uow, actor, authority_id=authority_id)}
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        mine = (Figure.c.authority_id == authority_id, *([Figure.c.analysis == analysis] if analysis else []))
        newest = select(func.max(Figure.c.id)).where(*mine).group_by(Figure.c.analysis, Figure.c.local_area_id)
        columns = [column for column in Figure.c if column.name not in ("authority_id", "actor")]
        rows = work.all(select(*columns).where(Figure.c.id.in_(newest)).order_by(Figure.c.id))
        found = [Kept(**row._mapping) for row in rows]
    by_area = {one.analysis for one in found if one.local_area_id in areas}
    return [
        one
        for one in found
        if one.local_area_id in areas or (one.local_area_id is None and one.analysis not in by_area)
    ]


def _digests(work: Work, authority_id: int) -> dict[Place, str]:
    newest = (
        select(func.max(Figure.c.id))
        .where(Figure.c.authority_id == authority_id)
        .group_by(Figure.c.analysis, Figure.c.local_area_id)
    )
    rows = work.all(select(Figure.c.analysis, Figure.c.local_area_id, Figure.c.rests_on).where(Figure.c.id.in_(newest)))
    return {(row.analysis, row.local_area_id): row.rests_on for row in rows}

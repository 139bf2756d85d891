"""Definitions of “local”: named, dated, an authority's own. A change is a new row; figures keep the one they used."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from quarterday.areas import authorities_of
from quarterday.db.models import LocalAreaDefinition
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.catalogue import LocalArea
from quarterday.domain.exact import number
from quarterday.domain.locality import part_postcode
from quarterday.domain.names import name as tidy_name
from quarterday.domain.nearest import did_you_mean
from quarterday.domain.permissions import Permission
from quarterday.domain.sentences import said
from quarterday.errors import NotThere, Refused
from quarterday.postcodes import middle
from quarterday.services import scope
from quarterday.services.measures import snapshots

MOST_KM = 500
_WARD = re.compile(r"E05\d{6}|W05\d{6}|S13\d{6}|N08\d{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Defined:
    """A definition, and the row that holds it."""

    id: int
    area: LocalArea


def define(
    uow: UnitOfWork,
    actor: Actor,
    *,
    authority_id: int,
    name: str,
    codes: Collection[str] = (),
    wards: Collection[str] = (),
    radius_km: str = "",
    centre: str = "",
    valid_from: date | None = None,
) -> int:
    """Define “local” for an authority from a day on (today if not said); returns the row's id.

    ``codes`` are areas, its own and neighbours: authorities, or counties and regions for all of theirs. With ``wards``
    only these of them are meant. A radius in km is drawn around the middle of a part postcode, ``centre``; what lies
    within is local too. A definition of the same name is followed by this one; contracts keep the one they were
    awarded with. Raises :class:`Refused` for a code nobody knows, or where nothing is defined.
    """
    try:
        area = _read(name, codes, wards, radius_km, centre)
    except ValueError as problem:
        raise Refused(str(problem)) from problem
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id)
        return put_definition(work, authority_id, area, valid_from or work.today)


def put_definition(work: Work, authority_id: int, area: LocalArea, valid_from: date) -> int:
    """The step that adds a definition to an authority in scope; returns the row's id."""
    area_id = work.add(
        LocalAreaDefinition,
        authority_id=authority_id,
        name=area.name,
        codes=list(area.codes),
        wards=list(area.wards),
        radius_km=area.radius_km,
        centre=area.centre,
        valid_from=valid_from,
    )
    work.audit(
        authority_id,
        "local_area.defined",
        f"local_area/{area_id}",
        codes=list(area.codes),
        wards=list(area.wards),
        valid_from=valid_from.isoformat(),
    )
    return area_id


def definitions(
    uow: UnitOfWork, actor: Actor, *, authority_id: int, day: date | None = None, at: datetime | None = None
) -> list[Defined]:
    """An authority's definitions that hold on a day (today if not said), as they were known at a moment, by name."""
    with uow.read(actor) as work:
        scope.authority(work, authority_id)
        rows = work.all(
            select(LocalAreaDefinition.c.id)
            .where(
                LocalAreaDefinition.c.authority_id == authority_id,
                newest(
                    LocalAreaDefinition,
                    LocalAreaDefinition.c.authority_id,
                    LocalAreaDefinition.c.name,
                    day=day or work.today,
                    at=at,
                ),
            )
            .order_by(LocalAreaDefinition.c.name)
        )
        return [Defined(row.id, area) for row in rows if (area := snapshots.local_area(work, row.id))]


def definition_of_name(uow: UnitOfWork, actor: Actor, *, authority_id: int, name: str) -> Defined:
    """An authority's definition of that name that holds today; raises :class:`Refused`, naming the nearest."""
    there = {one.area.name: one for one in definitions(uow, actor, authority_id=authority_id)}
    if name not in there:
        near = did_you_mean(name, there) if there else said("it has none yet.")
        raise Refused("The authority has no definition of “local” called “{name}”; {hint}", name=name[:60], hint=near)
    return there[name]


def must_be_of(work: Work, local_area_id: int, authority_id: int) -> None:
    """Raise :class:`Refused` where the definition isn't the authority's."""
    owner = select(LocalAreaDefinition.c.authority_id).where(LocalAreaDefinition.c.id == local_area_id)
    if work.connection.execute(owner).scalar_one_or_none() != authority_id:
        raise NotThere("There is no such definition of “local” for this authority; add it first.")


def _read(name: str, codes: Collection[str], wards: Collection[str], radius_km: str, centre: str) -> LocalArea:
    """The definition as it is kept; raises :class:`ValueError` with a sentence, or :class:`Refused` for the centre."""
    if not codes and not radius_km.strip():
        raise ValueError("Say which areas are local, or within how many km of where.")
    if wards and not codes:
        raise ValueError("Say in which area the wards lie; its code goes with theirs.")
    tidy_wards = [ward.strip().upper() for ward in wards]
    if odd := next((ward for ward in tidy_wards if not _WARD.fullmatch(ward)), ""):
        raise ValueError(said("“{odd}” is not the code of a ward; write codes like E05007804.", odd=odd[:20]))
    return LocalArea(
        name=tidy_name(name, "the definition's name"),
        codes=authorities_of(codes),
        since="",
        wards=tuple(dict.fromkeys(tidy_wards)),
        radius_km=_radius(radius_km, centre),
        centre=_centre(radius_km, centre),
    )


def _radius(typed: str, centre: str) -> str:
    if typed.strip() and not 0 < number(typed) <= MOST_KM:
        raise ValueError(
            said("A radius is more than 0 and at most {most} km, not {typed}.", most=MOST_KM, typed=typed.strip())
        )
    if centre.strip() and not typed.strip():
        raise ValueError("Say within how many km of the centre, or leave the centre out.")
    return typed.strip()


def _centre(radius_km: str, typed: str) -> str:
    if not radius_km.strip():
        return ""
    part = part_postcode(typed)
    if part is None:
        raise ValueError("Say around which part postcode the radius is drawn, like S60 1.")
    middle(part)
    return part

"""Activities: what a supplier does that can last several periods and serve several contracts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, and_, or_, select

from quarterday.db.models import Activity, ActivityFact, ActivityShare, ContractParty, DraftEntry, Entry
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.cells import day
from quarterday.domain.counting.once import share_left
from quarterday.domain.exact import NotANumber, exact_text, share, storable
from quarterday.domain.permissions import Permission
from quarterday.errors import NotThere, Refused
from quarterday.services import scope
from quarterday.services.organisations import suppliers
from quarterday.services.promises.contracts import parties_on
from quarterday.services.returns.reported import Reported, must_be_open, reported, take_turn

_STAYS = (
    "people", "full_time_share", "weekly_hours", "started", "ended", "part_postcode", "is_local",
    "is_through_programme", "contract_share",
)  # fmt: skip
"""What stays the same from period to period in an entry about people."""


def add_activity(
    uow: UnitOfWork,
    actor: Actor,
    *,
    supplier_id: int,
    label: str,
    ref: str,
    started: date | None = None,
    ends: date | None = None,
    part_postcode: str = "",
    group: str = "",
    typed: Mapping[str, str] | None = None,
) -> int:
    """Add an activity, or newer facts to the one of that label; returns its id.

    ``typed`` are the numbers that stay the same from period to period (people, share of full time), as typed.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REPORT)
        suppliers.supplier(work, supplier_id)
        if started and ends and ends < started:
            raise Refused("“{label}” ends before it starts: correct one of the dates.", label=label)
        activity_id = named(work, supplier_id, label)
        work.add(
            ActivityFact,
            activity_id=activity_id,
            ref=ref,
            started=started,
            ends=ends,
            part_postcode=part_postcode,
            group=group,
            typed=dict(typed or {}),
        )
        work.audit(None, "activity.described", f"activity/{activity_id}", supplier=supplier_id, ref=ref)
        return activity_id


def share_activity(uow: UnitOfWork, actor: Actor, *, activity_id: int, contract_id: int, part: str) -> None:
    """Say which part of an activity one contract may claim (“1/3”, “50%”): what its entries begin with.

    Raises :class:`Refused` when the shares of all contracts together would exceed the whole (DOMAIN 4.10).
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REPORT)
        scope.contract(work, contract_id)
        activity = work.one(select(Activity.c.supplier_id).where(Activity.c.id == activity_id).with_for_update())
        parties = {party.supplier_id for party in parties_on(work, contract_id, work.today)}
        mine = parties if actor.supplier_id is None else {actor.supplier_id}
        if activity is None or activity.supplier_id not in parties & mine:
            raise NotThere("There is no such activity.")
        try:
            wanted = storable(share(part))
        except NotANumber as problem:
            raise Refused(str(problem)) from problem
        others = work.all(
            select(ActivityShare.c.numerator, ActivityShare.c.denominator).where(
                newest(ActivityShare, ActivityShare.c.activity_id, ActivityShare.c.contract_id),
                ActivityShare.c.activity_id == activity_id,
                ActivityShare.c.contract_id != contract_id,
            )
        )
        left = share_left(Fraction(row.numerator, row.denominator) for row in others)
        if wanted > left:
            raise Refused(
                "{taken} of this activity is claimed elsewhere: at most {left} is left.",
                taken=exact_text(1 - left),
                left=exact_text(left),
            )
        work.add(
            ActivityShare,
            activity_id=activity_id,
            contract_id=contract_id,
            numerator=wanted.numerator,
            denominator=wanted.denominator,
        )
        work.audit(None, "activity.shared", f"activity/{activity_id}", contract=contract_id, share=str(wanted))


def carry_over(uow: UnitOfWork, actor: Actor, *, return_id: int, seen_version: int) -> list[int]:
    """Begin an entry for every activity that this contract reported before and that is still under way.

    It gets one for each measure it was reported under (a local job can be one of a disadvantaged group too). What stays
    the same is filled in; the months and whatever else belongs to one period is left to type. What this return holds
    already gets no second one. Where no facts of an activity were stated, those of the last entry stand for it, if
    that counts people: a job goes on until it ends, a gift or an event doesn't. Returns the new drafts' ids.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REPORT)
        found = reported(work, return_id)
        must_be_open(work, found)
        begun = [(row.activity_id, row.ref, _begun(row)) for row in work.all(_under_way(found))]
        begun += [
            (row.activity_id, row.ref, {field: row.typed[field] for field in _STAYS if field in row.typed})
            for row in work.all(_reported_last(found))
            if _goes_on(row.typed, found.period.first)
        ]
        if not begun:
            return []
        version = take_turn(work, found, seen_version)
        made = work.add_each(
            DraftEntry,
            [
                {"return_id": return_id, "ref": ref, "activity_id": activity_id, "typed": typed}
                for activity_id, ref, typed in begun
            ],
        )
        work.audit(found.authority_id, "drafts.carried_over", found.subject, drafts=made, version=version)
        return made


def _under_way(found: Reported) -> Select[*tuple[Any, ...]]:
    before, here = Entry.alias(), Entry.alias()
    reported_as = (
        select(before.c.activity_id, before.c.ref)
        .where(before.c.contract_id == found.contract_id, before.c.return_id != found.id)
        .distinct()
        .subquery()
    )
    same = (reported_as.c.activity_id, reported_as.c.ref)
    drafted = select(DraftEntry.c.id).where(
        DraftEntry.c.return_id == found.id, DraftEntry.c.activity_id == same[0], DraftEntry.c.ref == same[1]
    )
    submitted = select(here.c.id).where(
        here.c.return_id == found.id, here.c.activity_id == same[0], here.c.ref == same[1]
    )
    part = and_(
        ActivityShare.c.activity_id == same[0],
        ActivityShare.c.contract_id == found.contract_id,
        newest(ActivityShare, ActivityShare.c.activity_id, ActivityShare.c.contract_id),
    )
    return (
        select(
            *same,
            ActivityFact.c.started,
            ActivityFact.c.ends,
            ActivityFact.c.part_postcode,
            ActivityFact.c.typed,
            ActivityShare.c.numerator,
            ActivityShare.c.denominator,
        )
        .select_from(reported_as)
        .join(
            ActivityFact, and_(ActivityFact.c.activity_id == same[0], newest(ActivityFact, ActivityFact.c.activity_id))
        )
        .outerjoin(ActivityShare, part)
        .where(
            or_(ActivityFact.c.ends.is_(None), ActivityFact.c.ends >= found.period.first),
            ~drafted.exists(),
            ~submitted.exists(),
        )
        .order_by(*same)
    )


def _reported_last(found: Reported) -> Select[*tuple[Any, ...]]:
    """The newest entries of activities of which no facts were stated, where this return has none of them yet."""
    last, later, here = Entry.alias(), Entry.alias(), Entry.alias()
    same = (last.c.activity_id, last.c.ref)
    query: Any = (
        select(*same, last.c.typed)
        .where(
            last.c.contract_id == found.contract_id,
            last.c.return_id != found.id,
            last.c.last < found.period.first,
            last.c.activity_id.is_not(None),
            ~select(later.c.id)
            .where(
                later.c.contract_id == found.contract_id,
                later.c.return_id != found.id,
                later.c.activity_id == same[0],
                later.c.ref == same[1],
                later.c.id > last.c.id,
            )
            .exists(),
            ~select(ActivityFact.c.id).where(ActivityFact.c.activity_id == same[0]).exists(),
            ~select(DraftEntry.c.id)
            .where(DraftEntry.c.return_id == found.id, DraftEntry.c.activity_id == same[0], DraftEntry.c.ref == same[1])
            .exists(),
            ~select(here.c.id)
            .where(here.c.return_id == found.id, here.c.activity_id == same[0], here.c.ref == same[1])
            .exists(),
        )
        .order_by(*same)
    )
    return query  # type: ignore[no-any-return]


def _goes_on(typed: Mapping[str, str], first: date) -> bool:
    """Whether what an entry says is about people, and hadn't ended before a day."""
    return "people" in typed and (not typed.get("ended") or day(typed["ended"]) >= first)


def _begun(row: Any) -> dict[str, str]:
    """The cells that stay the same from period to period."""
    known = {
        "started": row.started.isoformat() if row.started else "",
        "ended": row.ends.isoformat() if row.ends else "",
        "part_postcode": row.part_postcode,
        "contract_share": f"{row.numerator}/{row.denominator}" if row.numerator != row.denominator else "",
    }
    return {**row.typed, **{field: text for field, text in known.items() if text}}


def named(work: Work, supplier_id: int, label: str) -> int:
    """The supplier's activity of that label, made when it is new; raises :class:`Refused` for a blank label."""
    label = " ".join(label.split())
    if not label:
        raise Refused("Give the activity a label, without a name: “Hire 3”.")
    return work.find_or_add(Activity, supplier_id=supplier_id, label=label)


def reporting_supplier(work: Work, contract_id: int) -> int:
    """The supplier for whom the actor reports: its own, else the contract's lead (raises :class:`Refused` if none)."""
    if work.actor.supplier_id is not None:
        return work.actor.supplier_id
    lead = work.all(
        select(ContractParty.c.supplier_id)
        .where(ContractParty.c.contract_id == contract_id, scope.is_lead(day=work.today))
        .order_by(ContractParty.c.id)
    )
    if not lead:
        raise Refused("This contract has no lead supplier yet: add one, then report.")
    return int(lead[0].supplier_id)

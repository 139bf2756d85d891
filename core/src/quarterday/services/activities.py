"""Activities: what a supplier does that can last several periods and serve several contracts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from sqlalchemy import or_, select

from quarterday.db.models import Activity, ActivityFact, ActivityShare, ContractParty, DraftEntry, Entry
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.counting.once import share_left
from quarterday.domain.exact import exact_text, share, storable
from quarterday.errors import Refused
from quarterday.services.reported import must_be_open, reported, take_turn


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
        if actor.supplier_id not in (None, supplier_id):
            raise Refused("There is no such supplier.")
        if started and ends and ends < started:
            raise Refused(f"“{label}” ends before it starts: correct one of the dates.")
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
        work.all(select(Activity.id).where(Activity.id == activity_id).with_for_update())
        wanted = storable(share(part))
        others = work.all(
            select(ActivityShare.numerator, ActivityShare.denominator).where(
                newest(ActivityShare, ActivityShare.activity_id, ActivityShare.contract_id),
                ActivityShare.activity_id == activity_id,
                ActivityShare.contract_id != contract_id,
            )
        )
        left = share_left(Fraction(row.numerator, row.denominator) for row in others)
        if wanted > left:
            raise Refused(
                f"{exact_text(1 - left)} of this activity is claimed elsewhere: at most {exact_text(left)} is left."
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

    What stays the same is filled in; the months and whatever else belongs to one period is left to type. An activity
    that has a draft already gets no second one. Returns the new drafts' ids.
    """
    with uow.begin(actor) as work:
        found = reported(work, return_id)
        must_be_open(work, found)
        reported_before = select(Entry.activity_id).where(Entry.contract_id == found.contract_id)
        drafted = select(DraftEntry.activity_id).where(
            DraftEntry.return_id == return_id, DraftEntry.activity_id.is_not(None)
        )
        under_way = work.all(
            select(ActivityFact.__table__)
            .where(
                newest(ActivityFact, ActivityFact.activity_id),
                ActivityFact.activity_id.in_(reported_before),
                ActivityFact.activity_id.not_in(drafted),
                or_(ActivityFact.ends.is_(None), ActivityFact.ends >= found.period.first),
            )
            .order_by(ActivityFact.activity_id)
        )
        if not under_way:
            return []
        version = take_turn(work, found, seen_version)
        made = []
        for row in under_way:
            dates = {"started": row.started, "ended": row.ends}
            typed = {
                **row.typed,
                **{field: day.isoformat() for field, day in dates.items() if day},
                **({"part_postcode": row.part_postcode} if row.part_postcode else {}),
            }
            made.append(
                work.add(DraftEntry, return_id=return_id, ref=row.ref, activity_id=row.activity_id, typed=typed)
            )
        work.audit(found.authority_id, "drafts.carried_over", found.subject, drafts=made, version=version)
        return made


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
        select(ContractParty.supplier_id)
        .where(
            newest(ContractParty, ContractParty.contract_id, ContractParty.supplier_id, day=work.today),
            ContractParty.contract_id == contract_id,
            ContractParty.is_in,
            ContractParty.role == "lead",
        )
        .order_by(ContractParty.id)
    )
    if not lead:
        raise Refused("This contract has no lead supplier yet: add one, then report.")
    return int(lead[0].supplier_id)

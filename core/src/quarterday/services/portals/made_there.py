"""Entries that were made in a portal: each becomes a draft on the open return of its contract and period.

Its supplier finishes the draft and submits it as any other. The draft's activity is labelled after the portal's own
name for the record, by which the entry made of the draft is known again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from quarterday.db.models import Authority, DraftEntry, Entry, Period, PortalRecord, Return
from quarterday.db.newest import not_replaced
from quarterday.db.work import Work
from quarterday.domain.catalogue import Measure
from quarterday.domain.periods import Period as NamedPeriod
from quarterday.domain.portal_records import RecordKind
from quarterday.domain.sentences import said
from quarterday.domain.units import Entered
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.portals import standing
from quarterday.services.portals.coming import Coming
from quarterday.services.portals.theirs import Theirs, kept
from quarterday.services.returns import drafts
from quarterday.services.returns.drafts import Draft
from quarterday.services.returns.reported import Reported, reported, take_turn

_ANSWERS = {"1": "yes", "0": "no"}


def take(coming: Coming) -> str:
    """Put an entry of theirs on its return as a draft, or the draft made of it in step; returns its record's state.

    The draft says what the portal says and nothing more, so that its supplier has to fill in what it lacks. Once they
    changed it, it stays as they typed it. Raises :class:`Refused` where no open return takes it.
    """
    if coming.before is not None and coming.before.activity_id is not None:
        _keep_in_step(coming, coming.before)
        return standing.SAME
    found = _its_return(coming)
    draft_id = _put(coming, found, None)
    made = coming.work.one(select(DraftEntry.c.activity_id).where(DraftEntry.c.id == draft_id))
    standing.set_state(coming.work, coming.record_id, standing.SAME, activity_id=made.activity_id if made else None)
    return standing.SAME


def draft_of(work: Work, record: Any) -> Row[int, int] | None:
    """The draft that was made of a record of theirs, and its return; None where it is gone."""
    if record.activity_id is None:
        return None
    drafted = work.all(
        select(DraftEntry.c.id, DraftEntry.c.return_id)
        .join(Return, Return.c.id == DraftEntry.c.return_id)
        .join(Period, Period.c.id == Return.c.period_id)
        .where(DraftEntry.c.activity_id == record.activity_id)
        .order_by(Period.c.first, DraftEntry.c.id)
        .limit(1)
    )
    return drafted[0] if drafted else None


def recognise_submitted(work: Work, authority_id: int, portal: str) -> int:
    """Tell which entries were made of drafts that came from a portal, before anything is sent; returns how many.

    An entry is known by its activity, and of several for one activity it is that of the first period, under the
    measure that the portal gives if there is one.
    """
    rows = work.all(
        select(PortalRecord, Entry.c.id.label("entry_id"), Entry.c.ref, Entry.c.first)
        .join(Entry, Entry.c.activity_id == PortalRecord.c.activity_id)
        .where(
            PortalRecord.c.authority_id == authority_id,
            PortalRecord.c.portal == portal,
            PortalRecord.c.kind == RecordKind.ENTRY,
            PortalRecord.c.our_id.is_(None),
            not_replaced(),
        )
    )
    known: set[int] = set()
    for row in sorted(rows, key=lambda row: (row.id, row.first, row.ref != row.theirs.get("measure"), row.entry_id)):
        if row.id not in known and not _is_known(work, authority_id, portal, row.entry_id):
            name = {"our_id": row.entry_id, "external_id": row.external_id}
            standing.put(work, authority_id, portal, RecordKind.ENTRY, **name, version="")
            work.audit(authority_id, "portal.recognised", f"entry/{row.entry_id}", record=row.id)
            known.add(row.id)
    return len(known)


def _is_known(work: Work, authority_id: int, portal: str, entry_id: int) -> bool:
    there = standing.find(work, authority_id, portal, RecordKind.ENTRY, our_id=entry_id)
    return there is not None


def _keep_in_step(coming: Coming, before: Any) -> None:
    """Change the draft as the portal's entry was changed, if it is still as it was put."""
    there = draft_of(coming.work, before)
    if there is None:
        raise Refused("The draft that was made of it is gone: its supplier took it out.")
    found = _locked(coming.work, there.return_id)
    draft = next(one for one in drafts.drafts_of(coming.work, found.id) if one.id == there.id)
    was = kept(coming.work, before)
    label = draft.typed["activity"]
    if coming.theirs.digest == before.agreed and coming.theirs.words == was.words:
        return
    if _its_return(coming).id != found.id:
        raise Refused("It is of another contract or period now, and the draft that was made of it is of the first one.")
    if _is_as(draft, found, label, coming.theirs):
        return
    if was.digest != before.agreed or not _is_as(draft, found, label, was):
        raise Refused("Its supplier changed the draft that was made of it, so it stays as they typed it.")
    _put(coming, found, draft.id, label)


def _put(coming: Coming, found: Reported, draft_id: int | None, label: str = "") -> int:
    measure = found.edition.measure(coming.theirs.fields.get("measure", ""))
    if measure is None:
        raise Refused(
            "“{ref}” is no measure of this contract's catalogue.", ref=coming.theirs.fields.get("measure", "")[:40]
        )
    unit = coming.theirs.fields.get("unit", "")
    if unit and unit != measure.unit.id:
        raise Refused("It is in {theirs}, and {ref} is in {ours}.", theirs=unit, ref=measure.ref, ours=measure.unit.id)
    return drafts.put_draft(
        coming.work,
        found,
        version=take_turn(coming.work, found, found.draft_version),
        typed=_typed(measure, found.period, label or _label(coming), coming.theirs),
        draft_id=draft_id,
    )


def _its_return(coming: Coming) -> Reported:
    """The return that the entry belongs on; raises :class:`Refused` where none is open for it."""
    fields = coming.theirs.facts
    contract = scope.contract_of_reference(coming.work, coming.authority_id, fields.get("contract", ""))
    if contract is None:
        raise Refused("There is no contract “{contract}” here.", contract=fields.get("contract", "")[:60])
    first, last = _day(fields, "first"), _day(fields, "last")
    rows = coming.work.all(
        select(Return.c.id)
        .join(Period, Period.c.id == Return.c.period_id)
        .where(Return.c.contract_id == contract.id, *_covers(fields))
        .order_by(Return.c.id)
    )
    if not rows:
        raise Refused(
            "No return of {contract} covers {first:%d %B %Y} to {last:%d %B %Y}.",
            contract=contract.reference,
            first=first,
            last=last,
        )
    found = _locked(coming.work, rows[0].id)
    if found.revisions:
        raise Refused(
            "The return for {period} was submitted already: its supplier puts it in the next one as a late claim.",
            period=found.period.name,
        )
    return found


def _locked(work: Work, return_id: int) -> Reported:
    """The return, kept from other writers until this is done."""
    work.one(select(Return.c.id).where(Return.c.id == return_id).with_for_update())
    return reported(work, return_id)


def _covers(fields: Mapping[str, str]) -> tuple[Any, Any]:
    return Period.c.first <= _day(fields, "first"), Period.c.last >= _day(fields, "last")


def _day(fields: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(fields.get(name, ""))
    except ValueError:
        raise Refused("It doesn't say of which days it is.") from None


def _label(coming: Coming) -> str:
    """What the draft's activity is called: no two records that come from portals are called alike."""
    row = coming.work.one(select(Authority.c.key).where(Authority.c.id == coming.authority_id))
    return said(
        "{record} ({portal} of {authority})",
        record=coming.theirs.external_id,
        portal=coming.portal,
        authority=row.key if row else "",
    )


def _typed(measure: Measure, period: NamedPeriod, label: str, theirs: Theirs) -> dict[str, str]:
    """The cells of an entry of theirs: what it says, and nothing else."""
    fields = theirs.fields
    quantity = fields.get("quantity", "")
    if measure.unit.entered is Entered.ANSWER:
        quantity = _ANSWERS.get(quantity, quantity)
    elif measure.unit.entered is Entered.TEXT:
        quantity = ""
    share = fields.get("share", "")
    typed = {
        "ref": measure.ref,
        "activity": label,
        "quantity": quantity,
        "contract_share": "" if share == "1" else share,
        "started": fields["first"] if _day(fields, "first") > period.first else "",
        "ended": fields["last"] if _day(fields, "last") < period.last else "",
        "words": theirs.words,
    }
    return {name: text for name, text in typed.items() if text}


def _is_as(draft: Draft, found: Reported, label: str, theirs: Theirs) -> bool:
    """Whether a draft says what an entry of theirs says, and nothing else."""
    measure = found.edition.measure(theirs.fields.get("measure", ""))
    said_here = {name: text for name, text in draft.typed.items() if text}
    return measure is not None and said_here == _typed(measure, found.period, label, theirs)

"""Settling: a person decides a conflict, and what both sides last had alike is moved so that their word goes over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select

from quarterday.db.models import PortalConflict, PortalRecord, PortalSettlement
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.merging import Side
from quarterday.domain.permissions import Permission
from quarterday.domain.portal_records import PortalTerms, RecordKind
from quarterday.domain.sentences import said
from quarterday.errors import Refused
from quarterday.services import scope, words
from quarterday.services.portals import door, runs, standing, verdicts
from quarterday.services.portals.conflicts import DECIDED_HERE, LEAVE, decisions_of, last_of, of_id
from quarterday.services.portals.ours import ours_here
from quarterday.services.returns import reviews

_KEPT_BY_MANAGERS = frozenset({RecordKind.CONTRACT, RecordKind.COMMITMENT})


class Settled(Refused):
    """Somebody settled it since the person opened it, so nothing was decided now."""

    def __init__(self) -> None:
        super().__init__(said("Somebody has settled this since you opened it, so nothing was saved: look at it again."))


def settle(uow: UnitOfWork, actor: Actor, *, conflict_id: int, decision: str, reason: str = "", seen: int = 0) -> int:
    """Settle a conflict for ours or theirs, or leave both as they are; returns the settlement's id.

    Ours goes out with the next run. Theirs is taken at once, through the door. What the rule decided may be decided
    otherwise where a content can become ours again. ``seen`` is the id of the settlement of it that the person saw, 0
    for none: where there is a newer one it raises :class:`Settled`, so that of two persons at once the first holds.
    Raises :class:`Refused` for a decision that can't be done, where one of the two has changed since, and as a review
    does; :class:`~quarterday.errors.NotAllowed` for a role that may not decide on such records.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REVIEW)
        kind = RecordKind(of_id(work, conflict_id).kind)
        if kind in _KEPT_BY_MANAGERS:
            scope.needs(work, Permission.KEEP_CONTRACTS)
        row, record = _locked(work, conflict_id)
        if last_of(work, {record.id})[record.id] != conflict_id:
            raise Refused("There is a newer one of the same record: decide on that.")
        if (row.settlement_id or 0) != seen:
            raise Settled
        terms = runs.agreed_last(work, row.authority_id, row.portal)
        _must_be_possible(row, decision, terms)
        current = _current(work, record, terms)
        _must_stand(row, record, current)
        settlement_id = work.add(
            PortalSettlement,
            conflict_id=conflict_id,
            decision=decision,
            by_user_id=actor.user_id,
            actor=actor.name,
            words_id=words.keep(work, reason),
        )
        if decision == LEAVE:
            both_stay = said("Both stay as they are, as somebody decided, until one of them changes.")
            standing.set_state(work, record.id, standing.SAME, both_stay)
        else:
            if kind in DECIDED_HERE:
                _decide(work, row, record, terms, Side(decision), current, reason)
            _have_it_go_over(work, record)
        work.audit(
            row.authority_id,
            "portal.settled",
            f"portal-record/{record.id}",
            conflict=conflict_id,
            settlement=settlement_id,
            decision=decision,
            ours=row.ours_digest,
            theirs=row.theirs_digest,
        )
        return settlement_id


def _locked(work: Work, conflict_id: int) -> tuple[Row[*tuple[Any, ...]], Row[*tuple[Any, ...]]]:
    """The conflict as it stands once nobody else is at its record, and that record."""
    record = work.connection.execute(
        select(PortalRecord)
        .join(PortalConflict, PortalConflict.c.record_id == PortalRecord.c.id)
        .where(PortalConflict.c.id == conflict_id)
        .with_for_update(of=PortalRecord)
    ).one()
    return of_id(work, conflict_id), record


def _must_be_possible(row: Row[*tuple[Any, ...]], decision: str, terms: PortalTerms | None) -> None:
    possible = decisions_of(row, terms)
    if decision in possible:
        return
    if not possible:
        raise Refused("Nothing is to be decided here: the owner's word was followed, and nothing takes the other one.")
    if decision == Side.THEIRS:
        raise Refused("Nothing here takes what the portal has: change ours as it should be, or leave both as they are.")
    if decision == Side.OURS:
        raise Refused("Ours can't go to the portal, as was agreed with it: change it there, or leave both as they are.")
    raise Refused("“{decision}” is no decision here: it is {possible}.", decision=decision[:40], possible=_or(possible))


def _or(possible: tuple[str, ...]) -> str:
    return said("{first} or {last}", first=", ".join(possible[:-1]), last=possible[-1]) if possible[1:] else possible[0]


def _current(work: Work, record: Row[*tuple[Any, ...]], terms: PortalTerms | None) -> str:
    """The digest of ours as it is now; "" for none."""
    if record.our_id is None or terms is None:
        return ""
    ours = ours_here(work, record.authority_id, RecordKind(record.kind), record.our_id, terms)
    return ours.digest if ours else ""


def _must_stand(row: Row[*tuple[Any, ...]], record: Row[*tuple[Any, ...]], current: str) -> None:
    """Raise :class:`Refused` where one of the two contents has changed since: nobody decides on what they don't see."""
    pair = {row.ours_digest, row.theirs_digest}
    has_changed = (
        current not in pair or record.theirs_digest not in pair
        if row.is_ruled
        else (current, record.theirs_digest) != (row.ours_digest, row.theirs_digest)
    )
    if has_changed:
        raise Refused("One of the two was changed since: the next run holds them against each other again.")


def _decide(
    work: Work,
    row: Row[*tuple[Any, ...]],
    record: Row[*tuple[Any, ...]],
    terms: PortalTerms | None,
    side: Side,
    current: str,
    reason: str,
) -> None:
    """Make the decision of one side ours, unless it is: with a reason it is the person's own, without one theirs comes
    in as the portal's."""
    digest, fields = (row.ours_digest, row.ours) if side is Side.OURS else (row.theirs_digest, row.theirs)
    if current == digest:
        return
    if side is Side.THEIRS and terms and record.theirs_digest == digest and not reason.strip():
        door.take_stored(work, record.id, terms=terms)
        return
    _review(work, record.our_id, fields, reason)


def _have_it_go_over(work: Work, record: Row[*tuple[Any, ...]]) -> None:
    """Make what they have the common ground: what was decided is ours, so ours alone has changed, and goes out."""
    if record.state != standing.UNDER_WAY:  # what is on its way arrives first; ours is another by then, and follows
        standing.set_state(work, record.id, standing.SAME, agreed=record.theirs_digest, version="")


def _review(work: Work, entry_id: int, fields: Mapping[str, str], reason: str) -> None:
    quantity = verdicts.quantity_of(fields["quantity"]) if fields["decision"] == "accepted" else None
    reviews.decide_in(work, entry_id=entry_id, decision=fields["decision"], quantity=quantity, reason=reason)

"""Decisions that were made in a portal: each becomes a review by the actor “portal”, or stands beside its entry."""

from __future__ import annotations

import re
from fractions import Fraction

from sqlalchemy import Row, select

from quarterday.db.models import Entry, Review
from quarterday.db.work import Work
from quarterday.domain.exact import NotANumber, exact_text, number, storable
from quarterday.domain.portal_records import RecordKind, VerdictsTaken
from quarterday.domain.return_states import DECIDED
from quarterday.errors import Refused
from quarterday.services.portals import standing, suggestions
from quarterday.services.portals.coming import Coming
from quarterday.services.portals.theirs import Theirs
from quarterday.services.returns import reviews

_OURS = re.compile(r"(?:entry/)?([1-9]\d{0,17})", re.ASCII)
_FRACTION = re.compile(r"\d+/[1-9]\d*", re.ASCII)


def entry_of(work: Work, authority_id: int, portal: str, theirs: Theirs) -> int | None:
    """The id that a verdict or a piece of evidence gives of its entry, by our number or by what the portal calls it.

    None where it gives none that is known. Whether it is the authority's is for the caller to find out.
    """
    named = theirs.fields.get("entry", "")
    if ours := _OURS.fullmatch(named):
        return int(ours[1])
    there = standing.find(work, authority_id, portal, RecordKind.ENTRY, external_id=named) if named else None
    return None if there is None else there.our_id


def completed(work: Work, entry_id: int, theirs: Theirs) -> Theirs:
    """The same record with our number of its entry; an acceptance without a quantity is of all that counts."""
    fields = {"entry": str(entry_id)}
    if (
        theirs.kind is RecordKind.VERDICT
        and theirs.fields.get("decision") == "accepted"
        and not theirs.fields.get("quantity")
    ):
        entry = work.one(select(Entry.c.findings).where(Entry.c.id == entry_id))
        fields["quantity"] = exact_text(Fraction(entry.findings["counted"])) if entry else ""
    return theirs.with_fields(**fields)


def take(coming: Coming, entry_id: int) -> str:
    """Take a verdict on an entry as the authority chose; returns the state in which its record is then.

    Where it is only suggested, it is so beside an entry on which nobody has decided; in place of a decision of ours it
    comes because a person chose it, and is a review. What is decided here already is not decided again. Raises
    :class:`Refused` where the rules of reviewing refuse it, and for one on an entry that another took the place of:
    what was judged is no longer claimed.
    """
    work, decision = coming.work, coming.theirs.fields["decision"]
    accepted = quantity_of(coming.theirs.fields.get("quantity", ""))
    newest = _newest(work, entry_id)
    is_ours = _is_ours(newest, decision, accepted)
    if not is_ours and work.all(select(Entry.c.id).where(Entry.c.replaces_entry_id == entry_id)):
        raise Refused("It is on an entry that a newer one took the place of: decide on the newer one.")
    if coming.terms.verdicts is VerdictsTaken.SUGGESTION and (is_ours or newest is None):
        suggestions.put(coming, entry_id, decision, accepted, is_ours=is_ours)
        return standing.SAME if is_ours else standing.WAITING
    if not is_ours:
        quantity = accepted if decision == "accepted" else None
        reviews.decide_in(work, entry_id=entry_id, decision=decision, quantity=quantity, reason=coming.theirs.words)
    return standing.SAME


def quantity_of(text: str) -> Fraction:
    """A quantity as a record has it, 0 for none; raises :class:`Refused` for no number, and for one beyond all."""
    try:
        return storable(Fraction(text) if _FRACTION.fullmatch(text) else number(text)) if text else Fraction(0)
    except NotANumber as problem:
        raise Refused(str(problem)) from problem


def _newest(work: Work, entry_id: int) -> Row[str, int, int] | None:
    return work.one(
        select(Review.c.decision, Review.c.numerator, Review.c.denominator)
        .where(Review.c.entry_id == entry_id, Review.c.decision.in_(DECIDED))
        .order_by(Review.c.id.desc())
        .limit(1)
    )


def _is_ours(newest: Row[str, int, int] | None, decision: str, accepted: Fraction) -> bool:
    if newest is None or newest.decision != decision:
        return False
    return decision != "accepted" or Fraction(newest.numerator, newest.denominator) == accepted

"""What messages are filled with, in words: contracts, periods, quantities, decisions and moments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from quarterday.db.models import Activity, Entry, Review, RevisionEntry, Words
from quarterday.db.work import LONDON, Work
from quarterday.domain.catalogue import Measure
from quarterday.domain.exact import shown
from quarterday.domain.periods import in_words
from quarterday.domain.return_states import DECIDED
from quarterday.errors import Refused
from quarterday.services import scope, words
from quarterday.services.returns.reported import Reported

_PLACES = 3
"""How many places of a quantity are shown, as on the pages."""


def of_return(work: Work, found: Reported) -> dict[str, str]:
    """The council, the contract and the period of a return."""
    contract = scope.contract(work, found.contract_id)
    return {
        "council": scope.authority(work, found.authority_id).name,
        "contract": f"{contract.reference} {contract.title}",
        "period": in_words(found.period.first, found.period.last),
    }


def entries(work: Work, found: Reported, revision_id: int) -> str:
    """What a revision holds, an entry a line."""
    query = _ENTRIES.join(RevisionEntry, RevisionEntry.c.entry_id == Entry.c.id)
    rows = work.all(query.where(RevisionEntry.c.revision_id == revision_id))
    return "\n".join(_said(found, row) for row in rows) or "Nothing to report"


def questions(work: Work, found: Reported, review_ids: Sequence[int]) -> list[str]:
    """What is asked by those reviews, each with the entry it is about, in a line; erased words are left out."""
    rows = work.all(
        select(Review.c.entry_id, Words.c.text)
        .join(Words, Words.c.id == Review.c.words_id)
        .where(Review.c.id.in_(review_ids), Words.c.text.is_not(None))
        .order_by(Review.c.id)
    )
    about = {row.id: row for row in work.all(_ENTRIES.where(Entry.c.id.in_([row.entry_id for row in rows])))}
    return [f"{_said(found, about[row.entry_id])}: “{' '.join(row.text.split())}”" for row in rows]


def decisions(work: Work, found: Reported, entry_ids: Iterable[int]) -> str:
    """What was decided on each of those entries, with the council's reason, an entry a line."""
    wanted = list(entry_ids)
    rows = work.all(_ENTRIES.where(Entry.c.id.in_(wanted)))
    reviews = work.all(
        select(Review.c.entry_id, Review.c.decision, Review.c.numerator, Review.c.denominator, Review.c.words_id)
        .where(Review.c.entry_id.in_(wanted), Review.c.decision.in_(DECIDED))
        .order_by(Review.c.id)
    )
    newest = {one.entry_id: one for one in reviews}
    reasons = words.read(work, [one.words_id for one in newest.values() if one.words_id is not None])
    lines = []
    for row in rows:
        review, claimed = newest[row.id], Fraction(row.numerator, row.denominator)
        accepted = Fraction(review.numerator, review.denominator)
        outcome = _outcome(_measure(found, row.ref), review.decision, claimed, accepted)
        reason = " ".join(reasons.get(review.words_id or 0, "").split())
        lines.append(f"{_said(found, row)}, {outcome}" + (f" “{reason}”" if reason else ""))
    return "\n".join(lines)


def quantity(measure: Measure, number: Fraction) -> str:
    """A quantity with its unit: “12.5 weeks”, “£1,250.50”, “70%”, “yes”."""
    unit = measure.unit
    if not unit.is_counted:
        return "yes" if number else "no"
    if unit.id.startswith("£"):
        pounds, point, pence = shown(number).partition(".")
        return f"£{pounds}{point}{pence:0<2}" if point else f"£{pounds}"
    if unit.id == "%":
        return f"{shown(number, _PLACES)}%"
    if number == 1 and measure.things:  # only what many of them are called is known
        return f"{measure.things}: 1"
    return f"{shown(number, _PLACES)} {unit.one if number == 1 else measure.unit_words}".strip()


def day(when: date) -> str:
    """A day, like “3 July 2026”."""
    return f"{when:%-d %B %Y}"


def moment(when: datetime) -> str:
    """A moment by the clocks of the United Kingdom, like “14:05 on 3 July 2026”."""
    local = when.astimezone(LONDON)
    return f"{local:%H:%M} on {day(local.date())}"


_ENTRIES = (
    select(
        Entry.c.id,
        Entry.c.ref,
        Entry.c.numerator,
        Entry.c.denominator,
        Entry.c.share_numerator,
        Entry.c.share_denominator,
        Activity.c.label,
    )
    .outerjoin(Activity, Activity.c.id == Entry.c.activity_id)
    .order_by(Entry.c.id)
)


def _said(found: Reported, row: Any) -> str:
    measure = _measure(found, row.ref)
    of = f"{measure.title}, {row.label}" if row.label else measure.title
    share = Fraction(row.share_numerator, row.share_denominator)
    part = "" if share == 1 else f" (this contract’s share is {share})"
    return f"{of}: {quantity(measure, Fraction(row.numerator, row.denominator))}{part}"


def _outcome(measure: Measure, decision: str, claimed: Fraction, accepted: Fraction) -> str:
    if decision == "rejected":
        return "not accepted."
    if accepted == claimed:
        return "accepted."
    if not accepted:
        return "of which nothing was accepted."
    return f"accepted in part: {quantity(measure, accepted)}."


def _measure(found: Reported, ref: str) -> Measure:
    measure = found.edition.measure(ref)
    if measure is None:
        raise Refused("An entry is for {ref}, which its contract's edition doesn't have.", ref=ref)
    return measure

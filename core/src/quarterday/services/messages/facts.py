"""What messages are filled with, in words: contracts, periods, quantities, decisions and moments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import select

from quarterday.db.models import Entry, Review, RevisionEntry
from quarterday.db.work import LONDON, Work
from quarterday.domain.catalogue import Measure
from quarterday.domain.exact import shown
from quarterday.domain.return_states import DECIDED
from quarterday.errors import Refused
from quarterday.services import scope, words
from quarterday.services.returns.reported import Reported


def of_return(work: Work, found: Reported) -> dict[str, str]:
    """The council, the contract and the period of a return."""
    contract = scope.contract(work, found.contract_id)
    return {
        "council": scope.authority(work, found.authority_id).name,
        "contract": f"{contract.reference} {contract.title}",
        "period": found.period.name,
    }


def entries(work: Work, found: Reported, revision_id: int) -> str:
    """What a revision holds, an entry a line."""
    rows = work.all(
        select(Entry.ref, Entry.numerator, Entry.denominator)
        .join(RevisionEntry, RevisionEntry.entry_id == Entry.id)
        .where(RevisionEntry.revision_id == revision_id)
        .order_by(Entry.id)
    )
    said = (entry(found, row.ref, Fraction(row.numerator, row.denominator)) for row in rows)
    return "\n".join(said) or "Nothing to report"


def entry(found: Reported, ref: str, claimed: Fraction) -> str:
    """An entry in a line: the measure, and what was claimed."""
    measure = _measure(found, ref)
    return f"{measure.title}: {quantity(measure, claimed)}"


def decisions(work: Work, found: Reported, entry_ids: Iterable[int]) -> str:
    """What was decided on each of those entries, with the council's reason, an entry a line."""
    wanted = list(entry_ids)
    rows = work.all(
        select(Entry.id, Entry.ref, Entry.numerator, Entry.denominator).where(Entry.id.in_(wanted)).order_by(Entry.id)
    )
    reviews = work.all(
        select(Review.entry_id, Review.decision, Review.numerator, Review.denominator, Review.words_id)
        .where(Review.entry_id.in_(wanted), Review.decision.in_(DECIDED))
        .order_by(Review.id)
    )
    newest = {one.entry_id: one for one in reviews}
    reasons = words.read(work, [one.words_id for one in newest.values() if one.words_id is not None])
    lines = []
    for row in rows:
        review, claimed = newest[row.id], Fraction(row.numerator, row.denominator)
        accepted = Fraction(review.numerator, review.denominator)
        outcome = _outcome(_measure(found, row.ref), review.decision, claimed, accepted)
        reason = " ".join(reasons.get(review.words_id or 0, "").split())
        lines.append(f"{entry(found, row.ref, claimed)}, {outcome}" + (f" “{reason}”" if reason else ""))
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
        return f"{shown(number, 4)}%"
    return f"{shown(number, 4)} {unit.one if number == 1 and not measure.things else measure.unit_words}".strip()


def day(when: date) -> str:
    """A day, like “3 July 2026”."""
    return f"{when:%-d %B %Y}"


def moment(when: datetime) -> str:
    """A moment by the clocks of the United Kingdom, like “14:05 on 3 July 2026”."""
    local = when.astimezone(LONDON)
    return f"{local:%H:%M} on {day(local.date())}"


def _outcome(measure: Measure, decision: str, claimed: Fraction, accepted: Fraction) -> str:
    if decision == "rejected":
        return "not accepted."
    if accepted == claimed or not measure.unit.is_counted:
        return "accepted."
    return f"of which {quantity(measure, accepted)} accepted."


def _measure(found: Reported, ref: str) -> Measure:
    measure = found.edition.measure(ref)
    if measure is None:
        raise Refused(f"An entry is for {ref}, which its contract's edition doesn't have.")
    return measure

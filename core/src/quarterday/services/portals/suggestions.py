"""What a portal says of entries, for the reviewer to see beside them; it decides nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select

from quarterday.db.models import Contract, Entry, Suggestion, Words
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.exact import exact_text
from quarterday.domain.permissions import Permission
from quarterday.services import scope
from quarterday.services.portals.coming import Coming
from quarterday.services.portals.theirs import words_in


@dataclass(frozen=True, slots=True)
class Suggested:
    """What a portal says of one entry."""

    id: int
    portal: str
    decision: str
    """accepted, queried, rejected."""
    quantity: Fraction
    """Accepted over there, in the measure's unit, before attribution; 0 unless accepted."""
    words: str
    """Why, as the portal gave it; "" for nothing, and once it is erased."""
    at: datetime
    """When it was said there; where the portal doesn't say, when it came."""

    @property
    def typed(self) -> str:
        """The quantity as somebody would type it to accept just that."""
        return exact_text(self.quantity)


def put(coming: Coming, entry_id: int, decision: str, accepted: Fraction, *, is_ours: bool) -> None:
    """Put what a portal says beside an entry, once as long as it says the same.

    What ``is_ours`` too is said only where it said otherwise before, so that this no longer stands.
    """
    said = {
        "decision": decision,
        "numerator": accepted.numerator,
        "denominator": accepted.denominator,
        "words_id": coming.words_id,
    }
    last = coming.work.one(
        select(Suggestion).where(
            Suggestion.c.record_id == coming.record_id,
            Suggestion.c.entry_id == entry_id,
            newest(Suggestion, Suggestion.c.record_id),
        )
    )
    if is_ours if last is None else all(getattr(last, name) == one for name, one in said.items()):
        return
    suggestion_id = coming.work.add(
        Suggestion,
        authority_id=coming.authority_id,
        portal=coming.portal,
        entry_id=entry_id,
        record_id=coming.record_id,
        said_at=coming.theirs.changed_at,
        **said,
    )
    coming.work.audit(
        coming.authority_id,
        "entry.suggested",
        f"entry/{entry_id}",
        suggestion=suggestion_id,
        decision=decision,
        quantity=[accepted.numerator, accepted.denominator],
    )


def suggestions_of(uow: UnitOfWork, actor: Actor, *, entry_ids: Collection[int]) -> dict[int, Suggested]:
    """What a portal says of each of those entries, by the entry; the newest counts, and of most there is nothing.

    Entries out of the actor's scope are left out. Raises :class:`~quarterday.errors.NotAllowed` for a supplier.
    """
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        rows = work.all(
            select(Suggestion, Words.c.text)
            .join(Entry, Entry.c.id == Suggestion.c.entry_id)
            .join(Contract, Contract.c.id == Entry.c.contract_id)
            .outerjoin(Words, Words.c.id == Suggestion.c.words_id)
            .where(
                Suggestion.c.entry_id.in_(list(entry_ids)),
                newest(Suggestion, Suggestion.c.entry_id),
                scope.visible(work),
            )
        )
    return {
        row.entry_id: Suggested(
            id=row.id,
            portal=row.portal,
            decision=row.decision,
            quantity=Fraction(row.numerator, row.denominator),
            words=words_in(row.text),
            at=row.said_at or row.recorded_at,
        )
        for row in rows
    }

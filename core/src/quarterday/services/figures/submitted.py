"""What was submitted in a return and still stands, with all that was said of it since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from quarterday.db.models import Activity, Entry, Review, User, Words
from quarterday.db.newest import not_replaced
from quarterday.db.work import Work
from quarterday.domain.catalogue import Catalogue, Measure
from quarterday.domain.return_states import DECIDED
from quarterday.services import words
from quarterday.services.returns.drafts import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One word on an entry, with who said it, when and why."""

    id: int
    decision: str
    """accepted, queried, answered, rejected."""
    at: datetime
    by: str
    """The name of whoever said it; "" where it came by another door."""
    door: str
    """As the audit trail has it: ``user/12``, ``cli``, ``portal``."""
    words: str
    """"" where there were none, or they were erased."""
    accepted: Fraction
    """In the measure's unit, before attribution; 0 unless accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """One entry that was submitted, and nothing replaced since. Quantities are in the measure's unit."""

    id: int
    measure: Measure
    typed: Mapping[str, str]
    """Its cells by field, with label and free text."""
    first: date
    last: date
    is_late: bool
    claimed: Fraction
    """Before attribution."""
    share: Fraction
    talk: tuple[Said, ...]
    """What was said of it, the newest last."""

    @property
    def decision(self) -> str:
        """accepted, queried or rejected; "" while nobody has decided."""
        return next((said.decision for said in reversed(self.talk) if said.decision in DECIDED), "")

    @property
    def is_answered(self) -> bool:
        """Whether the newest word on it is the supplier's."""
        return bool(self.talk) and self.talk[-1].decision == "answered"

    @property
    def accepted(self) -> Fraction | None:
        """For this contract, after attribution; None unless accepted."""
        return self.talk[-1].accepted * self.share if self.decision == "accepted" else None

    @property
    def is_in_part(self) -> bool:
        """Whether less was accepted than claimed."""
        return self.accepted is not None and self.accepted < self.claimed * self.share


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Entered):
    """The same, as the supplier who sent it sees it."""

    evidence: int
    """How many pieces back it."""
    answering: int | None
    """The draft that is to take its place, where one is being written."""


def sent_of(
    work: Work, edition: Catalogue, return_id: int, drafts: Sequence[Draft], backing: Mapping[int, int]
) -> list[Sent]:
    """The step that reads the entries of a return's newest revision, in the order in which they came.

    ``backing`` is how much evidence backs each entry.
    """
    measures = {measure.ref: measure for measure in edition.measures}
    answering = {draft.replaces_entry_id: draft.id for draft in drafts}
    talk = talk_of(work, return_id)
    return [
        Sent(
            id=row.id,
            measure=measures[row.ref],
            typed={**row.typed, **words.fields_of(row.text), "ref": row.ref, "activity": row.label or ""},
            first=row.first,
            last=row.last,
            is_late=row.is_late,
            claimed=Fraction(row.numerator, row.denominator),
            share=Fraction(row.share_numerator, row.share_denominator),
            talk=tuple(talk.get(row.id, ())),
            evidence=backing.get(row.id, 0),
            answering=answering.get(row.id),
        )
        for row in work.all(_entries(), return_id=return_id)
    ]


def talk_of(work: Work, return_id: int) -> Mapping[int, list[Said]]:
    """The step that reads what was said of each entry of a return, by the entry's id, the newest last."""
    found: dict[int, list[Said]] = defaultdict(list)
    for row in work.all(_talk(), return_id=return_id):
        found[row.entry_id].append(
            Said(
                id=row.id,
                decision=row.decision,
                at=row.recorded_at,
                by=row.name or "",
                door=row.actor,
                words=row.text or "",
                accepted=Fraction(row.numerator, row.denominator),
            )
        )
    return found


@cache
def _entries() -> Select[*tuple[Any, ...]]:
    query: Any = (
        select(
            Entry.c.id,
            Entry.c.ref,
            Entry.c.typed,
            Entry.c.first,
            Entry.c.last,
            Entry.c.is_late,
            Entry.c.numerator,
            Entry.c.denominator,
            Entry.c.share_numerator,
            Entry.c.share_denominator,
            Activity.c.label,
            Words.c.text,
        )
        .outerjoin(Activity, Activity.c.id == Entry.c.activity_id)
        .outerjoin(Words, Words.c.id == Entry.c.words_id)
        .where(
            Entry.c.return_id == bindparam("return_id"),
            not_replaced(),
        )
        .order_by(Entry.c.id)
    )
    return query  # type: ignore[no-any-return]


@cache
def _talk() -> Select[*tuple[Any, ...]]:
    query: Any = (
        select(
            Review.c.id,
            Review.c.entry_id,
            Review.c.decision,
            Review.c.recorded_at,
            Review.c.actor,
            Review.c.numerator,
            Review.c.denominator,
            User.c.name,
            Words.c.text,
        )
        .join(Entry, Entry.c.id == Review.c.entry_id)
        .outerjoin(User, User.c.id == Review.c.by_user_id)
        .outerjoin(Words, Words.c.id == Review.c.words_id)
        .where(Entry.c.return_id == bindparam("return_id"))
        .order_by(Review.c.id)
    )
    return query  # type: ignore[no-any-return]

"""What records are about, in the words by which people know it, and the page on which they look at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from flask import url_for

from quarterday import Measure, RecordKind
from quarterday.services.portals.naming import Asked, Subject, subjects
from quarterday_portal_sync.screens import words

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk


@dataclass(frozen=True, slots=True)
class About:
    """What a record is about."""

    kind: RecordKind
    number: str
    """Of a claim, and of what is about one: the claim's number here; "" where it has none."""
    href: str
    """The page of it here; "" where it has none."""
    subject: Subject
    contract: str
    """Its title, or the reference that the other side gives."""
    measure: str
    """Its title, or the ref that the other side gives; "" for a contract."""
    quantity: Fraction | None
    """What is claimed or promised, in the measure's unit; None where that isn't known as one."""
    first: date | None
    last: date | None

    @property
    def measured(self) -> Measure | None:
        """The measure, where it is known."""
        return self.subject.measure


def about(desk: Desk, records: Sequence[tuple[RecordKind, str, Mapping[str, str]]]) -> list[About]:
    """What each record is about: its kind, our key of it ("" for one that only they have), and its fields."""
    asked = [Asked(*record) for record in records]
    found = subjects(desk.uow, desk.actor(), authority_id=desk.authority_id(), records=asked)
    return [_about(one, subject) for one, subject in zip(asked, found, strict=True)]


def _about(one: Asked, subject: Subject) -> About:
    fields, claim = one.fields, subject.claim
    first, last = (words.value(name, fields.get(name, "")) for name in ("first", "last"))
    amount = words.value("quantity", fields.get("quantity") or fields.get("target", ""))
    is_decision = one.kind in (RecordKind.VERDICT, RecordKind.EVIDENCE)
    return About(
        one.kind,
        str(claim.id) if claim else "",
        _page(one.kind, subject),
        subject,
        subject.title or fields.get("title") or fields.get("contract", ""),
        subject.measure.title if subject.measure else fields.get("measure", ""),
        claim.quantity if claim and is_decision else amount if isinstance(amount, Fraction) else None,
        first if isinstance(first, date) else claim.first if claim else None,
        last if isinstance(last, date) else claim.last if claim else None,
    )


def _page(kind: RecordKind, subject: Subject) -> str:
    if subject.claim:
        return url_for("council.explain_one", entry_id=subject.claim.id)
    if subject.contract_id and kind in (RecordKind.CONTRACT, RecordKind.COMMITMENT):
        return url_for("council.contract", contract_id=subject.contract_id)
    return ""

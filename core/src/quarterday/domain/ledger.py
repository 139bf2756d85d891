"""Claimed local spend against what the council's own ledger shows, with the reasons why they may differ.

The ledger shows what the council paid; a claim is of what the supplier spent. So a ledger bears a claim out, sets it a
limit, or can't tell; it never proves that a supplier spent nothing with others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from quarterday.domain.catalogue import LocalArea, Measure
from quarterday.domain.exact import pounds
from quarterday.domain.locality import meaning
from quarterday.domain.sentences import Sentence, said

NEARLY_ALL = Fraction(95, 100)
"""Where a postcode is known for a smaller part of what was paid, that is given as a reason (our judgement)."""

_SPEND = ("£", "£ invested")


class Standing(StrEnum):
    """How a claim of local spend stands against the ledger."""

    BORNE_OUT = "borne out"
    """No more is claimed than was paid locally."""
    WITHIN = "within what was paid"
    """More than was paid locally, and no more than was paid: the rest can have gone to subcontractors."""
    ABOVE = "above what was paid"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the ledger says of a contract; money is in micropounds."""

    until: date | None
    """The day of the newest payment in it; None where it holds none."""
    lines: int
    paid: int
    placed: int
    """The part paid to payees whose postcode is known."""
    local: int | None
    """The part of that which is local; None where no definition was asked for."""
    area: LocalArea | None
    """By which definition."""
    unattributed: int
    """What the same payees were paid besides, on no contract for certain."""
    trigger: int | None
    """The paid spend from which delivery is recorded; None where it is from the beginning."""
    reached_on: date | None
    """When that was reached; None where it wasn't."""

    @property
    def coverage(self) -> Fraction | None:
        """The part of what was paid whose payees' postcodes are known; None where nothing was paid."""
        return Fraction(self.placed, self.paid) if self.paid > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The local spend that is claimed on a contract, up to a day."""

    amount: int
    """In micropounds, of entries that stand, whatever was decided on them."""
    until: date
    """The last day of the newest period that it is claimed for."""
    area: LocalArea | None
    """The definition that the contract goes by today."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How a claim stands, and why it may differ, in sentences."""

    standing: Standing
    reasons: tuple[Sentence, ...]


def is_local_spend(measure: Measure) -> bool:
    """Whether a measure counts pounds spent locally, which a ledger may know something of."""
    return measure.is_local_economic and measure.unit.id in _SPEND


def compare(claimed: Claimed, known: Known) -> Compared:
    """A claim of local spend against the ledger; on unlike definitions of “local” they aren't compared (DOMAIN 5)."""
    if known.until is None:
        return Compared(Standing.NOT_COMPARED, (said("The ledger holds no payments yet."),))
    if known.local is None:
        why = said("The contract has no definition of “local”, so the ledger can't say what is.")
        return Compared(Standing.NOT_COMPARED, (why,))
    if meaning(claimed.area) != meaning(known.area):
        why = said(
            "The ledger was asked by another definition of “local” ({theirs}) than the contract goes by now ({ours}).",
            theirs=_name(known.area),
            ours=_name(claimed.area),
        )
        return Compared(Standing.NOT_COMPARED, (why,))
    if claimed.amount <= known.local:
        return Compared(Standing.BORNE_OUT, ())
    standing = Standing.WITHIN if claimed.amount <= known.paid else Standing.ABOVE
    return Compared(standing, tuple(_reasons(claimed, known, standing)))


def _reasons(claimed: Claimed, known: Known, standing: Standing) -> Iterator[Sentence]:
    """Why more can be claimed than the ledger shows as local."""
    if standing is Standing.ABOVE:
        yield said(
            "{claimed} is claimed and {paid} was paid on the contract: ask from what the rest was spent.",
            claimed=pounds(claimed.amount),
            paid=pounds(known.paid),
        )
    if known.until and known.until < claimed.until:
        yield said(
            "The ledger knows payments up to {known}, and the claim is for the time up to {claimed}.",
            known=known.until,
            claimed=claimed.until,
        )
    if known.coverage is not None and known.coverage < NEARLY_ALL:
        yield said(
            "The postcode is known for {percent}% of what was paid; the rest counts neither as local nor as not.",
            percent=int(known.coverage * 100),
        )
    if known.unattributed > 0:
        yield said(
            "Another {amount} was paid to the same supplier and is on no contract for certain; it may belong here.",
            amount=pounds(known.unattributed),
        )
    yield said(
        "A subcontractor's spend can't appear in your ledger: ask the supplier for the invoices behind the difference."
    )


def _name(area: LocalArea | None) -> str:
    return area.name if area else said("none")

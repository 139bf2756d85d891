"""A bridge from one figure to another: what came, went, changed and was valued otherwise, in steps that sum exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from quarterday.domain.catalogue import LocalArea, Measure
from quarterday.domain.locality import meaning
from quarterday.domain.valuation import Amount, total

Worth = Callable[[Fraction], Amount]
"""What a quantity is worth: one rounding for each call."""


class Step(StrEnum):
    """Why a figure differs from an earlier one, in the order in which the steps are taken (DOMAIN 4.4 and 4.18)."""

    ENDED = "ended"
    """Contracts that ended, and measures that the later edition doesn't have."""
    NEW = "new"
    """Contracts and commitments that are new, and measures that the earlier edition didn't have."""
    VARIED = "varied"
    """Targets that were varied; decisions and entries that were changed."""
    DELIVERED = "delivered"
    LATE = "late claims"
    REVALUED = "re-valued"
    """The same quantities by other unit values; always last, so that it holds all of what values changed."""


@dataclass(frozen=True, slots=True)
class Move:
    """One step: by how much the quantity and the £ changed."""

    quantity: Fraction = Fraction(0)
    micropounds: int = 0

    def __add__(self, other: Move) -> Move:
        return Move(self.quantity + other.quantity, self.micropounds + other.micropounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """Two figures and the steps between them. The steps sum to the difference exactly, or there is no bridge."""

    before: Amount
    after: Amount
    quantity_before: Fraction = Fraction(0)
    quantity_after: Fraction = Fraction(0)
    steps: Mapping[Step, Move] = field(default_factory=dict)
    """Only the steps that changed anything."""

    def __post_init__(self) -> None:
        whole = sum(self.steps.values(), Move(self.quantity_before, self.before.micropounds))
        if whole != Move(self.quantity_after, self.after.micropounds):
            raise ValueError(f"the steps lead to {whole}, not to {self.quantity_after} and {self.after}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureBridge:
    """The bridges of one measure, by the edition its contracts are pinned to and a definition of “local”."""

    measure: Measure
    edition: str
    local: LocalArea | None
    committed: Bridge
    accepted: Bridge


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeTotals:
    """£ of several measures: local economic value apart from the rest, and on each definition of “local” by itself."""

    local_economic: tuple[tuple[LocalArea | None, Bridge], ...]
    social: Bridge

    @property
    def together(self) -> Bridge | None:
        """Both as one; None where local value rests on unlike definitions, which are never added (DOMAIN 5)."""
        if len(self.local_economic) > 1:
            return None
        return pounds_of((*(one for _, one in self.local_economic), self.social))


def between(
    before: Fraction, changes: Iterable[tuple[Step, Fraction]], worth_before: Worth, worth_after: Worth
) -> Bridge:
    """The bridge of what is valued as one quantity: its changes by step, at the earlier values, then the later values.

    £ are those of the whole quantity after each step less those before it, so that roundings never break the sum.
    """
    by_step: dict[Step, Fraction] = {}
    for step, change in changes:
        by_step[step] = by_step.get(step, Fraction(0)) + change
    quantity, worth = before, worth_before(before)
    first, steps = worth, dict[Step, Move]()
    for step in Step:
        if change := by_step.get(step, Fraction(0)):
            now = worth_before(quantity + change)
            steps[step] = Move(change, now.micropounds - worth.micropounds)
            quantity, worth = quantity + change, now
    after = worth_after(quantity)
    if after.micropounds != worth.micropounds:
        steps[Step.REVALUED] = Move(micropounds=after.micropounds - worth.micropounds)
    return Bridge(before=first, after=after, quantity_before=before, quantity_after=quantity, steps=steps)


def add(bridges: Iterable[Bridge]) -> Bridge:
    """Bridges of one measure as one."""
    listed = list(bridges)
    steps = {step: move for step in Step if (move := _moved(listed, step)) != Move()}
    return Bridge(
        before=total(one.before for one in listed),
        after=total(one.after for one in listed),
        quantity_before=sum((one.quantity_before for one in listed), Fraction(0)),
        quantity_after=sum((one.quantity_after for one in listed), Fraction(0)),
        steps=steps,
    )


def pounds_of(bridges: Iterable[Bridge]) -> Bridge:
    """Bridges of several measures as one, in £ alone: their quantities are of different things."""
    listed = list(bridges)
    moves = {step: Move(micropounds=_moved(listed, step).micropounds) for step in Step}
    return Bridge(
        before=total(one.before for one in listed),
        after=total(one.after for one in listed),
        steps={step: move for step, move in moves.items() if move != Move()},
    )


def totals(measures: Iterable[MeasureBridge], of: Callable[[MeasureBridge], Bridge]) -> BridgeTotals:
    """The £ of one stage over measures: ``totals(bridges, lambda one: one.accepted)``."""
    social, local = list[Bridge](), dict[object, tuple[LocalArea | None, list[Bridge]]]()
    for one in measures:
        if one.measure.is_local_economic:
            local.setdefault(meaning(one.local), (one.local, []))[1].append(of(one))
        else:
            social.append(of(one))
    return BridgeTotals(
        local_economic=tuple((area, pounds_of(bridges)) for area, bridges in local.values()), social=pounds_of(social)
    )


def _moved(bridges: Iterable[Bridge], step: Step) -> Move:
    return sum((one.steps.get(step, Move()) for one in bridges), Move())

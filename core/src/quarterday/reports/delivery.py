"""What the delivery report says, by measure: promised, due, claimed and accepted, and the £ beside the quantities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from quarterday.domain.catalogue import Kind, LocalArea
from quarterday.domain.delivery import Figures, Stage, Totals, totals
from quarterday.domain.periods import Period
from quarterday.domain.valuation import Amount
from quarterday.domain.values import Shipped, ValueSet

WARNING = "ILLUSTRATIVE: these £ use made-up numbers and stand for nothing real."

VALUED = ("committed", "due", "accepted")
"""The stages that have £: a claim is worth nothing until it is accepted."""


@dataclass(frozen=True)
class DeliveryReport:
    """The delivery of one authority's contracts, in one period or in all, as it was known at a moment."""

    authority_key: str
    authority: str
    period: Period | None
    """None for all periods up to the moment."""
    as_at: datetime
    figures: tuple[Figures, ...]
    """One a measure of an edition and, where it rests on “local”, a definition of it; in catalogue order."""
    value_sets: tuple[ValueSet, ...]
    """Those that the £ come from."""
    other_rhythms: int
    """How many contracts report for spans that are not within the period, and so are not in the figures."""

    @cached_property
    def is_illustrative(self) -> bool:
        """Whether made-up values are among the £."""
        return any(values.shipped is Shipped.ILLUSTRATIVE for values in self.value_sets)

    @cached_property
    def totals(self) -> dict[str, Totals]:
        """The £ of each valued stage."""
        return {name: totals(self.figures, lambda one, name=name: stage(one, name)) for name in VALUED}  # type: ignore[misc]

    @property
    def local_areas(self) -> tuple[LocalArea, ...]:
        """The definitions of “local” that the figures rest on."""
        return tuple({one.local.name: one.local for one in self.figures if one.local}.values())

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why some £ are missing, each reason once."""
        amounts = [amount for all_of_it in self.totals.values() for _, amount in parts(all_of_it)]
        return tuple(sorted({reason for amount in amounts for reason in amount.reasons}))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the figures, a sentence each."""
        return tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        if self.is_illustrative:
            yield WARNING
        if self.other_rhythms:
            many = "1 contract reports" if self.other_rhythms == 1 else f"{self.other_rhythms:,} contracts report"
            yield f"{many} for spans that are not within this period; they are in the report of a longer one."
        if any(stage.quantity is None for one in self.figures for stage in (one.claimed, one.accepted)):
            yield "Percentages of several contracts are never added; ask for one contract's."
        if any(one.opening.quantity for one in self.figures):
            yield "What was delivered before the record began is shown apart and is in no other figure."
        if len(self.totals["accepted"].local_economic) > 1:
            yield "Local economic value rests on different definitions of “local”, which are never added."


def stage(figures: Figures, name: str) -> Stage:
    """One stage of a measure's figures, by name."""
    found: Stage = getattr(figures, name)
    return found


def worth(figures: Figures, name: str) -> Amount | None:
    """The £ of one stage; None for a measure that never adds money (DOMAIN 4.2)."""
    return stage(figures, name).worth if figures.measure.kind is Kind.MONETISED else None


def parts(of: Totals) -> list[tuple[str, Amount]]:
    """The parts of a total with what each is called; “Together” only where they may be added."""
    named = [
        (f"Local economic value ({area.name})" if area else "Local economic value", amount)
        for area, amount in of.local_economic
    ]
    whole = [("Together", of.together)] if of.together is not None else []
    return [*named, ("Social and environmental value", of.social), *whole]

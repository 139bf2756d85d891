"""Delivery figures: what was promised, is due by now, was claimed and was accepted; quantities first, £ beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from quarterday.domain.catalogue import Catalogue, LocalArea, Measure
from quarterday.domain.locality import meaning, one_area
from quarterday.domain.units import Runs
from quarterday.domain.valuation import Amount, total

NOTHING = Amount(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of committed → due → claimed → accepted: the quantity in the measure's unit, and its £.

    ``quantity`` is None where figures of a rate come together, which are never added.
    """

    quantity: Fraction | None = Fraction(0)
    worth: Amount = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The delivery of one measure: for a contract, a supplier, a period, or all together.

    A claim has no £ of its own: only what was accepted is valued.
    """

    measure: Measure
    edition: str
    local: LocalArea | None
    """The definition of “local” that the figures rest on, for a measure that depends on it; else None."""
    opening: Stage = Stage()
    """Delivered before the record began; shown apart, and never part of what was accepted."""
    committed: Stage = Stage()
    due: Stage = Stage()
    """What is promised for the periods that are over."""
    claimed: Stage = Stage()
    accepted: Stage = Stage()
    contract_id: int | None = None
    supplier_id: int | None = None
    period: date | None = None
    """The first day of the period; None for all together, and for what was delivered before the record began."""

    @property
    def behind(self) -> Fraction | None:
        """What is missing of what is due by now, never of the whole promise; None for a rate of several contracts."""
        if self.due.quantity is None or self.accepted.quantity is None or self.opening.quantity is None:
            return None
        delivered = self.accepted.quantity
        if self.measure.over_time is Runs.FLOW:
            delivered += self.opening.quantity
        else:
            delivered = max(delivered, self.opening.quantity)
        return max(self.due.quantity - delivered, Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """£ of several measures: local economic value apart from the rest (DOMAIN 4.17), then together."""

    local_economic: tuple[tuple[LocalArea | None, Amount], ...]
    """For each definition of “local” its own amount: those of unlike definitions are never added (DOMAIN 5)."""
    social: Amount

    @property
    def together(self) -> Amount | None:
        """Both as one; None where local value rests on unlike definitions."""
        if len(self.local_economic) > 1:
            return None
        return total((*(amount for _, amount in self.local_economic), self.social))


def rests_on_local(edition: Catalogue, measure: Measure) -> bool:
    """Whether a measure's figures depend on what is local: they are local economic value, or a rule asks it."""
    return measure.is_local_economic or any(rule.rule == "local-only" for rule in edition.rules_of(measure.ref))


def takes_its_place(runs: Runs, before: int | Fraction) -> bool:
    """Whether a contract's later figure takes the place of the one ``before``, where figures don't simply add.

    The latest of a stock or a rate counts; what counts once has happened as soon as a figure isn't 0 (DOMAIN 4.16).
    """
    return runs is not Runs.ONCE or not before


def add(figures: Iterable[Figures]) -> Figures:
    """Figures of one measure from several contracts, or a flow's from several periods, as one.

    Stocks add across contracts, rates never do. Raises :class:`~quarterday.domain.locality.UnlikeAreas` when they
    rest on unlike definitions of “local”, :class:`ValueError` when they are of different measures or there are none.
    """
    listed = list(figures)
    if not listed:
        raise ValueError("no figures to add")
    first = listed[0]
    for other in listed[1:]:
        if (other.edition, other.measure.ref) != (first.edition, first.measure.ref):
            raise ValueError(
                f"measure {other.measure.ref} of {other.edition} is not {first.measure.ref} of {first.edition}"
            )
    local = one_area(one.local for one in listed)

    def stage(of: Callable[[Figures], Stage]) -> Stage:
        worth = total(of(one).worth for one in listed)
        if first.measure.over_time is Runs.RATE and len(listed) > 1:
            return Stage(quantity=None, worth=worth)
        return Stage(quantity=sum((of(one).quantity or Fraction(0) for one in listed), Fraction(0)), worth=worth)

    return Figures(
        measure=first.measure,
        edition=first.edition,
        local=local,
        opening=stage(lambda one: one.opening),
        committed=stage(lambda one: one.committed),
        due=stage(lambda one: one.due),
        claimed=stage(lambda one: one.claimed),
        accepted=stage(lambda one: one.accepted),
    )


def totals(figures: Iterable[Figures], of: Callable[[Figures], Stage]) -> Totals:
    """The £ of one stage over measures: ``totals(figures, lambda one: one.accepted)``."""
    social, local = list[Amount](), dict[object, tuple[LocalArea | None, list[Amount]]]()
    for one in figures:
        if one.measure.is_local_economic:
            local.setdefault(meaning(one.local), (one.local, []))[1].append(of(one).worth)
        else:
            social.append(of(one).worth)
    return Totals(
        local_economic=tuple((area, total(amounts)) for area, amounts in local.values()), social=total(social)
    )

"""Delivery figures: what was promised, is due by now, was claimed and was accepted; quantities first, £ beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from quarterday.domain.catalogue import Measure
from quarterday.domain.units import Runs
from quarterday.domain.valuation import Amount, total

NOTHING = Amount(0)


class UnlikeDefinitions(ValueError):
    """Figures on different definitions of “local” are never added (DOMAIN 5)."""


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

    “Behind” is accepted against ``due``, never against the whole life of the contract. A claim has no £ of its own:
    only what was accepted is valued.
    """

    measure: Measure
    edition: str
    local_area_id: int | None
    """The definition of “local” that the figures rest on, for a measure that depends on it; else None."""
    committed: Stage = Stage()
    due: Stage = Stage()
    claimed: Stage = Stage()
    accepted: Stage = Stage()
    contract_id: int | None = None
    supplier_id: int | None = None
    period: str = ""
    """The first day of the period as ISO text; "" for all periods together."""

    @property
    def key(self) -> tuple[str, str, int | None]:
        """Figures of one key count the same thing and may be added."""
        return self.edition, self.measure.ref, self.local_area_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """£ of several measures: local economic value apart from the rest (DOMAIN 4.17), then together."""

    local_economic: Amount
    social: Amount
    together: Amount


def add(figures: Iterable[Figures]) -> Figures:
    """Figures of one measure from several contracts or periods as one.

    Stocks add across contracts, rates never do. Raises :class:`UnlikeDefinitions` when they rest on different
    definitions of “local”, :class:`ValueError` when they are of different measures or there are none.
    """
    listed = list(figures)
    if not listed:
        raise ValueError("no figures to add")
    first = listed[0]
    for other in listed[1:]:
        if (other.edition, other.measure.ref) != (first.edition, first.measure.ref):
            raise ValueError(f"{other.measure.ref} of {other.edition} is not {first.measure.ref} of {first.edition}")
        if other.local_area_id != first.local_area_id:
            raise UnlikeDefinitions(f"{first.measure.ref} rests on two definitions of “local”: show them apart.")
    never_added = first.measure.over_time is Runs.RATE and len(listed) > 1

    def stage(name: str) -> Stage:
        stages = [getattr(one, name) for one in listed]
        quantity = None if never_added else sum((one.quantity or Fraction(0) for one in stages), Fraction(0))
        return Stage(quantity=quantity, worth=total(one.worth for one in stages))

    return Figures(
        measure=first.measure,
        edition=first.edition,
        local_area_id=first.local_area_id,
        committed=stage("committed"),
        due=stage("due"),
        claimed=stage("claimed"),
        accepted=stage("accepted"),
    )


def totals(figures: Iterable[Figures], stage: str) -> Totals:
    """The £ of one stage (“committed”, “due”, “accepted”) over measures.

    Raises :class:`UnlikeDefinitions` when local economic value rests on more than one definition of “local”.
    """
    listed = list(figures)
    if len({one.local_area_id for one in listed if one.measure.is_local_economic}) > 1:
        raise UnlikeDefinitions("Local economic value rests on two definitions of “local”: show them apart.")
    local = total(getattr(one, stage).worth for one in listed if one.measure.is_local_economic)
    social = total(getattr(one, stage).worth for one in listed if not one.measure.is_local_economic)
    return Totals(local_economic=local, social=social, together=total((local, social)))

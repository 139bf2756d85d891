"""What an activity under way will still give: the part of a forecast that isn't accepted yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from quarterday.domain.catalogue import Catalogue, Measure
from quarterday.domain.claims import Claim
from quarterday.domain.delivery import Figures, Stage
from quarterday.domain.periods import add_months, months_between
from quarterday.domain.sentences import said
from quarterday.domain.typed import read_claim
from quarterday.domain.units import Entered
from quarterday.domain.valuation import total

BASIS = said("What is accepted so far, and what activities under way will still give to their end; nothing else.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The figures of one measure, and what activities under way will add to what is accepted."""

    figures: Figures
    to_come: Stage
    activities: int
    """How many activities give it."""
    unknown: tuple[str, ...]
    """Labels of activities under way of which nobody can say what they will give; they add nothing."""

    @property
    def expected(self) -> Stage:
        """Accepted so far and still to come, as one."""
        accepted = self.figures.accepted
        if accepted.quantity is None or self.to_come.quantity is None:
            return Stage(quantity=None, worth=accepted.worth)
        quantity = accepted.quantity + self.to_come.quantity
        return Stage(quantity=quantity, worth=total((accepted.worth, self.to_come.worth)))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """An activity that goes on, as one contract reports it under one measure."""

    typed: Mapping[str, str]
    """The numbers that stay the same from period to period, as typed."""
    started: date | None
    ends: date | None
    """None while that is open."""
    share: Fraction
    """The part of it that this contract may claim."""
    counts: Fraction
    """The part of what was claimed last that counted; 1 where nothing was claimed yet."""
    since: date
    """The first day that isn't reported yet."""
    contract_ends: date


def last_day(activity: UnderWay, edition: Catalogue, measure: Measure) -> date:
    """The last day on which it gives something that counts.

    A job counts to the contract's end; weeks that were begun count to their own, even past it (DOMAIN 4.13); a hire
    from a disadvantaged group only in its first months (DOMAIN 4.8).
    """
    ends = activity.ends or activity.contract_ends
    if measure.unit.entered is not Entered.WEEKS:
        ends = min(ends, activity.contract_ends)
    for rule in edition.rules_of(measure.ref):
        if rule.rule == "first-months" and activity.started:
            months = int(rule.numbers.get("months", 12))
            ends = min(ends, add_months(activity.started, months) - timedelta(days=1))
    return ends


def still_to_come(activity: UnderWay, edition: Catalogue, measure: Measure) -> Fraction | None:
    """What it will still give, in the measure's unit and at this contract's share; None where nobody can say.

    People × share of full time × the months left for full-time equivalents, people × the weeks left for weeks; other
    units have no rate by which they go on.
    """
    last = last_day(activity, edition, measure)
    match measure.unit.entered:
        case Entered.PEOPLE:
            field, left = "months", months_between(activity.since, last) if activity.since <= last else Fraction(0)
        case Entered.WEEKS:
            field, left = "weeks", Fraction(max((last - activity.since).days + 1, 0), 7)
        case _:
            return None
    in_one = read_claim(0, {**activity.typed, "ref": measure.ref, field: "1"}, edition)
    if not isinstance(in_one, Claim):
        return None
    return in_one.amount.quantity * left * activity.share * activity.counts

"""What a contract promises for a measure, and how much of it is to be there by each period."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from quarterday.domain.catalogue import Measure
from quarterday.domain.cells import yes_or_no
from quarterday.domain.exact import exact_text, number, storable
from quarterday.domain.periods import NotAPeriod, Period, months_between, named
from quarterday.domain.sentences import NotUsable, said
from quarterday.domain.units import Entered, Runs


class NotAPromise(NotUsable):
    """The promise can't be understood or doesn't add up; the message says what to write."""


class Spread(StrEnum):
    """How a promise is spread over the periods."""

    EVEN = "even"
    """In step with time: a period gets as much as it has months of the contract."""
    FRONT = "front"
    """The more, the earlier: of n periods the first weighs n times its months, the last once."""
    BACK = "back"
    """The more, the later: the mirror of ``FRONT``."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise as typed."""

    quantity: str
    """In the measure's unit: ``25`` (FTE: person-years over the whole contract), or ``yes``."""
    spread: str = Spread.EVEN
    """``even``, ``front``, ``back``, or quantities by period: ``2026-Q2 = 40; 2026-Q3 = 60``."""


def promised(text: str, measure: Measure, *, may_be_nothing: bool = False) -> Fraction:
    """The quantity promised, in the measure's unit; “yes” is 1 for what is no number.

    Raises :class:`NotAPromise` for what can't be read, and for a promise of nothing unless it may be (a variation can
    take a promise back). A percentage may always be 0: no waste to landfill is a promise.
    """
    typed = text.strip()
    try:
        if not measure.unit.is_counted:
            quantity = Fraction(1 if typed == "1" else 0 if typed == "0" else yes_or_no(typed))
        elif measure.unit.entered is Entered.PERCENT:
            return storable(number(typed.removesuffix("%")))
        else:
            quantity = storable(number(typed))
    except ValueError as problem:
        raise NotAPromise(str(problem)) from problem
    if not quantity and not may_be_nothing:
        what = said("more than 0") if measure.unit.is_counted else said("“yes”")
        raise NotAPromise("Enter {what}, or leave {ref} out; nothing is no promise.", what=what, ref=measure.ref)
    return quantity


def spread(
    quantity: Fraction, how: str, measure: Measure, periods: Sequence[Period], *, starts: date, ends: date
) -> list[Fraction]:
    """How much is to be there in each of the periods of a contract that runs from ``starts`` to ``ends``.

    What adds up over time (a *flow*, FTE among them) is divided, and the parts add to the quantity exactly. A *stock*,
    a *rate* and what is done *once* are never divided: each period has the level to be reached by it, which is the
    promised one from the first period on, or with ``back`` in the last one only. Levels given by period hold until
    the next one given, and the last is the promised one.

    Raises :class:`NotAPromise`.
    """
    given = None if _is_word(how) else _by_period(how, measure, periods)
    if measure.over_time is Runs.FLOW:
        parts = (
            _given_parts(quantity, given, measure)
            if given is not None
            else _parts(quantity, how, periods, starts, ends)
        )
    elif given is not None:
        parts = _given_levels(quantity, given, measure)
    else:
        is_late = how.strip().casefold() == Spread.BACK
        parts = [Fraction(0) if is_late and period != periods[-1] else quantity for period in periods]
    try:
        return [storable(part) for part in parts]
    except ValueError as problem:
        raise NotAPromise(
            "Spread over {periods} periods, {problem}", periods=len(periods), problem=problem
        ) from problem


def _is_word(how: str) -> bool:
    return how.strip().casefold() in set(Spread)


def _parts(quantity: Fraction, how: str, periods: Sequence[Period], starts: date, ends: date) -> list[Fraction]:
    months = [months_between(max(period.first, starts), min(period.last, ends)) for period in periods]
    match Spread(how.strip().casefold()):
        case Spread.EVEN:
            weights = months
        case Spread.FRONT:
            weights = [each * (len(months) - at) for at, each in enumerate(months)]
        case Spread.BACK:
            weights = [each * (at + 1) for at, each in enumerate(months)]
    whole = sum(weights)
    return [quantity * weight / whole for weight in weights]


def _by_period(how: str, measure: Measure, periods: Sequence[Period]) -> list[Fraction | None]:
    """The quantities that are typed by period; None for a period that isn't named."""
    found: list[Fraction | None] = [None] * len(periods)
    for part in filter(None, (part.strip() for part in re.split(r"[;\n]", how))):
        name, equals, text = part.partition("=")
        if not equals:
            raise NotAPromise(
                "“{part}” says neither how to spread {ref} nor how much in a period; write even, front, "
                "back, or quantities like 2026-Q2 = 40; 2026-Q3 = 60.",
                part=part[:40],
                ref=measure.ref,
            )
        at = _place(name.strip(), periods)
        if found[at] is not None:
            raise NotAPromise("{name} is given twice for {ref}; give it once.", name=periods[at].name, ref=measure.ref)
        try:
            found[at] = number(text)
        except ValueError as problem:
            raise NotAPromise(
                "{ref}, {name}: {problem}", ref=measure.ref, name=periods[at].name, problem=problem
            ) from problem
    if all(part is None for part in found):
        raise NotAPromise("Say how to spread {ref}: even, front, back, or quantities by period.", ref=measure.ref)
    return found


def _place(name: str, periods: Sequence[Period]) -> int:
    """The place of the period a person names, in its own words or like 2026-Q2."""
    places = {period.name.casefold(): at for at, period in enumerate(periods)}
    for written in (name, _in_full(name, periods)):
        if written.casefold() in places:
            return places[written.casefold()]
    raise NotAPromise(
        "“{name}” is no period of this contract; its periods are {first} to {last}.",
        name=name[:40],
        first=periods[0].name,
        last=periods[-1].name,
    )


def _in_full(name: str, periods: Sequence[Period]) -> str:
    """The period as its own name has it, which shows both years of a financial year that isn't the calendar's."""
    try:
        return named(name, first_month=4 if "/" in periods[0].name else 1).name
    except NotAPeriod:
        return ""


def _given_parts(quantity: Fraction, given: Sequence[Fraction | None], measure: Measure) -> list[Fraction]:
    parts = [part or Fraction(0) for part in given]
    if sum(parts) != quantity:
        raise NotAPromise(
            "The quantities by period for {ref} add to {sum}, but {quantity} is promised; correct one of them.",
            ref=measure.ref,
            sum=exact_text(sum(parts, Fraction(0))),
            quantity=exact_text(quantity),
        )
    return parts


def _given_levels(quantity: Fraction, given: Sequence[Fraction | None], measure: Measure) -> list[Fraction]:
    levels: list[Fraction] = []
    for level in given:
        levels.append(level if level is not None else levels[-1] if levels else Fraction(0))
    if levels[-1] != quantity:
        raise NotAPromise(
            "{ref} doesn't add up over periods, so its last level is the promise: {levels} is given, "
            "{quantity} is promised; correct one of them.",
            ref=measure.ref,
            levels=exact_text(levels[-1]),
            quantity=exact_text(quantity),
        )
    return levels

"""The forty measures of a generated record, what they are worth, and how much of one somebody would claim."""

from __future__ import annotations

import random
from fractions import Fraction

from quarterday import Catalogue, Kind, Measure, RuleData, Shipped, UnitValue, ValueSet, unit


def measures() -> tuple[Measure, ...]:
    """Forty measures as catalogues have them: mostly flows with a £, some stocks, a rate, an answer, no £ at all."""
    units = ["FTE", "weeks", "session hours × attendees", "£", "tCO2e", "staff hours", "£", "number"]
    made = [
        Measure(
            ref=f"M{number}",
            title=f"Measure {number}",
            unit=unit(units[number % len(units)]),
            theme=f"Theme {number % 5 + 1}",
            outcome=f"Outcome {number % 10 + 1}",
            is_local_economic=number % 8 in (0, 6),
            kind=Kind.RECORD_ONLY if number % 8 == 7 else Kind.MONETISED,
            things="visits" if number % 8 == 7 else "",
        )
        for number in range(37)
    ]
    heads = {"theme": "Theme 1", "outcome": "Outcome 1"}
    made += [
        Measure(ref="ACCESS", title="Access", unit=unit("employees with access"), **heads),
        Measure(ref="RATE", title="Rate", unit=unit("%"), kind=Kind.RECORD_ONLY, **heads),
        Measure(ref="PLEDGE", title="Pledge", unit=unit("yes/no"), kind=Kind.YES_NO, **heads),
    ]
    return tuple(made)


def edition() -> Catalogue:
    """The one edition all contracts are pinned to."""
    local = tuple(measure.ref for measure in measures() if measure.is_local_economic)
    rules = (RuleData(rule="local-only", measures=local),)
    return Catalogue(id="generated", edition="1", title="Generated", measures=measures(), rules=rules)


def values() -> ValueSet:
    """Made-up unit values for all but one of the measures that can have one."""
    valued = [one for one in measures() if one.kind is Kind.MONETISED and one.ref != "M3"]
    texts = {one.ref: f"{(number + 1) * 7}.{number * 331:05}" for number, one in enumerate(valued)}
    return ValueSet(
        id="generated",
        title="Generated",
        edition="generated/1",
        shipped=Shipped.ILLUSTRATIVE,
        licence="None: made up",
        redistributable=True,
        values=tuple(UnitValue(ref=ref, text=text, value=Fraction(text)) for ref, text in texts.items()),
    )


def quantity(measure: Measure, made_up: random.Random) -> tuple[int, int]:
    """A quantity as somebody would claim it for one quarter, reduced."""
    match measure.unit.id:
        case "FTE":
            part = made_up.choice([Fraction(1), Fraction(1, 2), Fraction(3, 5)])
            found = made_up.randrange(1, 12) * part * made_up.randrange(1, 4) / 12
        case "£":
            found = Fraction(made_up.randrange(100, 5_000_000), 100)
        case "%":
            found = Fraction(made_up.randrange(0, 1001), 10)
        case "yes/no":
            found = Fraction(made_up.randrange(2))
        case _:
            found = Fraction(made_up.randrange(1, 4000), made_up.choice([1, 1, 1, 2, 4]))
    return found.as_integer_ratio()

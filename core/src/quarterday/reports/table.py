"""The delivery report as one table, for people and spreadsheets: a row a measure, then the totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from quarterday.domain.delivery import Figures, Stage
from quarterday.domain.exact import MICROPOUNDS, rounded
from quarterday.domain.valuation import Amount
from quarterday.reports.delivery import VALUED, DeliveryReport, parts, worth

Cell = str | Decimal
"""Text, or a number as a spreadsheet keeps it; "" for what can't be said."""

COLUMNS = (
    "row",
    "edition",
    "measure",
    "title",
    "theme",
    "unit",
    "local definition",
    "counts as",
    "before the record",
    "committed",
    "due by now",
    "claimed",
    "accepted",
    "committed £",
    "due by now £",
    "accepted £",
    "£ complete",
    "why not complete",
)
NUMBERS = frozenset(COLUMNS[8:16])
"""The columns that hold numbers."""

_QUANTITY_PLACES = 6


def rows(report: DeliveryReport) -> list[tuple[Cell, ...]]:
    """A row for each measure, then one for each total, in the order of :data:`COLUMNS`.

    Quantities are rounded to six places where they don't end before, £ to pence, half to even: what is added up comes
    from the whole figures.
    """
    return [*(_of_measure(one) for one in report.figures), *_of_totals(report)]


def _of_measure(one: Figures) -> tuple[Cell, ...]:
    measure = one.measure
    amounts = [worth(one, name) for name in VALUED]
    return (
        "measure",
        one.edition,
        measure.ref,
        measure.title,
        measure.theme,
        measure.unit_words,
        one.local.name if one.local else "",
        "local economic value" if measure.is_local_economic else "social and environmental value",
        *(_quantity(of) for of in (one.opening, one.committed, one.due, one.claimed, one.accepted)),
        *map(_pounds, amounts),
        *_complete(amounts),
    )


def _of_totals(report: DeliveryReport) -> Iterator[tuple[Cell, ...]]:
    """A row for each part of the totals that any stage has."""
    by_stage = {name: dict(parts(totals)) for name, totals in report.totals.items()}
    for what in dict.fromkeys(what for found in by_stage.values() for what in found):
        amounts = [by_stage[name].get(what) for name in VALUED]
        blank: tuple[Cell, ...] = ("",) * 5
        yield ("total", "", "", what, "", "", "", "", *blank, *map(_pounds, amounts), *_complete(amounts))


def _quantity(of: Stage) -> Cell:
    if of.quantity is None:
        return ""
    whole = rounded(of.quantity.numerator * 10**_QUANTITY_PLACES, of.quantity.denominator)
    return _plain(Decimal(whole).scaleb(-_QUANTITY_PLACES))


def _pounds(amount: Amount | None) -> Cell:
    return "" if amount is None else Decimal(rounded(amount.micropounds, MICROPOUNDS // 100)).scaleb(-2)


def _plain(number: Decimal) -> Decimal:
    """The number without zeros at its end, and never with an exponent."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def _complete(amounts: Iterable[Amount | None]) -> tuple[Cell, Cell]:
    said = [amount for amount in amounts if amount is not None]
    reasons = sorted({reason for amount in said for reason in amount.reasons})
    whole = ("yes" if all(amount.is_complete for amount in said) else "no") if said else ""
    return (whole, " ".join(reasons))

"""An independent, deliberately naive reading of the tables: every figure from raw rows, with nothing of the services.

Rows are read whole and gone through one by one; units, rules and values come from the snapshots' own JSON. Slow, and
short enough to be believed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from quarterday.db.columns import METADATA
from quarterday.db.work import Actor, UnitOfWork

STAGES = ("opening", "committed", "due", "claimed", "accepted")
_RUNS = {"%": "rate", "yes/no": "once", "text": "once", "employees with access": "stock"}


@dataclass(frozen=True)
class Figure:
    """One stage of one measure of one contract."""

    quantity: Fraction
    micropounds: int
    is_complete: bool


Key = tuple[int, str, str]
"""Contract, ref, stage."""


class Rows:
    """Every row of every table, as somebody with the database in hand sees it at an instant."""

    def __init__(self, uow: UnitOfWork, at: datetime | None = None) -> None:
        self.tables: dict[str, list[Any]] = {}
        with uow.read(Actor.operator("cli")) as work:
            for table in METADATA.sorted_tables:
                rows = work.all(select(table).order_by(*table.primary_key))
                self.tables[table.name] = [
                    row for row in rows if at is None or "recorded_at" not in table.c or row.recorded_at <= at
                ]

    def of(self, name: str, **having: Any) -> list[Any]:
        return [row for row in self.tables[name] if all(getattr(row, key) == value for key, value in having.items())]


def figures(uow: UnitOfWork, day: date, at: datetime | None = None) -> dict[Key, Figure]:
    """Every stage of every measure of every contract that has a pin; what is nothing is left out."""
    rows = Rows(uow, at)
    found: dict[Key, Figure] = {}
    for pin in rows.of("contract_pin"):
        for ref, measure in _measures(rows, pin).items():
            said = {
                "opening": _openings(rows, pin.contract_id, ref, day),
                "committed": (targets := _targets(rows, pin.contract_id, ref)),
                "due": [one for one in targets if one[0] < day],
                "claimed": _claims(rows, pin.contract_id, ref),
                "accepted": _acceptances(rows, pin.contract_id, ref),
            }
            for stage, parts in said.items():
                if parts:
                    found[pin.contract_id, ref, stage] = _figure(rows, pin, measure, stage, _counting(measure, parts))
    return found


def _figure(rows: Rows, pin: Any, measure: Any, stage: str, parts: list[Any]) -> Figure:
    quantity = sum((part[1] for part in parts), Fraction(0))
    if stage == "accepted":
        return Figure(quantity, sum(part[2] for part in parts), all(part[3] for part in parts))
    if stage == "claimed":
        return Figure(quantity, 0, True)
    value = _unit_value(rows, pin, measure)
    by_day: dict[date, Fraction] = defaultdict(Fraction)
    for day, part in parts:
        by_day[day] += part
    worth = sum(micropounds(part, value, Fraction(1)) for part in by_day.values()) if value is not None else 0
    return Figure(quantity, worth, value is not None or not any(by_day.values()))


def micropounds(quantity: Fraction, unit_value: Fraction, share: Fraction) -> int:
    """Rounded once, half-even, as ``round`` does it for a fraction."""
    return round(quantity * unit_value * share * 10**6)


def _counting(measure: Any, parts: list[Any]) -> list[Any]:
    """The parts that count, of all in the order in which they were said."""
    match measure.get("runs") or _RUNS.get(measure["unit"], "flow"):
        case "flow":
            return parts
        case "once":
            return [next((part for part in parts if part[1]), parts[0])]
        case _:
            return parts[-1:]


def _targets(rows: Rows, contract_id: int, ref: str) -> list[tuple[date, Fraction]]:
    newest: dict[date, tuple[date, Fraction]] = {}
    for commitment in rows.of("commitment", contract_id=contract_id, ref=ref):
        for row in rows.of("target", commitment_id=commitment.id):
            newest[row.first] = row.last, Fraction(row.numerator, row.denominator)
    return sorted(newest.values())


def _openings(rows: Rows, contract_id: int, ref: str, day: date) -> list[tuple[date, Fraction]]:
    known = [row for row in rows.of("opening_balance", contract_id=contract_id, ref=ref) if row.as_of <= day]
    last = max(known, key=lambda row: (row.as_of, row.id), default=None)
    return [(last.as_of, Fraction(last.numerator, last.denominator))] if last else []


def standing(rows: Rows, contract_id: int, ref: str) -> list[Any]:
    """The entries that no later one replaces."""
    replaced = {row.replaces_entry_id for row in rows.of("entry")}
    found = [row for row in rows.of("entry", contract_id=contract_id, ref=ref) if row.id not in replaced]
    is_weak = {row.id: row.findings["standing"] in ("excluded", "undecided") for row in found}
    return sorted(found, key=lambda row: (row.last, not is_weak[row.id], row.value_day, row.id))


def _claims(rows: Rows, contract_id: int, ref: str) -> list[tuple[date, Fraction]]:
    return [
        (row.last, Fraction(row.numerator, row.denominator) * share(row)) for row in standing(rows, contract_id, ref)
    ]


def share(entry: Any) -> Fraction:
    return Fraction(entry.share_numerator, entry.share_denominator)


def _acceptances(rows: Rows, contract_id: int, ref: str) -> list[tuple[date, Fraction, int, bool]]:
    found = []
    for entry in standing(rows, contract_id, ref):
        reviews = rows.of("review", entry_id=entry.id)
        if not reviews or reviews[-1].decision != "accepted":
            continue
        quantity = Fraction(reviews[-1].numerator, reviews[-1].denominator)
        if not quantity and entry.findings["standing"] in ("excluded", "undecided"):
            continue
        (pin,) = rows.of("contract_pin", id=reviews[-1].pin_id)
        measure = _measures(rows, pin)[ref]
        value = _unit_value(rows, pin, measure)
        worth = 0 if value is None else micropounds(quantity, value, share(entry))
        found.append((entry.last, quantity * share(entry), worth, value is not None or not quantity))
    return found


def _measures(rows: Rows, pin: Any) -> dict[str, Any]:
    (edition,) = rows.of("edition_snapshot", id=pin.edition_id)
    return {measure["ref"]: measure for measure in edition.content["measures"]}


def _unit_value(rows: Rows, pin: Any, measure: Any) -> Fraction | None:
    """£ a unit, where values hold everywhere and always; 0 for what never adds money, None where nobody can say."""
    if measure.get("kind", "monetised") != "monetised":
        return Fraction(0)
    for value_set in rows.of("value_set_snapshot", id=pin.value_set_id):
        for value in value_set.content["values"]:
            if value["ref"] == measure["ref"]:
                return Fraction(Decimal(value["text"]))
    return None

"""From one row of a value file to a unit value, or to sentences that say which cell to put right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from functools import cached_property

from quarterday.domain.catalogue import Catalogue, Kind, Measure
from quarterday.domain.cells import CellProblem, Row, Typed, day
from quarterday.domain.exact import number
from quarterday.domain.values import UnitValue

VOCABULARY: Mapping[str, tuple[str, ...]] = {
    "ref": ("reference", "measure ref", "measure reference", "TOMs ref", "TOM ref", "TOM number", "TOM", "code"),
    "unit_value": ("value", "proxy value", "proxy", "£ per unit", "value per unit", "social value proxy"),
    "unit": ("units", "unit of measure", "unit of measurement"),
    "area": ("area code", "local authority code", "locality"),
    "industry": ("sector",),
    "valid_from": ("from", "start date"),
    "valid_to": ("to", "valid until", "end date"),
    "licence": ("license",),
    "source": ("sources",),
    "redistributable": ("may be passed on", "may be redistributed"),
    "derivation": ("rationale", "how derived"),
    "edition": ("catalogue edition", "TOMs edition", "version"),
}
"""The columns of a value file: field → other header names it goes by."""
NEEDED = ("ref", "unit_value")
HOURLY = {"staffhour": "staff hour", "experthour": "expert hour"}
"""Refs that stand for an hour of time inside “£ invested” measures, not for a measure."""

_PUBLISHED_UNITS: Mapping[str, tuple[str, ...]] = {
    "FTE": ("people FTE", "no. people FTE"),
    "weeks": ("no. weeks",),
    "session hours × attendees": ("no. hrs (session duration) x no. attendees", "no. hrs x no. attendees"),
    "staff hours": ("no. staff hours", "staff hrs", "no. staff hrs"),
    "volunteering hours": ("no. staff volunteering hrs", "no. staff volunteering hours"),
    "expert hours": ("no. staff expert hrs", "no. staff expert hours"),
    "number": ("no.", "no"),
    "£": ("GBP", "pounds"),
    "£ invested": ("GBP invested incl. staff time", "£ invested including staff time"),
    "tCO2e": ("tonnes CO2e", "tonnes of CO2e"),
    "employees with access": ("no. employees provided access", "employees provided access"),
}
"""Units as published lists of measures write them. The vocabulary's own words are known without standing here."""
_AREA = re.compile(r"[EKNSW]\d{8}|[EKNSW]\d\d", re.ASCII)


@dataclass(frozen=True)
class Reading:
    """What the rows of one file are read against."""

    edition: Catalogue
    bases: tuple[Catalogue, ...] = ()
    """The editions it stands on, the nearest first."""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Refs of other editions → the edition's key; they are refused, and this says whose they are."""
    area: str = ""
    source: str = ""
    """The area and the source of rows that state none."""

    @cached_property
    def measures(self) -> dict[str, tuple[str, Measure]]:
        """What a person may write for a measure, in lower case → the ref under which its value is found."""
        known: dict[str, tuple[str, Measure]] = {}
        for measure in self.edition.measures:
            known.setdefault(measure.ref.casefold(), (measure.ref, measure))
        for measure in self.edition.measures:
            for name, ref in ((measure.code, measure.ref), *((ref, ref) for _, ref in measure.stands_on)):
                known.setdefault(name.casefold(), (ref, measure))
        for base in self.bases:
            for measure in base.measures:
                known.setdefault(measure.ref.casefold(), (measure.ref, measure))
        known.pop("", None)
        return known

    @cached_property
    def used(self) -> frozenset[str]:
        """The refs that some measure of the edition itself is valued by."""
        own = self.edition.measures
        return frozenset(m.ref for m in own) | frozenset(ref for m in own for _, ref in m.stands_on)

    @cached_property
    def edition_names(self) -> frozenset[str]:
        """How a cell may name the edition the file is for."""
        keys = (self.edition.key, *(base.key for base in self.bases), *self.edition.stands_on)
        return frozenset(name.casefold() for key in keys for name in (key, key.split("/", 1)[1]))


def read_value(line: int, typed: Typed, reading: Reading) -> UnitValue | tuple[CellProblem, ...]:
    """The unit value in one row (£ per unit of its measure), or every cell of it that has to be put right.

    ``typed`` is the row's cells by field of :data:`VOCABULARY`. Raises nothing, and nothing is guessed.
    """
    row = Row(typed)
    ref, measure = _meant(row, reading)
    if measure:
        _fits(row, ref, measure)
    _names_edition(row, reading)
    value = _value(row)
    area = _area(row, ref, measure, reading)
    begins, ends = row.read("valid_from", day), row.read("valid_to", day)
    if begins and ends and ends < begins:
        row.wrong("valid_to", f"Ends {ends.isoformat()}, before it begins ({begins.isoformat()}); correct one of them.")
    if row.problems or value is None:
        return tuple(row.problems)
    return UnitValue(
        ref=ref,
        text=row.text("unit_value"),
        value=value,
        area=area,
        industry=" ".join(row.text("industry").split()),
        valid_from=begins,
        valid_to=ends,
        source=row.text("source") or reading.source,
        derivation=row.text("derivation"),
        row=line,
    )


def _meant(row: Row, reading: Reading) -> tuple[str, Measure | None]:
    """The ref and the measure a row is for; no measure for an hour of time, neither where nothing is meant."""
    text = row.text("ref")
    if hourly := HOURLY.get(_bare(text)):
        return hourly, None
    if known := reading.measures.get(text.casefold()):
        return known
    row.wrong("ref", _unknown_ref(text, reading))
    return "", None


def _unknown_ref(text: str, reading: Reading) -> str:
    if not text:
        return "Blank: enter the measure's reference, like NT1, or leave the row out."
    key = reading.edition.key
    if other := reading.elsewhere.get(text.casefold()):
        return f"“{text}” is a measure of {other}, not of {key}; leave the row out."
    near = get_close_matches(text.casefold(), reading.measures, n=1)
    hint = f"did you mean {reading.measures[near[0]][0]}?" if near else f"see “quarterday catalogue show {key}”."
    return f"“{text[:40]}” is no measure of {key}; {hint}"


def _fits(row: Row, ref: str, measure: Measure) -> None:
    """A value belongs to a measure that adds money, per unit of that measure (DOMAIN 4.2, 4.4)."""
    unit = measure.unit
    if measure.kind is not Kind.MONETISED:
        row.wrong("ref", f"{ref} is {measure.kind.value} and never adds money; leave the row out.")
        return
    names = (unit.id, unit.one, unit.many, measure.things, *_PUBLISHED_UNITS.get(unit.id, ()))
    if row.text("unit") and _bare(row.text("unit")) not in map(_bare, names):
        row.wrong(
            "unit",
            f"“{row.text('unit')[:60]}” is not the unit of {ref}, which is counted in {measure.unit_words}; "
            f"if the value is per {measure.things or unit.one}, write “{unit.id}”, else leave the row out.",
        )


def _names_edition(row: Row, reading: Reading) -> None:
    if (said := row.text("edition")) and said.casefold() not in reading.edition_names:
        row.wrong(
            "edition",
            f"“{said[:40]}” is not {reading.edition.key}; a value is never carried from one edition to another. "
            "Leave the row out, or check the file against its own edition with --catalogue.",
        )


def _value(row: Row) -> Fraction | None:
    if not row.text("unit_value"):
        row.wrong("unit_value", "Blank: leave the row out; a missing value is not 0.")
    value = row.read("unit_value", number)
    if value == 0:
        row.wrong("unit_value", "0 would count as a value; if it isn't known, leave the row out.")
    return value


def _area(row: Row, ref: str, measure: Measure | None, reading: Reading) -> str:
    """The area as values are looked up by it; "" for everywhere, which a localised measure's value can't be for."""
    local, text = reading.edition.local_area, row.text("area") or reading.area
    if not text:
        if measure and measure.localised:
            example = local.codes[0] if local else "E08000018"
            row.wrong("area", f"{ref} differs by place: say which area the value is for, like {example}.")
        return ""
    if local and text.casefold() == local.name.casefold():
        return local.codes[0] if len(local.codes) == 1 else local.name
    code = text.upper()
    if not _AREA.fullmatch(code):
        row.wrong(
            "area", f"“{text[:40]}” is not an area code; write one like E08000018, or leave it blank for everywhere."
        )
    return code


def _bare(words: str) -> str:
    return re.sub(r"[^a-z0-9£%]", "", words.casefold().replace("×", "x"))

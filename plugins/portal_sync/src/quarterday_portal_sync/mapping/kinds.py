"""What turns the records of one kind into theirs, and theirs into ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from quarterday import Agreement, RecordKind, Sentence, exact_text, said
from quarterday_portal_sync.mapping.codes import Code, Crosswalk
from quarterday_portal_sync.mapping.days import Moment, Periods
from quarterday_portal_sync.mapping.forms import Form, Plain, fraction
from quarterday_portal_sync.mapping.layouts import Resource, TableLayout
from quarterday_portal_sync.mapping.mapped import Inward, Shaped, Unmapped
from quarterday_portal_sync.mapping.paths import Path, leaves, named, text_of

PERIOD = "period"
"""In a mapping, the field that stands for ``first`` and ``last`` together."""
FIELDS: Mapping[RecordKind, tuple[str, ...]] = {
    RecordKind.CONTRACT: ("contract", "title", "supplier", "supplier_number", "starts", "ends"),
    RecordKind.COMMITMENT: ("contract", "measure", "unit", "target"),
    RecordKind.ENTRY: ("contract", "measure", "unit", "first", "last", "quantity", "share"),
    RecordKind.EVIDENCE: ("entry", "kind", "link", "file", "media_type", "digest"),
    RecordKind.VERDICT: ("entry", "decision", "quantity"),
}
"""Our fields by kind, in their order."""
IN_UNITS = ("quantity", "target")
"""The fields whose number is in the measure's unit."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """Where a field of ours stands there, and how it is written; without a path it is always the same."""

    path: Path | None
    form: Form
    constant: str = ""
    their_id: Path | None = None
    """Of an entry that evidence or a verdict is about: what they call it, where they have no reference of ours."""


@dataclass(frozen=True)
class KindMapping:
    """One kind of record, as the mapping file has it."""

    kind: RecordKind
    name: str
    """Its table in the file: ``entries``."""
    agreement: Agreement
    fields: Mapping[str, Mapped]
    codes: Crosswalk
    id: tuple[Path, ...] = ()
    key: tuple[Path, Plain] | None = None
    version: Path | None = None
    changed_at: tuple[Path, Moment] | None = None
    words: Path | None = None
    measure: Path | None = None
    """Of verdicts: where the measure stands."""
    period: tuple[Path, Periods] | None = None
    where: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    unless: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[Path, str] = field(default_factory=dict)
    ignored: tuple[Path, ...] = ()
    table: TableLayout | None = None
    resource: Resource | None = None
    blank: str = "empty"
    """How a blank field is sent: omit, null, empty."""
    besides: tuple[Path, ...] = ()
    """What other kinds know in the same file or list."""

    # --- out ---

    def outward(self, key: str, external_id: str, fields: Mapping[str, str], words: str) -> Shaped:
        """A record of ours in their shape; raises :class:`Unmapped` for what has no counterpart."""
        made: dict[str, Any] = {}
        for path, text in self._always:
            path.put(made, text)
        if external_id and len(self.id) == 1:
            self.id[0].put(made, external_id)
        if self.key:
            path, form = self.key
            path.put(made, form.outward(key))
        code = self._code_of(fields)
        is_converted = code is not None and code.factor != 1
        name = ""
        try:
            for name, one, at, write in self._steps:
                ours = fields.get(name, "")
                if write is None or not ours or (is_converted and name in IN_UNITS):
                    self._put(made, name, one, ours, code)
                else:
                    made[at] = write(ours)
        except ValueError as why:
            raise _unmapped(name, why) from why
        if self.period:
            path, periods = self.period
            try:
                path.put(made, periods.outward(fields.get("first", ""), fields.get("last", "")))
            except ValueError as why:
                raise _unmapped(PERIOD, why) from why
        if self.words:
            self._put_text(made, self.words, words, words)
        return made

    @cached_property
    def _always(self) -> Sequence[tuple[Path, str]]:
        """What each record has alike, and where."""
        return [*((path, allowed[0]) for path, allowed in self.where.items()), *self.constants.items()]

    @cached_property
    def _steps(self) -> Sequence[_Step]:
        """The fields in their order, each with what puts most of its values there at once."""
        return [_step(name, one) for name, one in self.fields.items()]

    def _code_of(self, fields: Mapping[str, str]) -> Code | None:
        if "measure" not in self.fields:
            return None
        try:
            return self.codes.outward(fields.get("measure", ""), fields.get("unit", ""))
        except ValueError as why:
            raise _unmapped("measure", why) from why

    def _put(self, made: dict[str, Any], name: str, one: Mapped, ours: str, code: Code | None) -> None:
        if one.path is None:
            if ours != one.constant:
                raise ValueError(
                    said("it is “{ours}”, and there it is always “{always}”", ours=ours[:40], always=one.constant)
                )
            return
        if name == "measure" and code:
            one.path.put(made, code.code)
        elif name == "unit" and code and code.their_unit:
            one.path.put(made, code.their_unit)
        elif not ours:
            self._put_text(made, one.path, "", "")
        elif name in IN_UNITS and code and code.factor != 1:
            one.path.put(made, one.form.outward(exact_text(fraction(ours) * code.factor)))
        else:
            one.path.put(made, one.form.outward(ours))

    def _put_text(self, made: dict[str, Any], path: Path, text: str, value: object) -> None:
        if text or self.blank == "empty":
            path.put(made, value)
        elif self.blank == "null":
            path.put(made, None)

    # --- in ---

    def is_of(self, raw: Shaped) -> bool:
        """Whether it is a record of this kind at all."""
        return all(_is(raw, path, words) for path, words in self.where.items()) and not any(
            _is(raw, path, words) for path, words in self.unless.items()
        )

    def external_id_of(self, raw: Shaped) -> str:
        """What they call it."""
        parts = [_text(path.get(raw)) for path in self.id]
        return "|".join(parts) if any(parts) else ""

    def key_of(self, raw: Shaped) -> str:
        """Our key of it, as they were told; "" for none."""
        if not self.key:
            return ""
        path, form = self.key
        try:
            return form.inward(path.get(raw))
        except ValueError:
            return ""

    def version_of(self, raw: Shaped) -> str:
        """Their version of it."""
        return _text(self.version.get(raw)) if self.version else ""

    def inward(self, raw: Shaped) -> Inward:
        """A record of theirs in our shape, with whatever is wrong with it in ``trouble``."""
        reading = _Reading(raw)
        code = self._measure_in(reading)
        for name, one in self.fields.items():
            if one.path is None:
                reading.fields[name] = one.constant
            elif name not in ("measure", "unit"):
                reading.take(name, one.path, one.form.inward)
                if one.their_id and not reading.fields[name]:
                    reading.take(name, one.their_id, _not_ours)
        if code and code.factor != 1:
            reading.convert(code.factor)
        if self.period:
            path, periods = self.period
            reading.take_both(path, periods)
        changed = ""
        if self.changed_at:
            changed = reading.read("changed_at", self.changed_at[0], self.changed_at[1].inward)
        words = reading.read("words", self.words, text_of) if self.words else ""
        return Inward(
            self.kind,
            self.external_id_of(raw),
            key=self.key_of(raw),
            fields=reading.fields,
            words=words,
            unknown=self.unknown(raw),
            version=self.version_of(raw),
            changed_at=changed,
            trouble=" ".join(reading.troubles),
        )

    def _measure_in(self, reading: _Reading) -> Code | None:
        """The measure and the unit, told together."""
        measure, unit = self.fields.get("measure"), self.fields.get("unit")
        path = measure.path if measure else self.measure
        if path is None:
            return None
        theirs = _text(unit.path.get(reading.raw)) if unit and unit.path else ""
        converted = theirs if theirs in self.codes.their_units else ""
        try:
            code = self.codes.inward(_text(path.get(reading.raw)), converted)
        except ValueError as problem:
            reading.wrong("measure", problem)
            code = None
        if measure:
            reading.fields["measure"] = code.ref if code else ""
            if code and (code.their_unit == theirs != "" or not theirs) and code.unit:
                reading.fields["unit"] = code.unit
            elif unit and unit.path:
                reading.take("unit", unit.path, unit.form.inward)
                if code and code.unit and reading.fields.get("unit") not in ("", code.unit):
                    why = said(
                        "it is in {theirs}, and “{ref}” is counted in {unit}",
                        theirs=theirs[:40],
                        ref=code.ref,
                        unit=code.unit,
                    )
                    reading.wrong("unit", why)
        return code

    def unknown(self, raw: Shaped) -> dict[str, str]:
        """What they say besides, by its own names; what is blank says nothing."""
        whole, deep = self._known
        rest = {name: value for name, value in raw.items() if name not in whole}
        known = [place for path in deep for place in (*path.places(rest), *path.told_by(rest))] if rest else []
        found = {}
        for place, value in leaves(rest) if rest else ():
            text = _text(value)
            if text and not any(place[: len(one)] == one for one in known):
                found[named(place)] = text
        return found

    @cached_property
    def untold(self) -> frozenset[str]:
        """Our fields that have no place there, and that nothing else tells, as a measure tells its unit."""
        given = {*self.fields, *(("first", "last") if self.period else ())}
        coded = [row for row in self.codes.rows if row.code]
        if "measure" in self.fields and coded and all(row.unit for row in coded):
            given.add("unit")
        return frozenset(FIELDS[self.kind]) - given

    @cached_property
    def _known(self) -> tuple[frozenset[str], tuple[Path, ...]]:
        """The names that are known with all that is in them, and the paths that lead deeper."""
        every = [*self.paths, *self.ignored, *self.besides]
        return frozenset(path.text for path in every if len(path.steps) == 1), tuple(
            path for path in every if len(path.steps) > 1
        )

    @property
    def paths(self) -> Sequence[Path]:
        """All the places that this kind knows there, but for those it ignores."""
        pairs = [self.key, self.changed_at, self.period]
        single = [self.version, self.words, self.measure]
        single += [path for one in self.fields.values() for path in (one.path, one.their_id)]
        some = [*self.id, *(pair[0] for pair in pairs if pair), *(path for path in single if path)]
        return [*some, *self.where, *self.unless, *self.constants]


class _Reading:
    """One record of theirs while it is read: the fields so far, and what is wrong."""

    def __init__(self, raw: Shaped) -> None:
        self.raw = raw
        self.fields: dict[str, str] = {}
        self.troubles: list[Sentence] = []

    def wrong(self, name: str, why: object) -> None:
        self.troubles.append(said("“{name}”: {why}.", name=name, why=str(why)))

    def read(self, name: str, path: Path, reader: Callable[[object], str]) -> str:
        """What stands at a path through a reader; "" for nothing, and with the trouble noted for what it can't read."""
        value = path.get(self.raw)
        try:
            return reader(value) if text_of(value) else ""
        except ValueError as why:
            self.wrong(name, why)
            return ""

    def take(self, name: str, path: Path, reader: Callable[[object], str]) -> None:
        self.fields[name] = self.read(name, path, reader)

    def take_both(self, path: Path, periods: Periods) -> None:
        self.fields["first"] = self.fields["last"] = ""
        value = path.get(self.raw)
        try:
            if text_of(value):
                self.fields["first"], self.fields["last"] = periods.inward(value)
        except ValueError as why:
            self.wrong(PERIOD, why)

    def convert(self, factor: Fraction) -> None:
        for name in IN_UNITS:
            if self.fields.get(name):
                self.fields[name] = exact_text(fraction(self.fields[name]) / factor)


_Step = tuple[str, Mapped, str, Callable[[str], object] | None]


def _step(name: str, one: Mapped) -> _Step:
    """A field with the name under which it stands there, and what writes it; "" and None for what is less plain."""
    if one.path is None or len(one.path.steps) > 1 or name in ("measure", "unit"):
        return name, one, "", None
    return name, one, one.path.text, one.form.outward


def _unmapped(name: str, why: ValueError) -> Unmapped:
    return Unmapped("“{name}” has no counterpart there: {why}.", name=name, why=str(why))


def _not_ours(value: object) -> str:
    """What they call an entry; raises ``ValueError`` for what could be taken for a number of ours."""
    text = text_of(value)
    if re.fullmatch(r"(entry/)?\d+", text):
        raise ValueError(said("they call the entry “{text}”, which could be a number of ours", text=text[:40]))
    return text


def _is(raw: Shaped, path: Path, words: Sequence[str]) -> bool:
    return _text(path.get(raw)).casefold() in map(str.casefold, words)


def _text(value: object) -> str:
    """A value as text; of what is made of several, nothing."""
    try:
        return text_of(value)
    except ValueError:
        return ""

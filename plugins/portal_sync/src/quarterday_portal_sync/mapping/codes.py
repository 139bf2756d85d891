"""The crosswalk of measures: our refs, by edition, and the codes that the other side has for them.

Nothing is invented: a ref without a code stops its record, and so does a code that could be several refs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from quarterday import said


@dataclass(frozen=True, slots=True)
class Code:
    """A measure of ours and what it is over there."""

    edition: str
    ref: str
    code: str
    also: tuple[str, ...] = ()
    """Further codes that come in as this measure."""
    unit: str = ""
    """Its unit here; "" where the mapping doesn't say."""
    their_unit: str = ""
    factor: Fraction = Fraction(1)
    """How many of their unit one of ours is."""
    comes_in: bool = False
    none: str = ""
    """Why they have no such measure."""

    @property
    def means(self) -> tuple[str, str, Fraction]:
        """What a record of this measure is over there."""
        return self.code, self.their_unit, self.factor


@dataclass(frozen=True)
class Crosswalk:
    """All the codes of a mapping."""

    rows: tuple[Code, ...] = ()
    same: bool = False
    """Their codes are our refs."""

    @cached_property
    def _by_ref(self) -> Mapping[str, Sequence[Code]]:
        found: dict[str, list[Code]] = {}
        for row in self.rows:
            found.setdefault(row.ref, []).append(row)
        return found

    @cached_property
    def _by_code(self) -> Mapping[str, Sequence[Code]]:
        found: dict[str, list[Code]] = {}
        for row in self.rows:
            for code in dict.fromkeys(map(str.casefold, filter(None, (row.code, *row.also)))):
                found.setdefault(code, []).append(row)
        return found

    @cached_property
    def their_units(self) -> frozenset[str]:
        """The units of theirs that it names."""
        return frozenset(row.their_unit for row in self.rows if row.their_unit)

    def outward(self, ref: str, unit: str) -> Code:
        """What a measure of ours is there, by its ref and unit; raises ``ValueError`` with a sentence for nothing."""
        if (known := self._outward.get((ref, unit))) is None:
            known = self._outward[ref, unit] = self._there(ref, unit)
        return known

    @cached_property
    def _outward(self) -> dict[tuple[str, str], Code]:
        """What was found by now: our measures are few, and the records of them many."""
        return {}

    def _there(self, ref: str, unit: str) -> Code:
        found = self._by_ref.get(ref, ())
        if not found:
            if self.same:
                return Code("", ref, ref, unit=unit)
            raise ValueError(said("the measure “{ref}” has no code there; give it one in “measures”", ref=ref))
        fitting = [row for row in found if not (row.unit and unit) or row.unit == unit]
        if not fitting:
            raise ValueError(
                said(
                    "the measure “{ref}” is counted in {unit}, and the mapping knows it in {known}",
                    ref=ref,
                    unit=unit,
                    known=" or ".join(dict.fromkeys(row.unit for row in found)),
                )
            )
        if len({row.means for row in fitting}) > 1:
            raise ValueError(
                said(
                    "the measure “{ref}” has different codes in {editions}, and its unit doesn't tell which; give it "
                    "one code, or each its unit",
                    ref=ref,
                    editions=" and ".join(row.edition for row in fitting),
                )
            )
        if fitting[0].none:
            raise ValueError(said("they have no measure like “{ref}”: {why}", ref=ref, why=fitting[0].none.rstrip(".")))
        return fitting[0]

    def inward(self, code: str, their_unit: str = "") -> Code:
        """The measure of ours that a code of theirs means; raises ``ValueError`` for none, and for several."""
        if not code:
            raise ValueError(said("it names no measure"))
        found = self._by_code.get(code.casefold(), ())
        if not found:
            if self.same:
                return Code("", code, code)
            raise ValueError(
                said("their code “{code}” stands for no measure here; give it one in “measures”", code=code[:40])
            )
        found = [row for row in found if not (row.their_unit and their_unit) or row.their_unit == their_unit]
        if not found:
            raise ValueError(said("their code “{code}” isn't known in “{unit}”", code=code[:40], unit=their_unit[:40]))
        chosen = [row for row in found if row.comes_in] or found
        if len({(row.ref, row.unit, row.factor) for row in chosen}) > 1:
            several = " or ".join(dict.fromkeys(row.ref for row in chosen))
            raise ValueError(
                said(
                    "their code “{code}” could be {several}; mark one with comes_in = true",
                    code=code[:40],
                    several=several,
                )
            )
        return chosen[0]

    @property
    def shared(self) -> Iterator[tuple[str, Sequence[Code]]]:
        """The codes that stand for several measures of ours, with these."""
        for folded, rows in self._by_code.items():
            if len({(row.ref, row.unit) for row in rows}) > 1:
                yield next(code for code in (rows[0].code, *rows[0].also) if code.casefold() == folded), rows


def read_codes(data: Mapping[str, Mapping[str, str | Mapping[str, Any]]], *, same: bool) -> Crosswalk:
    """The crosswalk of a mapping file that its schema found right."""
    rows = []
    for edition, refs in data.items():
        for ref, said_of in refs.items():
            given: Mapping[str, Any] = {"code": said_of} if isinstance(said_of, str) else said_of
            rows.append(
                Code(
                    edition,
                    ref,
                    given.get("code", ""),
                    also=tuple(given.get("also", ())),
                    unit=given.get("unit", ""),
                    their_unit=given.get("their_unit", ""),
                    factor=Fraction(given.get("factor", "1")),
                    comes_in=given.get("comes_in", False),
                    none=given.get("none", ""),
                )
            )
    return Crosswalk(tuple(rows), same)

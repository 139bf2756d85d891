"""Reads an edition from its two files: ``catalogue.toml`` (the head, the rules, the policy) and ``measures.csv``.

The reader turns text into data and says file, line and column of what it can't read. Whether the data make a sound
edition is for :mod:`quarterday.domain.conformance`, the same for editions made in code.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from importlib.resources.abc import Traversable
from typing import Any

from quarterday.domain.catalogue import (
    Adopted,
    Catalogue,
    Confidence,
    Kind,
    LocalArea,
    Measure,
    MeasureCatalogue,
    Overlay,
    Policy,
    RuleData,
)
from quarterday.domain.nearest import did_you_mean
from quarterday.domain.units import Runs, unit
from quarterday.errors import Refused

HEAD, ROWS = "catalogue.toml", "measures.csv"
MOST_SHOWN = 20
"""How many flaws one message lists before it counts the rest."""


def read_catalogue(folder: Traversable) -> MeasureCatalogue:
    """The edition in a folder: an :class:`Overlay` when its head says ``based_on``, else a :class:`Catalogue`.

    ``folder`` is a path, or a package's resources (``importlib.resources.files(__package__)``). Raises
    :class:`Refused` with one sentence for each thing that can't be read, and then nothing is loaded.
    """
    flaws: list[str] = []
    head = _head(folder, flaws)
    lines = list(_lines(folder, "based_on" in head, flaws))
    edition = _edition(head, lines, flaws)
    if flaws or edition is None:
        more = [f"… and {len(flaws) - MOST_SHOWN} more like these."] if len(flaws) > MOST_SHOWN else []
        raise Refused("\n".join(flaws[:MOST_SHOWN] + more))
    return edition


def _text(folder: Traversable, name: str) -> str:
    try:
        return (folder / name).read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise Refused(f"There is no {name} in {folder}; a catalogue is {HEAD} and {ROWS} in one folder.") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Refused(f"{name} line {line} isn't UTF-8 text; save the file as “CSV UTF-8” or as UTF-8 text.") from None


# --- catalogue.toml ---------------------------------------------------------------------------------------------

_PLAIN: Mapping[str, type] = {
    **dict.fromkeys(("id", "edition", "title", "publisher", "source"), str),
    **dict.fromkeys(("current", "complete"), bool),
}
_HEAD: Mapping[str, type] = {**_PLAIN, "based_on": str, "rules": list, "policy": dict, "local_area": dict}
_RULE: Mapping[str, type] = {"rule": str, "measures": list, "pairs": list, "source": str, "confidence": str}
_POLICY: Mapping[str, type] = {"source": str, "facts": dict}
_LOCAL_AREA: Mapping[str, type] = {"name": str, "codes": list, "since": date}


def _head(folder: Traversable, flaws: list[str]) -> dict[str, Any]:
    """The head as read, with only what is known and of the right type."""
    try:
        head = tomllib.loads(_text(folder, HEAD))
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{HEAD} isn't valid TOML: {error}. Correct that line.") from None
    flaws.extend(
        f"{HEAD}: write “{name}”; every edition has one." for name in ("id", "edition", "title") if name not in head
    )
    return _fitting(HEAD, head, _HEAD, flaws)


def _fitting(place: str, table: Mapping[str, Any], known: Mapping[str, type], flaws: list[str]) -> dict[str, Any]:
    """What of a table is known and of the right type; each other key adds a sentence."""
    for name, value in table.items():
        if name not in known:
            flaws.append(f"{place}: “{name}” isn't known here; {did_you_mean(name, known)}")
        elif type(value) is not known[name]:
            given = _TYPES.get(type(value), "what stands there")
            flaws.append(f"{place}: “{name}” must be {_TYPES[known[name]]}, not {given}.")
    return {name: value for name, value in table.items() if type(value) is known.get(name)}


_TYPES = {
    str: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    list: "a list",
    dict: "a table",
    date: "a date",
}


def _edition(head: dict[str, Any], lines: list[Adopted | Measure], flaws: list[str]) -> MeasureCatalogue | None:
    common = {name: head[name] for name in _PLAIN if name in head}
    common["rules"] = tuple(_rules(head.get("rules", []), flaws))
    common["policy"] = _policy(head.get("policy", {}), flaws)
    common["local_area"] = _local_area(head["local_area"], flaws) if "local_area" in head else None
    if flaws:
        return None
    if "based_on" in head:
        return Overlay(**common, based_on=head["based_on"], lines=tuple(lines))
    return Catalogue(**common, measures=tuple(line for line in lines if isinstance(line, Measure)))


def _rules(tables: list[Any], flaws: list[str]) -> Iterator[RuleData]:
    """The rules; one with ``pairs`` stands for a rule on each pair. What isn't named here is a number of the rule."""
    for number, table in enumerate(tables, start=1):
        if not isinstance(table, dict):
            flaws.append(f"{HEAD} rule {number}: write each rule as a table, under [[rules]].")
            continue
        where = f"{HEAD} rule {number} (“{table.get('rule', '')}”)"
        head = _fitting(where, {name: value for name, value in table.items() if name in _RULE}, _RULE, flaws)
        numbers = {name: value for name, value in table.items() if name not in _RULE}
        flaws.extend(
            f"{where}: “{name}” must be a whole number, true or false, or text."
            for name, value in numbers.items()
            if type(value) not in (int, bool, str)
        )
        bound = head.get("pairs", [head.get("measures")])
        if ("pairs" in head) == ("measures" in head) or not all(_are_texts(refs) for refs in bound):
            flaws.append(
                f'{where}: write the refs it binds as measures = ["NT1", …], or as pairs = [["NT1", "NT2"], …].'
            )
            continue
        confidence = _word(Confidence)(head.get("confidence", Confidence.HIGH), where, flaws)
        for refs in bound:
            yield RuleData(
                rule=head.get("rule", ""),
                measures=tuple(refs),
                numbers=numbers,
                source=head.get("source", ""),
                confidence=confidence,
                where=where,
            )


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _policy(table: dict[str, Any], flaws: list[str]) -> Policy:
    policy = _fitting(f"{HEAD} [policy]", table, _POLICY, flaws)
    facts = policy.get("facts", {})
    flaws.extend(
        f"{HEAD} [policy.facts]: “{name}” must be text or a whole number."
        for name, value in facts.items()
        if type(value) not in (str, int)
    )
    return Policy(facts=facts, source=policy.get("source", ""))


def _local_area(table: dict[str, Any], flaws: list[str]) -> LocalArea | None:
    place = f"{HEAD} [local_area]"
    area = _fitting(place, table, _LOCAL_AREA, flaws)
    flaws.extend(f"{place}: write “{name}” as well." for name in _LOCAL_AREA if name not in table)
    if not _are_texts(area.get("codes", [])):
        flaws.append(f'{place}: write “codes” as area codes in quotes, like ["E08000018"].')
    if len(area) < len(_LOCAL_AREA):
        return None
    return LocalArea(name=area["name"], codes=tuple(area["codes"]), since=area["since"].isoformat())


# --- measures.csv -----------------------------------------------------------------------------------------------

Cell = Callable[[str, str, list[str]], Any]
"""Reads one cell: its text, its place for messages, and where to add a flaw. Gives None after a flaw."""


def _as_written(text: str, place: str, flaws: list[str]) -> str:
    return text


def _unit(text: str, place: str, flaws: list[str]) -> Any:
    try:
        return unit(text)
    except ValueError as error:
        flaws.append(f"{place}: {error}")
        return None


def _word(words: type[Kind] | type[Runs] | type[Confidence]) -> Cell:
    """A cell that holds one of a few words."""

    def read(text: str, place: str, flaws: list[str]) -> Any:
        try:
            return words(text)
        except ValueError:
            flaws.append(
                f"{place}: “{text}” isn't a word for it; {did_you_mean(text, {word.value: word for word in words})}"
            )
            return None

    return read


def _truth(text: str, place: str, flaws: list[str]) -> bool | None:
    if text.casefold() in ("yes", "no"):
        return text.casefold() == "yes"
    flaws.append(f"{place}: write yes or no, not “{text}”; leave it blank where it isn't known.")
    return None


COLUMNS: Mapping[str, tuple[str, Cell]] = {
    "ref": ("ref", _as_written),
    "base_ref": ("base_ref", _as_written),
    "code": ("code", _as_written),
    "title": ("title", _as_written),
    "theme": ("theme", _as_written),
    "outcome": ("outcome", _as_written),
    "headline": ("headline", _as_written),
    "unit": ("unit", _unit),
    "things": ("things", _as_written),
    "kind": ("kind", _word(Kind)),
    "runs": ("runs", _word(Runs)),
    "localised": ("localised", _truth),
    "local_economic": ("is_local_economic", _truth),
    "evidence": ("evidence", _as_written),
    "evidence_from": ("evidence_from", _as_written),
    "seen_in": ("seen_in", _as_written),
    "confidence": ("confidence", _word(Confidence)),
    "notes": ("notes", _as_written),
}
"""The columns of ``measures.csv``, each with the field of a measure it fills. A blank cell says nothing."""

NEEDED = ("ref", "title", "unit", "theme", "outcome")
"""What a measure of an edition's own can't do without; an adopted one has them from its base."""


def _lines(folder: Traversable, is_overlay: bool, flaws: list[str]) -> Iterator[Adopted | Measure]:
    rows = csv.reader(io.StringIO(_text(folder, ROWS), newline=""), strict=True)
    try:
        columns = [name.strip() for name in next(rows, [])]
        if unreadable := list(_header_flaws(columns)):
            flaws.extend(unreadable)
            return
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            where = f"{ROWS} line {rows.line_num}"
            if len(cells) != len(columns):
                flaws.append(
                    f"{where} has {len(cells)} cells for {len(columns)} columns; "
                    "put text that holds a comma in double quotes, and every column in every row."
                )
                continue
            line = _line(dict(zip(columns, cells, strict=True)), where, is_overlay, flaws)
            if line:
                yield line
    except csv.Error as error:
        flaws.append(f"{ROWS} line {rows.line_num} can't be read ({error}); look for a double quote left open.")


def _header_flaws(columns: list[str]) -> Iterator[str]:
    if not any(columns):
        yield f"{ROWS} is empty; its first line names the columns: {', '.join(COLUMNS)}."
        return
    for place, name in enumerate(columns, start=1):
        if not name:
            yield f"{ROWS} line 1: column {place} has no name; name it, or delete the column."
        elif name not in COLUMNS:
            yield f"{ROWS} line 1: “{name}” isn't a column of a catalogue; {did_you_mean(name, COLUMNS)}"
        elif name in columns[: place - 1]:
            yield f"{ROWS} line 1: the column “{name}” stands there twice; keep one."
    if "ref" not in columns:
        yield f"{ROWS} line 1: there is no column “ref”; a measure is known by its ref."


def _line(row: Mapping[str, str], where: str, is_overlay: bool, flaws: list[str]) -> Adopted | Measure | None:
    """One row as an adopted measure when it names a base ref, else as a measure of the edition's own."""
    before = len(flaws)
    said: dict[str, Any] = {}
    for column, text in row.items():
        if text.strip():
            name, read = COLUMNS[column]
            said[name] = read(text if column == "ref" else text.strip(), f"{where}, column “{column}”", flaws)
    ref, base_ref = said.pop("ref", ""), said.pop("base_ref", "")
    if base_ref and not is_overlay:
        flaws.append(f"{where}, column “base_ref”: {HEAD} doesn't say what the edition is “based_on”; write it there.")
    if len(flaws) > before:
        return None
    if base_ref:
        return Adopted(ref=ref, base_ref=base_ref, changes=said, where=where)
    if "unit" not in said:
        or_base = (
            " (or, where the measure stands on one of the base edition, name that under “base_ref”)"
            if is_overlay
            else ""
        )
        flaws.append(f"{where}, column “unit”: “{ref}” has no unit; write one{or_base}.")
        return None
    blank: dict[str, Any] = {name: "" for name in NEEDED if name not in said and name not in ("ref", "unit")}
    return Measure(ref=ref, **blank, **said, where=where)

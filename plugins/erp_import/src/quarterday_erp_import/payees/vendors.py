"""The finance system's list of suppliers, read into typed rows: who each number is, where, how big and of which sector.

Published spend files hold no postcodes and hardly an identifier; this list does. Every size, sector and ownership says
where it comes from and of which day it is, because figures by them do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Generic, TypeVar

from quarterday import Sentence, said
from quarterday_erp_import.payees.names import read, tidy
from quarterday_erp_import.payees.payee import Supplier
from quarterday_erp_import.payees.vendor_columns import VendorColumn
from quarterday_erp_import.payees.words import table
from quarterday_erp_import.reading.contents import is_nothing
from quarterday_erp_import.reading.names import plain

_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})")
_POSTCODE_AT_END = re.compile(rf"(?<![A-Z0-9]){_POSTCODE.pattern}$")
_WORD = re.compile(r"[a-z0-9]+")
_CIC = "community interest company"
_CIO = "charitable organisation"


class Size(StrEnum):
    """How big an enterprise is; ``sme`` where the list says no more than that it is small or medium."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    SME = "sme"


class Sector(StrEnum):
    """What sort of organisation a supplier is."""

    VCSE = "vcse"
    PUBLIC = "public"
    PRIVATE = "private"
    SOLE_TRADER = "sole_trader"
    PERSON = "person"


Value = TypeVar("Value", bound=str)


@dataclass(frozen=True, slots=True)
class Stated(Generic[Value]):
    """What somebody says of a supplier, who says it, and of which day it is."""

    value: Value
    source: str
    as_at: date


@dataclass(frozen=True, slots=True)
class Vendor:
    """One row of the list. ``line``: of the file. ``number``: None where the list has none. ``postcode``: as it is
    written on letters, None where it can't be one. ``doubts``: what the row says that wasn't understood, in sentences.
    """

    line: int
    name: str
    number: str | None = None
    address: str | None = None
    postcode: str | None = None
    company_number: str | None = None
    charity_number: str | None = None
    vat_number: str | None = None
    size: Stated[Size] | None = None
    sector: Stated[Sector] | None = None
    ownership: Stated[str] | None = None
    doubts: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class NoVendor:
    """A row that names no supplier: its line and why, in a sentence."""

    line: int
    why: Sentence


def vendors(
    columns: Mapping[str, VendorColumn], rows: Iterable[tuple[int, Sequence[str]]], *, source: str, as_at: date
) -> Iterator[Vendor | NoVendor]:
    """Each row of the list as a vendor, or why it is none.

    ``rows``: the line of the file and its cells. ``source`` and ``as_at``: what the sizes and sectors are said by, and
    of which day. A charity number or a legal form says VCSE where the list says nothing.
    """
    asked = {field: " ".join(plain(column.name)) for field, column in columns.items()}
    for line, cells in rows:
        record = {
            field: text
            for field, column in columns.items()
            if column.index < len(cells) and (text := tidy(cells[column.index])) and not is_nothing(text)
        }
        name = record.get("name", "")
        if not any(sign.isalnum() for sign in name):
            yield NoVendor(line, said("The row names no supplier."))
            continue
        yield _vendor(line, record, asked, source, as_at)


def suppliers(listed: Iterable[Vendor], *, same: Mapping[str, str] | None = None) -> list[Supplier]:
    """The vendors as suppliers to be matched with: one for each number, with all names it is listed under.

    A vendor without a number stands by its line, ``line 12``. Of two identifiers under one number the last counts.
    ``same``: those that are one supplier with others, and what that goes by.
    """
    found: dict[str, Supplier] = {}
    for vendor in listed:
        key = vendor.number or f"line {vendor.line}"
        before = found.get(key)
        found[key] = Supplier(
            id=key,
            names=tuple(dict.fromkeys([*(before.names if before else ()), vendor.name])),
            numbers=(vendor.number,) if vendor.number else (),
            company_number=vendor.company_number or (before.company_number if before else None),
            charity_number=vendor.charity_number or (before.charity_number if before else None),
            vat_number=vendor.vat_number or (before.vat_number if before else None),
            one_with=(same or {}).get(key, ""),
        )
    return list(found.values())


def _vendor(line: int, record: Mapping[str, str], asked: Mapping[str, str], source: str, as_at: date) -> Vendor:
    doubts: list[Sentence] = []
    size = _of_kind(record, "size", asked, doubts)
    sector = _of_kind(record, "sector", asked, doubts)
    parts = [record[part] for part in ("address", "address_2", "address_3", "town") if part in record]
    postcode = _POSTCODE.fullmatch(record.get("postcode", "").upper()) or _at_the_end(parts)
    if "postcode" in record and postcode is None:
        doubts.append(said("The postcode is none of the United Kingdom's."))
    stated = Stated(Sector(sector), source, as_at) if sector else _told_by_itself(record, as_at)
    ownership = record.get("ownership")
    return Vendor(
        line=line,
        name=record["name"],
        number=record.get("number"),
        address=", ".join(parts) or None,
        postcode=f"{postcode[1]} {postcode[2]}" if postcode else None,
        company_number=record.get("company_number"),
        charity_number=record.get("charity_number"),
        vat_number=record.get("vat_number"),
        size=Stated(Size(size), source, as_at) if size else None,
        sector=stated,
        ownership=Stated(ownership, source, as_at) if ownership else None,
        doubts=tuple(doubts),
    )


def _at_the_end(address: Sequence[str]) -> re.Match[str] | None:
    """The postcode with which an address ends, where the list has no column for it."""
    found = [match for part in address if (match := _POSTCODE_AT_END.search(part.upper()))]
    return found[-1] if found else None


def _told_by_itself(record: Mapping[str, str], as_at: date) -> Stated[Sector] | None:
    """What a charity number or the legal form in the name says of the sector."""
    if "charity_number" in record:
        return Stated(Sector.VCSE, "it has a charity number", as_at)
    form = read(record["name"]).legal_form
    return Stated(Sector.VCSE, f"its name says {form}", as_at) if form in (_CIC, _CIO) else None


def _of_kind(record: Mapping[str, str], field: str, asked: Mapping[str, str], doubts: list[Sentence]) -> str | None:
    """The kind that a cell says in one of the known words; what isn't known becomes a doubt, and is nothing."""
    if field not in record:
        return None
    written = " ".join(_words(record[field]))
    kinds, yes = _kinds(field), _yes()
    if written in yes["words"] and asked[field] in yes[field]:
        return kinds.get(asked[field].removesuffix(" status"))
    if written in kinds:
        return kinds[written]
    if written not in ("n", "no", "false", "0", "unknown", "not known", "n a", "na", "none"):
        doubts.append(said("The {field} “{text}” is none that is known here.", field=field, text=record[field][:40]))
    return None


@cache
def _yes() -> Mapping[str, Sequence[str]]:
    """What a yes is written as, and the columns in which it says something of size or sector."""
    yes: Mapping[str, Sequence[str]] = table("vendors.toml")["yes"]
    return yes


@cache
def _kinds(field: str) -> Mapping[str, str]:
    """Each word a list may use for a size or sector, and which it means."""
    return {word: kind for kind, written in table("vendors.toml")[field].items() for word in written}


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower()))

"""Columns of text as the typed columns of a line."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from quarterday_erp_import.reading.contents import NOTHING
from quarterday_erp_import.reading.dates import EARLIEST, LATEST, Moment, moment
from quarterday_erp_import.reading.records import Integers

NO_DATE, UNREADABLE = 0, 1
"""What a record's date is where it is none: nothing stands there, or something that is no date."""

_EPOCH = date(1970, 1, 1)
_TWICE = re.compile("[ÂÃâ][\x80-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|ï»¿")
_BROKEN_NUMBER = re.compile(r"\d(?:\.\d+)?E\+\d+", re.IGNORECASE)
_PLAIN = r"^[!-~]+(?: [!-~]+)*$"
"""Text with nothing to tidy: unless it says that there is nothing, names, words and references are left as they are."""


def tidy(text: str) -> str:
    """The text without zero bytes, with runs of white space made one space, and what was encoded twice put right."""
    if not text.isascii() and _TWICE.search(text):
        try:
            text = text.encode("cp1252").decode()
        except UnicodeError:
            text = text.replace("Â£", "£").replace("ï»¿", "")
    return " ".join(text.replace("\0", "").split())


def names(column: pa.Array) -> pa.Array:
    """Tidy text, "" where a cell holds nothing."""
    return _each(column, lambda text: "" if (said := tidy(text)).lower() in NOTHING else said)


def words(column: pa.Array) -> pa.Array:
    """Tidy text, null where a cell holds nothing."""
    return _each(column, lambda text: None if (said := tidy(text)).lower() in NOTHING else said)


def numbers(column: pa.Array) -> pa.Array:
    """References as text; null where there is none, and where a spreadsheet has rounded one (4.71532E+23)."""

    def number(text: str) -> str | None:
        said = tidy(text)
        return None if said.lower() in NOTHING or _BROKEN_NUMBER.fullmatch(said) else said

    return _each(column, number)


def company_numbers(column: pa.Array) -> pa.Array:
    """Company numbers with their lost zeros put back; null for what isn't one."""
    return _form(column, _company)


def _company(text: str) -> str | None:
    said = tidy(text).upper().replace(" ", "")
    said = said.removeprefix("GB/").removeprefix("GB-COH-").removeprefix("GB-COH/")
    if said.isdecimal() and 5 <= len(said) <= 8 and int(said):
        return said.zfill(8)
    return said if re.fullmatch(r"[A-Z]{2}\d{6}|R\d{7}|IP\d{5}R", said) else None


def charity_numbers(column: pa.Array) -> pa.Array:
    """Charity numbers; null for what isn't one."""
    return _form(
        column, lambda text: said if re.fullmatch(r"(?:SC)?\d{5,7}(?:-\d{1,2})?", said := tidy(text).upper()) else None
    )


def vat_numbers(column: pa.Array) -> pa.Array:
    """VAT numbers as their nine or twelve digits; null for what isn't one."""

    def number(text: str) -> str | None:
        said = re.sub(r"[\s.-]", "", text.upper()).removeprefix("GB")
        return said if said.isdecimal() and len(said) in (9, 12) else None

    return _form(column, number)


def postcodes(column: pa.Array) -> pa.Array:
    """Whole postcodes, in capitals with their space; null for what isn't one."""

    def postcode(text: str) -> str | None:
        said = re.sub(r"\s", "", text.upper())
        fits = re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}", said)
        return f"{said[:-3]} {said[-3:]}" if fits else None

    return _form(column, postcode)


READERS: dict[str, Callable[[pa.Array], pa.Array]] = {
    "payee_id": numbers,
    "document": numbers,
    "order_number": numbers,
    "contract_number": numbers,
    "service": words,
    "category": words,
    "category_code": numbers,
    "company_number": company_numbers,
    "charity_number": charity_numbers,
    "vat_number": vat_numbers,
    "postcode": postcodes,
}
"""How each field that a line keeps as text is read."""


def _each(column: pa.Array, reader: Callable[[str], str | None]) -> pa.Array:
    """The column with each text read: each distinct one once, where many are the same; what is plain stays."""
    if len(column) > 1000 and len(column[:1000].unique()) < 900:
        coded = column.dictionary_encode()
        return _mended(coded.dictionary, reader).take(coded.indices)
    return _mended(column, reader)


def _mended(texts: pa.Array, reader: Callable[[str], str | None]) -> pa.Array:
    """The texts, those that aren't plain as ``reader`` reads them."""
    plain = pc.match_substring_regex(texts, _PLAIN)
    for unplain in (
        pc.is_in(pc.ascii_lower(texts), pa.array(sorted(NOTHING))),
        pc.match_substring(texts, "E+", ignore_case=True),
    ):
        plain = pc.and_(plain, pc.invert(unplain))
    others = texts.filter(pc.invert(plain)).to_pylist()
    return pc.replace_with_mask(texts, pc.invert(plain), pa.array([reader(text) for text in others], pa.string()))


def _form(column: pa.Array, reader: Callable[[str], str | None]) -> pa.Array:
    """The column with each text read, each distinct one once."""
    coded = column.dictionary_encode()
    return pa.array([reader(text) for text in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def days(
    column: pa.Array, order: str, periods: str
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.object_], npt.NDArray[np.int8]]:
    """Days since 1970, the precision of each, and what it is where it is none (:data:`NO_DATE`, else 2 for a date)."""
    coded = column.dictionary_encode()
    found = [moment(text, order) for text in coded.dictionary.to_pylist()]
    shifted = [None if one is None else in_calendar(one, periods) for one in found]
    states = [
        2 if one else NO_DATE if tidy(text).lower() in NOTHING else UNREADABLE
        for one, text in zip(shifted, coded.dictionary.to_pylist(), strict=True)
    ]
    place = np.asarray(coded.indices)
    day = np.array([(one.day - _EPOCH).days if one else 0 for one in shifted], np.int32)
    precision = np.array([one.precision if one else "" for one in shifted], object)
    return day[place], precision[place], np.array(states, np.int8)[place]


def in_calendar(found: Moment, periods: str) -> Moment | None:
    """The moment, or for a period of a financial year (from April) the month that it stands for."""
    if found.precision != "month" or found.shape != "201002" or periods == "calendar":
        return found
    year, period = found.day.year, found.day.month
    if periods.endswith("last year"):
        year -= 1
    months = period + 2
    day = date(year + months // 12, months % 12 + 1, 1)
    return Moment(day, "month", found.shape) if EARLIEST <= day <= LATEST else None


def added(amounts: Integers) -> int:
    """The exact sum, also where it needs more than 64 bits."""
    return (int((amounts >> 20).sum()) << 20) + int((amounts & (2**20 - 1)).sum())

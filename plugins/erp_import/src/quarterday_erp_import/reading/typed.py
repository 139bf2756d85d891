"""Columns of text as the typed columns of a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quarterday_erp_import.reading import arrays
from quarterday_erp_import.reading.arrays import Integers
from quarterday_erp_import.reading.contents import NOTHING
from quarterday_erp_import.reading.dates import EARLIEST, LATEST, Moment, moment, month_of

_EPOCH = date(1970, 1, 1)
_TWICE = re.compile("[ÂÃâ][\x80-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|ï»¿")
_BROKEN_NUMBER = re.compile(r"\d(?:\.\d+)?E\+\d+", re.IGNORECASE)
_VISIBLE = bytes(range(0x21, 0x7F))
_PLAIN = r"^[!-~]+(?: [!-~]+)*$"
"""Text with nothing to tidy: unless it says that there is nothing, names, words and references are left as they are."""


@lru_cache(maxsize=16_384)  # the same names come in each part of a file
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


def decoded(column: pa.Array) -> pa.Array:
    """The column as plain text."""
    return column.cast(pa.string())


def coded(column: pa.Array) -> pa.DictionaryArray:
    """The column with each of its texts once, and where each stands."""
    return column if isinstance(column, pa.DictionaryArray) else column.dictionary_encode()


def _each(column: pa.Array, reader: Callable[[str], str | None]) -> pa.Array:
    """The column with each text read, a repeated one once; what is plain stays."""
    if isinstance(column, pa.DictionaryArray):
        return _with(column, _mended(column.dictionary, reader))
    return _mended(column, reader)


def _with(column: pa.DictionaryArray, texts: pa.Array) -> pa.DictionaryArray:
    """The column with other texts in the place of its own."""
    return pa.DictionaryArray.from_arrays(column.indices, texts)


def _mended(texts: pa.Array, reader: Callable[[str], str | None]) -> pa.Array:
    """The texts, those that aren't plain as ``reader`` reads them."""
    unplain = pc.is_in(pc.ascii_lower(texts), arrays.texts(sorted(NOTHING)))
    said = _letters(texts)
    if said.translate(None, _VISIBLE):
        unplain = pc.or_(unplain, pc.invert(pc.match_substring_regex(texts, _PLAIN)))
    if b"+" in said:
        unplain = pc.or_(unplain, pc.match_substring(texts, "E+", ignore_case=True))
    others = texts.filter(unplain).to_pylist()
    return pc.replace_with_mask(texts, unplain, arrays.texts([reader(text) for text in others]))


def _letters(texts: pa.Array) -> bytes:
    """All the texts' letters together; a look at these can spare a look at each."""
    _, ends, letters = texts.buffers()
    if not len(texts) or letters is None:
        return b""
    ends = np.frombuffer(ends, np.int32)[texts.offset :]
    said: bytes = letters[int(ends[0]) : int(ends[len(texts)])].to_pybytes()
    return said


def _form(column: pa.Array, reader: Callable[[str], str | None]) -> pa.Array:
    """The column with each text read, each distinct one once."""
    found = coded(column)
    return _with(found, arrays.texts([reader(text) for text in found.dictionary.to_pylist()]))


def days(column: pa.Array, order: str, periods: str) -> tuple[pa.Array, pa.Array]:
    """When each text says that something was paid, as date32, null where it says no date; and how precisely, or ""."""
    texts = coded(column)
    found = [
        None if (one := moment(text, order)) is None else in_calendar(one, periods)
        for text in texts.dictionary.to_pylist()
    ]
    return _taken(found, texts.indices)


def _taken(found: Sequence[Moment | None], places: pa.Array) -> tuple[pa.Array, pa.Array]:
    """What was found, at each of its places: days, and how precisely they are known."""
    known = np.array([one is not None for one in found], bool)
    since = np.array([(one.day - _EPOCH).days if one else 0 for one in found], np.int32)
    day = arrays.integers(since, known=known).cast(pa.date32())
    precision = arrays.texts([one.precision if one else "" for one in found])
    return day.take(places), precision.take(places)


def months(years: pa.Array, named: pa.Array, periods: str) -> tuple[pa.Array, pa.Array]:
    """The same where the year stands in one column and its month in another."""
    year, month = coded(years), coded(named)
    pairs = arrays.numbers(year.indices).astype(np.int64) * len(month.dictionary) + arrays.numbers(month.indices)
    unlike, places = np.unique(pairs, return_inverse=True)
    texts = [
        [column.dictionary[at].as_py() for at in indices.tolist()]
        for column, indices in zip((year, month), np.divmod(unlike, len(month.dictionary)), strict=True)
    ]
    last = periods.endswith("last year")
    found = [_month_of(one, of, periods, last=last) for one, of in zip(*texts, strict=True)]
    return _taken(found, arrays.integers(places))


def _month_of(year: str, month: str, periods: str, *, last: bool) -> Moment | None:
    is_financial = periods != "calendar"
    if month.strip().lower() in NOTHING:
        return moment(year)
    one = month_of(year, month, is_financial=is_financial)
    if one and last and is_financial and len(year.strip()) == 4:
        return replace(one, day=one.day.replace(year=one.day.year - 1))
    return one


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

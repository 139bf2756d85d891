"""A file's records as typed lines, with what is set aside and what is skipped: every record is one of the three."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quarterday_erp_import.lines import SCHEMA
from quarterday_erp_import.reading import arrays, money, typed
from quarterday_erp_import.reading.arrays import Flags, Integers
from quarterday_erp_import.reading.blocks import Block, blocks
from quarterday_erp_import.reading.contents import NOTHING
from quarterday_erp_import.reading.file_profile import Profile
from quarterday_erp_import.reading.footers import Total
from quarterday_erp_import.reading.judging import BLANK, Aside, Skipped, is_subtotal, is_total, judged
from quarterday_erp_import.reading.text import text_as


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record that can't be understood, kept whole for a person to correct."""

    ordinal: int
    """Its number after the header, from 1."""
    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """What some records of a file became, in order."""

    lines: pa.RecordBatch
    """The accepted ones, in the columns of :data:`quarterday_erp_import.lines.SCHEMA`."""
    quarantined: list[Quarantined]
    skips: Counter[str]
    """How many records are no payments, by what they are: "blank", "total", "note", "header again"."""
    rows: int
    """How many records there were, counted before anything was done with them."""
    totals: tuple[Total, ...] = ()
    """The records that are called totals."""

    @property
    def skipped(self) -> int:
        """How many records are no payments."""
        return self.skips.total()


@dataclass
class _Amounts:
    """Every record's money in micropounds."""

    amount: Integers
    known: Flags
    vat: pa.Array | None
    gross: pa.Array | None
    is_net: Flags
    """Where the amount was worked out as gross less VAT."""


@dataclass
class Reader:
    """Has what a file's blocks say, one after the other."""

    profile: Profile
    so_far: int = 0
    """The sum of the accepted amounts before this chunk, in micropounds."""

    def chunk(self, block: Block) -> Chunk:
        """What the records of a block are."""
        profile = self.profile
        sums = self._money(block)
        day, precision = self._days(block)
        payee = typed.coded(typed.names(block.columns[profile.columns["payee"].index]))
        accepted = sums.known & ~block.strange & _plainly_payees(payee)
        if day is not None:
            accepted &= arrays.flags(pc.is_valid(day))
        accepted &= np.diff(block.window.lines, append=block.window.lines[-1:]) <= 3
        quarantined: list[Quarantined] = []
        totals: list[Total] = []
        skipped = Counter({BLANK: int(block.blank.sum())} if block.blank.any() else {})
        numbers = block.numbers - profile.header_row
        lines = numbers + profile.header_row if profile.sheet else block.window.lines
        for record in np.flatnonzero(~accepted & ~block.blank).tolist():
            found = self._judged(block, record, sums, accepted)
            if found is None:
                accepted[record] = True
            elif isinstance(found, Skipped):
                skipped[found.kind] += 1
                if found.total:
                    amount = int(sums.amount[record]) if sums.known[record] else None
                    totals.append(Total(int(numbers[record]), found.total, amount))
            else:
                quarantined.append(
                    Quarantined(int(numbers[record]), int(lines[record]), block.window.text(record), found.why)
                )
        self.so_far += typed.added(sums.amount[accepted])
        columns = {
            "ordinal": arrays.integers(numbers),
            "line": arrays.integers(lines),
            "paid_on": day,
            "paid_precision": precision,
            "payee": payee,
            "amount": arrays.integers(sums.amount),
            "vat": sums.vat,
            "gross": sums.gross,
            "amount_is": self._amount_is(sums),
            "kind_of_record": self._kinds(block),
        }
        for name, reader in typed.READERS.items():
            if used := profile.columns.get(name):
                columns[name] = reader(block.columns[used.index])
        return Chunk(_batch(columns, accepted), quarantined, skipped, len(block), tuple(totals))

    def _judged(self, block: Block, record: int, sums: _Amounts, accepted: Flags) -> Skipped | Aside | None:
        if fault := block.window.faults.get(record):
            return Aside(fault)

        def so_far() -> int:
            return self.so_far + typed.added(sums.amount[:record][accepted[:record]])

        return judged(block.cells(record), self.profile, amount_known=bool(sums.known[record]), so_far=so_far)

    def _money(self, block: Block) -> _Amounts:
        profile, size = self.profile, len(block)
        sign = -1 if profile.payments == "negative" else 1
        nothing = np.zeros(size, np.int64), np.zeros(size, bool)
        (amount, known), (vat, vat_known), (gross, gross_known) = (
            money.read(block.columns[one.index]) if one else nothing
            for one in (profile.amount, profile.vat, profile.gross)
        )
        if profile.credit and profile.amount:
            credit, is_credit = money.read(block.columns[profile.credit.index])
            is_credit &= known | _empty(block.columns[profile.amount.index])
            amount, known = np.where(is_credit, amount - np.abs(credit), amount), known | is_credit
        worked_out = gross_known & vat_known & ~known
        if profile.amount and worked_out.any():
            worked_out &= _empty(block.columns[profile.amount.index])
        amount = np.where(worked_out, gross - vat, amount)
        alone = gross_known & ~vat_known & ~known if profile.amount is None else np.zeros(size, bool)
        amount = np.where(alone, gross, amount) * sign
        return _Amounts(
            amount,
            known | worked_out | alone,
            arrays.integers(vat * sign, known=vat_known) if profile.vat else None,
            arrays.integers(gross * sign, known=gross_known) if profile.gross else None,
            worked_out,
        )

    def _amount_is(self, sums: _Amounts) -> pa.Array | str:
        usual = self.profile.amount_is if self.profile.amount else "gross"
        return (
            pc.if_else(arrays.booleans(sums.is_net), arrays.text("net"), arrays.text(usual))
            if sums.is_net.any()
            else usual
        )

    def _days(self, block: Block) -> tuple[pa.Array | None, pa.Array | str]:
        column = self.profile.columns.get("paid_on")
        if column is None:
            return None, ""
        if month := self.profile.columns.get("month"):
            return typed.months(block.columns[column.index], block.columns[month.index], self.profile.periods)
        return typed.days(block.columns[column.index], self.profile.order.order, self.profile.periods)

    def _kinds(self, block: Block) -> pa.Array | str:
        column = self.profile.columns.get("card")
        if column is None:
            return self.profile.kind
        said = pc.utf8_lower(pc.utf8_trim_whitespace(typed.decoded(block.columns[column.index])))
        no_card = pc.is_in(said, arrays.texts(["no", "n", "false", "0", *NOTHING]))
        return pc.if_else(no_card, arrays.text(self.profile.kind), arrays.text("card"))


def _batch(columns: Mapping[str, pa.Array | str | None], accepted: Flags) -> pa.RecordBatch:
    """The accepted records' lines; a column may be one text throughout, and one that isn't there holds nothing."""
    size = int(accepted.sum())
    mask = None if size == len(accepted) else arrays.booleans(accepted)
    made = []
    for field in SCHEMA:
        column = columns.get(field.name)
        if column is None:
            made.append(pa.nulls(size, field.type))
        elif isinstance(column, str):
            made.append(pa.repeat(arrays.text(column), size))
        else:
            made.append((column if mask is None else column.filter(mask)).cast(field.type))
    return pa.RecordBatch.from_arrays(made, schema=SCHEMA)


def _empty(column: pa.Array) -> Flags:
    said = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    return arrays.flags(pc.is_in(said, arrays.texts(sorted(NOTHING))))


def _plainly_payees(payee: pa.DictionaryArray) -> Flags:
    """Which names are there and don't say that their record is a total."""
    plainly = ~arrays.flags(pc.equal(payee.dictionary, arrays.text("")))
    for place in np.flatnonzero(arrays.flags(pc.match_substring(payee.dictionary, "total", ignore_case=True))).tolist():
        text = payee.dictionary[place].as_py()
        plainly[place] = not is_total(text) and not is_subtotal(text)
    found: Flags = plainly[arrays.numbers(payee.indices)]
    return found


def read(path: Path, profile: Profile) -> Iterator[Chunk]:
    """The lines of a file as the profile understands it, some at a time, each record once and in order.

    Raises :class:`quarterday.Refused` where the file isn't there any more or holds no table.
    """
    reader = Reader(profile)
    with text_as(path, profile.encoding, profile.mixed_encodings, profile.sheet) as text:
        for block in blocks(text.windows(profile.delimiter), profile.wanted, after=profile.header_row):
            yield reader.chunk(block)

"""A file's records as typed lines, with what is set aside and what is skipped: every record is one of the three."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quarterday_erp_import.lines import SCHEMA
from quarterday_erp_import.reading import money, typed
from quarterday_erp_import.reading.blocks import Block, blocks
from quarterday_erp_import.reading.contents import NOTHING
from quarterday_erp_import.reading.file_profile import Profile
from quarterday_erp_import.reading.judging import BLANK, Aside, Skipped, is_subtotal, is_total, judged
from quarterday_erp_import.reading.records import Flags, Integers
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

    @property
    def skipped(self) -> int:
        """How many records are no payments."""
        return self.skips.total()


@dataclass
class _Amounts:
    """Every record's money in micropounds."""

    amount: Integers
    known: Flags
    vat: pa.Array
    gross: pa.Array
    is_net: Flags
    """Where the amount was worked out as gross less VAT."""


@dataclass
class _Reader:
    profile: Profile
    so_far: int = 0
    """The sum of the accepted amounts before this chunk, in micropounds."""

    def chunk(self, block: Block) -> Chunk:
        """What the records of a block are."""
        profile = self.profile
        sums = self._money(block)
        day, precision, state = self._days(block)
        payee = typed.names(block.columns[profile.columns["payee"].index])
        accepted = sums.known & ~block.strange & _plainly_payees(payee)
        if "paid_on" in profile.columns:
            accepted &= state == 2
        spans = np.diff(np.append(block.window.lines, block.window.lines[-1:]))
        accepted &= spans <= 3
        quarantined: list[Quarantined] = []
        blank = block.window.blank
        skipped = Counter({BLANK: int(blank.sum())} if blank.any() else {})
        numbers = block.numbers - profile.header_row
        lines = numbers + profile.header_row if profile.sheet else block.window.lines
        for record in np.flatnonzero(~accepted & ~blank):
            found = self._judged(block, int(record), sums, accepted)
            if found is None:
                accepted[record] = True
            elif isinstance(found, Skipped):
                skipped[found.kind] += 1
            else:
                quarantined.append(
                    Quarantined(int(numbers[record]), int(lines[record]), block.window.text(int(record)), found.why)
                )
        self.so_far += typed.added(sums.amount[accepted])
        days_known = pa.array(state == 2)
        columns = {
            "ordinal": pa.array(numbers),
            "line": pa.array(lines),
            "paid_on": pc.if_else(days_known, pa.array(day).cast(pa.date32()), pa.scalar(None, pa.date32())),
            "paid_precision": pa.array(precision, pa.string()),
            "payee": payee,
            "amount": pa.array(sums.amount),
            "vat": sums.vat,
            "gross": sums.gross,
            "amount_is": self._amount_is(sums),
            "kind_of_record": self._kinds(block),
        }
        for name, reader in typed.READERS.items():
            used = profile.columns.get(name)
            columns[name] = reader(block.columns[used.index]) if used else pa.nulls(len(block), pa.string())
        batch = pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)
        if not accepted.all():
            batch = batch.filter(pa.array(accepted))
        return Chunk(batch, quarantined, skipped, len(block))

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
        worked_out = gross_known & vat_known & ~known
        worked_out &= _empty(block.columns[profile.amount.index]) if profile.amount else True
        amount = np.where(worked_out, gross - vat, amount)
        alone = gross_known & ~vat_known & ~known if profile.amount is None else np.zeros(size, bool)
        amount = np.where(alone, gross, amount) * sign
        return _Amounts(
            amount,
            known | worked_out | alone,
            pa.array(vat * sign, mask=~vat_known),
            pa.array(gross * sign, mask=~gross_known),
            worked_out,
        )

    def _amount_is(self, sums: _Amounts) -> pa.Array:
        usual = self.profile.amount_is if self.profile.amount else "gross"
        return pc.if_else(pa.array(sums.is_net), "net", usual)

    def _days(self, block: Block) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        column = self.profile.columns.get("paid_on")
        if column is None:
            size = len(block)
            return np.zeros(size, np.int32), np.full(size, "", object), np.full(size, typed.NO_DATE, np.int8)
        return typed.days(block.columns[column.index], self.profile.order.order, self.profile.periods)

    def _kinds(self, block: Block) -> pa.Array:
        column = self.profile.columns.get("card")
        if column is None:
            return pa.array([self.profile.kind] * len(block), pa.string())
        said = pc.utf8_lower(pc.utf8_trim_whitespace(block.columns[column.index]))
        no_card = pc.is_in(said, pa.array(["no", "n", "false", "0", *NOTHING]))
        return pc.if_else(no_card, self.profile.kind, "card")


def _empty(column: pa.Array) -> Flags:
    said = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    return np.asarray(pc.is_in(said, pa.array(sorted(NOTHING))).to_numpy(zero_copy_only=False), bool)


def _plainly_payees(payee: pa.Array) -> Flags:
    """Which names are there and don't say that their record is a total."""
    plainly = ~money.flags(pc.equal(payee, ""))
    for place in np.flatnonzero(money.flags(pc.match_substring(payee, "total", ignore_case=True))):
        text = payee[int(place)].as_py()
        plainly[place] = not is_total(text) and not is_subtotal(text)
    return plainly


def read(path: Path, profile: Profile) -> Iterator[Chunk]:
    """The lines of a file as the profile understands it, some at a time, each record once and in order.

    Raises :class:`quarterday.Refused` where the file isn't there any more or holds no table.
    """
    reader = _Reader(profile)
    with text_as(path, profile.encoding, profile.mixed_encodings, profile.sheet) as text:
        records = text.windows(profile.delimiter)
        for block in blocks(records, profile.delimiter, profile.width, profile.wanted, after=profile.header_row):
            yield reader.chunk(block)

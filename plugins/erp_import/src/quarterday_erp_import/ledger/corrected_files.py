"""A batch's records that weren't understood as a CSV: it is taken, put right, and sent back; records are known by their
number in the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quarterday import Refused, said
from quarterday.services.figures.written import csv_bytes
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger import batches, corrections
from quarterday_erp_import.ledger.corrections import NO_PAYMENT, QuarantinedRow, Said
from quarterday_erp_import.ledger.sent_back import Taken, Wrong, rows_of
from quarterday_erp_import.ledger.stated import FIELDS, line_of

RECORD, LINE, REASON, TEXT, NONE = "record", "line", "reason", "text", "no payment"
HEADER = (RECORD, LINE, REASON, TEXT, NONE, *FIELDS)
"""The columns: the record's number, where it begins, why it wasn't understood and what it says; then what is typed."""


def written(uow: UnitOfWork, actor: Actor, *, batch_id: int) -> bytes:
    """The records of a batch that weren't understood, with what was said of them, as CSV; no cell is a formula."""
    rows = corrections.quarantined(uow, actor, batch_id=batch_id)
    return csv_bytes([HEADER, *(_cells(one) for one in rows)])


def taken_in(uow: UnitOfWork, actor: Actor, *, batch_id: int, content: bytes) -> Taken:
    """Keep what a file of corrections says: all rows that can be used, and say of each other one what is wrong.

    A row in which nothing is typed is left as it is. Raises :class:`Refused` for what is no such file.
    """
    said_of: dict[int, Said] = {}
    untouched, wrong = 0, []
    batch, account = batches.whole_batch(uow, actor, batch_id=batch_id)
    there = {one.ordinal for one in corrections.quarantined(uow, actor, batch_id=batch.id)}
    for number, row in _rows(content):
        try:
            ordinal, one = _said(row, account.understood)
        except Refused as refused:
            wrong.append(Wrong(number, said("{why}", why=refused)))
            continue
        if ordinal not in there:
            wrong.append(Wrong(number, said("Record {ordinal} isn’t one that was set aside.", ordinal=ordinal)))
        elif ordinal in said_of:
            wrong.append(Wrong(number, said("Record {ordinal} stands in the file twice.", ordinal=ordinal)))
        elif one is None:
            untouched += 1
        else:
            said_of[ordinal] = one
    kept = corrections.correct_many(uow, actor, batch_id=batch_id, said_of=said_of)
    return Taken(kept, untouched, tuple(wrong))


def of_file(understood: Mapping[str, Any]) -> dict[str, Any]:
    """What a line says by the file that it stands in: which amount it is, and which kind of record."""
    return {"amount_is": understood.get("amount_is") or "unknown", "kind_of_record": understood.get("kind") or "spend"}


def as_typed(means: Mapping[str, Any]) -> dict[str, str]:
    """What somebody said a record means, as they would type it."""
    found = {name: str(means[name]) for name in FIELDS if means.get(name)}
    return found | {"amount": _pounds(means["amount"])}


def _pounds(micropounds: int) -> str:
    whole, rest = divmod(abs(micropounds), 1_000_000)
    places = f"{rest:06}".rstrip("0").ljust(2, "0")
    return f"{'-' if micropounds < 0 else ''}{whole}.{places}"


def _cells(one: QuarantinedRow) -> list[str]:
    means = as_typed(one.means) if one.means else {}
    none = one.why or "other" if one.is_settled and one.means is None else ""
    return [
        str(one.ordinal),
        str(one.line),
        one.reason,
        one.text or "",
        none,
        *(means.get(name, "") for name in FIELDS),
    ]


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    why = "The file has no column “record”. Download it here, and put the records right in that one."
    return rows_of(content, HEADER, needs=(RECORD,), otherwise=Refused(why))


def _said(row: Mapping[str, str], understood: Mapping[str, Any]) -> tuple[int, Said | None]:
    """The record's number, and what its row says of it; raises :class:`Refused` with what is wrong."""
    number = row.get(RECORD, "").strip()
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise Refused("“record” is the number of the record, as in the file you downloaded.")
    why = row.get(NONE, "").strip().casefold()
    typed = {name: row.get(name, "") for name in FIELDS}
    is_blank = not any(text.strip() for text in typed.values())
    if why:
        if not is_blank:
            raise Refused("It is said to be no payment, and what it pays; leave one of both blank.")
        return int(number), Said(None, why if why in NO_PAYMENT else "other")
    if is_blank:
        return int(number), None
    line, wrong = line_of(typed)
    if wrong:
        name, text = next(iter(wrong.items()))
        raise Refused("{column}: {what}", column=name, what=text)
    return int(number), Said(line | of_file(understood))

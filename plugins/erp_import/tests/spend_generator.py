"""Made-up spend, as much as is wanted, and the same as a finance system would write it: with all the quirks seen.

The lines are what reading the file must give, so that a reader can be held to them. All comes from one seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from quarterday_erp_import.lines import SCHEMA

Integers = npt.NDArray[np.int64]

HEADER = (
    "Body Name,Service,Supplier No,Supplier Name,Payment Date,Transaction No,Order No,Expense Type,"
    "Description,Net Amount"
)
PREAMBLE = ("Westvale Council – payments over £500", "All amounts are net of VAT", "")
FOOTER = ("Grand Total", "© Westvale Council. Café & Ærø notes apply.")
BLANK_EVERY, NEWLINE_EVERY = 10_000, 1_000
"""Every so many records one is blank, or has a line end within quotes."""
PENNY = 10_000
"""In micropounds."""

TREES = ("Alder", "Ash", "Beech", "Birch", "Elder", "Elm", "Hazel", "Holly", "Larch", "Maple", "Oak", "Rowan", "Yew")
TRADES = ("Building", "Care", "Catering", "Cleaning", "Consulting", "Fostering", "Roofing", "Security", "Transport")
ENDINGS = ("Ltd", "Limited", "LTD", "(UK) Ltd", "& Sons", "PLC", "CIC", "Trust", "Café", "Ltd T/A The Works, Leeds")
SERVICES = ("Adult Social Care", "Children's Services", "Highways", "Housing", "Libraries", "Waste")
CATEGORIES = ("Agency Staff", "Building Works", "Equipment", "Grants", "Home Care", "ICT", "Legal Fees", "Training")


@dataclass(frozen=True)
class Written:
    """A file, and what reading it must come to."""

    path: Path
    rows: int
    """The records after the header: the lines, the blank ones and the footer."""
    skipped: int
    amount: int
    """In micropounds."""


def supplier_names(number: int, seed: int = 6) -> list[str]:
    """So many names of suppliers, all different."""
    chance = random.Random(seed)
    return [
        f"{chance.choice(TREES)} {chance.choice(TRADES)} {n:05} {chance.choice(ENDINGS)}" for n in range(1, number + 1)
    ]


def spend(number: int, *, suppliers: int = 20_000, seed: int = 6, first_day: date = date(2024, 4, 1)) -> pa.Table:
    """So many lines over two years: most suppliers are paid little, credits are 5%, some lines are exact copies."""
    chance = np.random.default_rng(seed)
    names, numbers = np.array(supplier_names(suppliers, seed)), np.array([f"{700_000 + n}" for n in range(suppliers)])
    who = (suppliers * chance.random(number) ** 3).astype(np.int64)
    pence = np.maximum(1, (chance.pareto(1.2, number) * 40_000).astype(np.int64) % 900_000_000)
    pence[chance.random(number) < 0.05] *= -1
    documents = chance.permutation(number) + 5_000_000
    days = chance.integers(0, 730, number)
    services = chance.integers(0, len(SERVICES), number)
    copies = np.flatnonzero(chance.random(number) < 0.02)
    copies = copies[copies > 0]
    for column in (who, pence, documents, days, services):
        column[copies] = column[copies - 1]
    ordinals = np.arange(number) + np.arange(number) // (BLANK_EVERY - 1) + 1
    columns: dict[str, object] = dict.fromkeys(SCHEMA.names)
    columns |= {
        "ordinal": ordinals,
        "line": ordinals + len(PREAMBLE) + 1 + _line_ends_within(ordinals),
        "paid_on": np.datetime64(first_day) + days,
        "paid_precision": np.full(number, "day"),
        "payee": names[who],
        "payee_id": numbers[who],
        "amount": pence * PENNY,
        "amount_is": np.full(number, "net"),
        "document": documents.astype(str),
        "order_number": np.char.add("PO", (documents % 90_000 + 10_000).astype(str)),
        "service": np.array(SERVICES)[services],
        "category": np.array(CATEGORIES)[who % len(CATEGORIES)],
        "kind_of_record": np.full(number, "spend"),
    }
    arrays = [
        pa.nulls(number, field.type) if columns[field.name] is None else pa.array(columns[field.name], field.type)
        for field in SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _line_ends_within(ordinals: Integers) -> Integers:
    """How many records before each one hold a line end; a blank one holds none."""
    return (ordinals - 1) // NEWLINE_EVERY - (ordinals - 1) // BLANK_EVERY


def write(lines: pa.Table, path: Path, *, seed: int = 6) -> Written:
    """The lines as a CSV file in cp1252 with a preamble, a footer, blank records and line ends within quotes."""
    rows = 0
    with path.open("w", encoding="cp1252", newline="") as file:
        file.write("\r\n".join([*PREAMBLE, HEADER, ""]))
        for row in _records(lines, random.Random(seed)):
            file.write(row)
            rows += 1
        total = sum(lines["amount"].to_pylist())
        file.write(f"{FOOTER[0]},,,,,,,,,{_plain(total // PENNY)}\r\n{FOOTER[1]}\r\n")
    return Written(path, rows + 2, rows + 2 - len(lines), total)


def _records(lines: pa.Table, chance: random.Random) -> Iterator[str]:
    """The records in the order of their ordinals, with their line ends."""
    wanted = ("ordinal", "service", "payee_id", "payee", "paid_on", "document", "order_number", "category", "amount")
    texts = {date(2024, 1, 1) + timedelta(n): f"{date(2024, 1, 1) + timedelta(n):%d/%m/%Y}" for n in range(1_500)}
    expected = 1
    for ordinal, service, number, payee, day, document, order, category, amount in zip(
        *(lines[name].to_pylist() for name in wanted), strict=True
    ):
        if ordinal != expected:
            yield ",,,,,,,,,\r\n"
            expected = ordinal
        expected += 1
        name = f'"{payee}"' if "," in payee else payee
        words = "Goods and services as ordered, see the invoice"
        description = f'"{words}\nsecond line"' if ordinal % NEWLINE_EVERY == 0 else f'"{words}"'
        money = _money(amount // PENNY, chance.random())
        yield (
            f"Westvale Council,{service},{number},{name},{texts[day]},{document},{order},{category},"
            f"{description},{money}\r\n"
        )


def _money(pence: int, which: float) -> str:
    """An amount in one of the ways that finance systems write it."""
    if which < 0.7:
        return _plain(pence)
    pounds, rest = divmod(abs(pence), 100)
    text = f"{pounds:,}.{rest:02}"
    if which < 0.8:
        return f'"(£{text})"' if pence < 0 else f'"£{text}"'
    if which < 0.9:
        return f'"-£{text}"' if pence < 0 else f'" {text} "'
    if which < 0.95 and not pounds:
        return f"{'-' if pence < 0 else ''}.{rest:02}"
    return f'"-{text}"' if pence < 0 else f'"{text}"'


def _plain(pence: int) -> str:
    pounds, rest = divmod(abs(pence), 100)
    return f"{'-' if pence < 0 else ''}{pounds}.{rest:02}"

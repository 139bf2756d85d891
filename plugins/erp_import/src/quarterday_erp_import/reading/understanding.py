"""From a file to its profile: the steps of understanding it, one after the other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from quarterday import Refused
from quarterday_erp_import.reading import dates, heading
from quarterday_erp_import.reading.amounts import Amounts, amounts
from quarterday_erp_import.reading.blocks import Wanted, blocks
from quarterday_erp_import.reading.contents import Content, contents
from quarterday_erp_import.reading.file_profile import DOUBTFUL, Profile, Question, called
from quarterday_erp_import.reading.layout import KEPT, MONEY, Candidates, Column, by_content, candidates, tidy
from quarterday_erp_import.reading.mapping import CHOICES, Settled
from quarterday_erp_import.reading.money import micropounds
from quarterday_erp_import.reading.names import mentions, plain
from quarterday_erp_import.reading.seen import WHEN, Seen
from quarterday_erp_import.reading.text import Text, texts

_CARD = re.compile(r"merchant|purchase card|p-?card|procurement card", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file, as far as its first records show it."""

    text: Text
    delimiter: str
    rows: list[list[str]]
    """The first records after the header."""
    width: int
    heading: heading.Heading
    names: list[str]
    contents: list[Content]


@dataclass(frozen=True, slots=True)
class Draft:
    """A table as far as its first records tell; whether its days come first, all of them tell."""

    table: Table
    others: Sequence[Table]
    settled: Settled
    columns: Mapping[str, Column]
    money: Amounts
    asked: Sequence[Question]

    @property
    def dated(self) -> dict[str, int]:
        """The columns that may hold dates."""
        return {name: self.columns[name].index for name in WHEN if name in self.columns}

    def seen(self, *, most: int | None = None) -> Seen:
        """What its records show, or the first of them: those of so many windows."""
        found = Seen(self.dated)
        table, indexes = self.table, sorted(set(found.dated.values()))
        wanted = Wanted(table.delimiter, table.width, indexes, indexes)
        windows = islice(table.text.windows(table.delimiter), most)
        for block in blocks(windows, wanted, after=table.heading.row):
            found.add(block)
        return found

    def profile(self, seen: Seen) -> Profile:
        """The profile, by what was seen of the records."""
        table, money, settled, questions = self.table, self.money, self.settled, list(self.asked)
        columns, order = _when(self.columns, seen.texts, settled, questions)
        if money.amount_is == "unknown" and not settled.amount_is:
            text = "Is the amount net of the VAT that the council gets back, or gross?"
            questions.append(Question("amount_is", text, CHOICES["amount_is"], "unknown"))
        payments = settled.payments or _payments(table, money, questions)
        periods = settled.periods or _periods(columns, questions)
        if self.others and not settled.sheet:
            names = tuple(one.text.sheet for one in (table, *self.others))
            questions.append(Question("sheet", "More than one sheet looks like spend. Which is it?", names, names[0]))
        dated = "paid_on" in columns
        return Profile(
            format=table.text.file.format,
            encoding=table.text.encoding,
            mixed_encodings=table.text.mixed,
            delimiter=table.delimiter,
            sheet=table.text.sheet,
            header_row=table.heading.row,
            header_rows=table.heading.rows,
            width=table.width,
            names=tuple(tidy(name) for name in table.names),
            columns=columns,
            amount=money.amount,
            vat=money.vat,
            gross=money.gross,
            amount_is=settled.amount_is or money.amount_is,
            payments=payments,
            periods=periods,
            kind=settled.kind or _kind(columns),
            order=order,
            rows=seen.rows,
            sure=min(money.sure, columns["payee"].sure, *((columns["paid_on"].sure, order.sure) if dated else (1.0,))),
            why={
                "amount": money.why,
                "payee": columns["payee"].why,
                "paid_on": columns["paid_on"].why if dated else "no column holds dates",
                "date_order": order.why,
            },
            questions=tuple(questions),
            credit=money.credit,
        )


def profile(path: Path, *, mapping: Settled | None = None) -> Profile:
    """What the file is understood to be, where ``mapping`` leaves it open.

    Of a workbook's sheets it is the one that looks most like spend, and holds most. Raises :class:`Refused` with a
    sentence when it isn't a spend file.
    """
    with drafted(path, mapping or Settled()) as draft:
        return draft.profile(draft.seen())


@contextmanager
def drafted(path: Path, settled: Settled) -> Iterator[Draft]:
    """The file as its first records tell, while its text can be read; raises as :func:`profile`."""
    with texts(path) as found:
        if settled.sheet and settled.sheet not in [one.sheet for one in found]:
            raise Refused(
                f"The workbook has no sheet “{settled.sheet}”; it has {', '.join(one.sheet for one in found)}."
            )
        tables = [_table(one, settled) for one in found if settled.sheet in ("", one.sheet)]
        tables.sort(key=lambda one: (one.heading.score > 0, len(one.rows), one.heading.score), reverse=True)
        yield _draft(tables[0], [one for one in tables[1:] if one.heading.score > 0], settled)


def _table(text: Text, settled: Settled) -> Table:
    head = text.head().decode("utf-8", "replace")
    delimiter = heading.delimiter_of(head)
    rows = heading.records(head, delimiter)
    found = _settled_heading(rows, settled) or heading.heading(rows)
    after = rows[found.row :]
    width = heading.width_of(after) or len(found.names)
    names = [*found.names, *[""] * (width - len(found.names))]
    if len(names) > heading.COLUMNS:
        raise Refused(f"It has more than {heading.COLUMNS} columns; no spend file has. Ask for the payments alone.")
    return Table(text, delimiter, after, width, found, names, contents(after, len(names)))


def _settled_heading(rows: Sequence[Sequence[str]], settled: Settled) -> heading.Heading | None:
    """The row that holds all the names that are settled."""
    wanted = {plain(name) for name in settled.columns.values() if isinstance(name, str)}
    for number, row in enumerate(rows[: heading.PREAMBLE], 1):
        if wanted and wanted <= {plain(cell) for cell in row}:
            return heading.Heading(number, list(row), 1, 10.0)
    return None


def _draft(table: Table, others: Sequence[Table], settled: Settled) -> Draft:
    _refuse_other_kinds(table)
    questions: list[Question] = []
    found = candidates(table.names, table.contents)
    chosen = _settled_columns(table, settled)
    columns = _columns(table, found, chosen, questions)
    money = _amounts(table, found, chosen, columns, settled, questions)
    if "payee" not in columns:
        columns["payee"] = _guessed(table, "payee", columns, money, questions)
    if not any(field in columns for field in WHEN):
        columns |= _guessed_day(table, columns, money, questions)
    return Draft(table, others, settled, columns, money, questions)


def _refuse_other_kinds(table: Table) -> None:
    """Raise :class:`Refused` for a register of contracts and a pivot table."""
    names = table.names
    register = mentions(names, "contract_register")
    paid = any(plain(name) in {("payment", "date"), ("date", "paid"), ("paid", "date")} for name in names)
    if len(register) >= 3 or (len(register) == 2 and not paid):
        named = " and ".join(f"“{tidy(name)}”" for name in register[:2])
        raise Refused(f"It looks like a register of contracts, not payments: it has columns like {named}.")
    labels = {plain(cell) for row in table.rows[:5] for cell in row}
    if mentions(names, "pivot") or {("row", "labels"), ("column", "labels")} & labels:
        raise Refused("It is a pivot table, which adds payments up. Ask for the payments behind it, one a row.")
    if not any(any(cell.strip() for cell in row) for row in table.rows):
        raise Refused("It has no record after the header. Ask for the file again.")


def _settled_columns(table: Table, settled: Settled) -> dict[str, Column]:
    """The columns that are settled and that this file has."""
    found: dict[str, Column] = {}
    known = {plain(name): at for at, name in reversed(list(enumerate(table.names))) if name.strip()}
    for field, wanted in settled.columns.items():
        at = known.get(plain(wanted)) if isinstance(wanted, str) else wanted - 1
        if at is not None and at < len(table.names):
            found[field] = Column(at, tidy(table.names[at]), 1.0, "settled for this feed")
    return found


def _columns(
    table: Table, found: Candidates, chosen: Mapping[str, Column], questions: list[Question]
) -> dict[str, Column]:
    """The fields besides money: what is settled, else the best candidate; dates under the first of WHEN there is."""
    taken = {column.index for column in chosen.values()}
    columns = {field: column for field, column in chosen.items() if field in KEPT}
    for field in (*KEPT, *WHEN[1:]):
        best = next((one for one in found.fields.get(field, []) if one.index not in taken), None)
        if field not in columns and best:
            columns[field] = best
    return columns


def _amounts(
    table: Table,
    found: Candidates,
    chosen: Mapping[str, Column],
    columns: Mapping[str, Column],
    settled: Settled,
    questions: list[Question],
) -> Amounts:
    """The columns of money. Raises :class:`Refused` where nothing says what was paid."""
    fixed = {field: chosen[field] for field in MONEY if field in chosen}
    amount = fixed.get("net") or fixed.get("amount")
    if amount or "gross" in fixed:
        if not amount and "vat" not in fixed:
            amount = fixed["gross"]
        kind = "net" if "net" in fixed or not amount else "gross" if amount == fixed.get("gross") else "unknown"
        why = "settled for this feed"
        return Amounts(amount, fixed.get("vat"), fixed.get("gross"), kind, 1.0, why, credit=fixed.get("credit"))
    money = amounts(found, table.rows)
    if money is None:
        column = _guessed(table, "amount", columns, None, questions)
        return Amounts(column, None, None, "unknown", column.sure, column.why)
    if money.others and money.amount:
        names = tuple(str(called(one, table.names)) for one in (money.amount, *money.others))
        questions.append(
            Question("amount", "Which column is the amount paid, net of recoverable VAT?", names, names[0])
        )
    return money


def _guessed(
    table: Table, field: str, columns: Mapping[str, Column], money: Amounts | None, questions: list[Question]
) -> Column:
    """The column that looks like a field the file can't be without. Raises :class:`Refused` where none does."""
    column = by_content(table.contents, table.names, _taken(columns, money), field)
    what = {"payee": "whom was paid", "amount": "how much was paid"}[field]
    if column is None:
        raise Refused(
            f"It doesn't look like a spend file: no column says {what}. If one does, name it with --set {field}=COLUMN."
        )
    questions.append(Question(field, f"Which column says {what}?", *_choices(table, column)))
    return column


def _guessed_day(
    table: Table, columns: Mapping[str, Column], money: Amounts, questions: list[Question]
) -> dict[str, Column]:
    """The column that looks like dates where none is named so, under its field; nothing where there is none."""
    column = by_content(table.contents, table.names, _taken(columns, money), "paid_on")
    if column is None:
        return {}
    questions.append(Question("paid_on", "Which column says when it was paid?", *_choices(table, column)))
    return {"paid_on": column}


def _taken(columns: Mapping[str, Column], money: Amounts | None) -> set[int]:
    """The columns that are something already."""
    chosen = [*columns.values(), *((money.amount, money.vat, money.gross, money.credit) if money else ())]
    return {column.index for column in chosen if column}


def _choices(table: Table, assumed: Column) -> tuple[tuple[str, ...], str]:
    """Every column, by its name or its number from 1; and the assumed one."""
    return tuple(tidy(name) or str(at) for at, name in enumerate(table.names, 1)), assumed.name or str(
        assumed.index + 1
    )


def _when(
    columns: Mapping[str, Column], seen: Mapping[str, Counter[str]], settled: Settled, questions: list[Question]
) -> tuple[dict[str, Column], dates.Order]:
    """The columns with the best of dates as ``paid_on``, if any; and whether the day comes first in it."""
    kept = {field: column for field, column in columns.items() if field not in WHEN}
    nothing = dates.Order(dates.DAY_FIRST, 1.0, "no column holds dates")
    for field in WHEN:
        if field not in columns:
            continue
        order = dates.decide(seen[field])
        total = seen[field].total()
        if total and order.evidence.get("not a date", 0) <= 0.5 * total:
            kept["paid_on"] = columns[field]
            if not {dates.ONE_YEAR, dates.TWO_YEARS}.issuperset(order.shapes):
                kept.pop("month", None)  # the dates say it
            return kept, _ordered(order, settled, questions)
    kept.pop("month", None)
    return kept, nothing


def _ordered(order: dates.Order, settled: Settled, questions: list[Question]) -> dates.Order:
    """The order as it is settled, unless the file's own dates rule that out."""
    key = f"{settled.date_order} only"
    ruled_out = order.sure > 0.9 and settled.date_order != order.order and not order.evidence.get(key)
    if settled.date_order and not ruled_out:
        return replace(order, order=settled.date_order, sure=1.0, why=f"settled for this feed. {order.why}")
    if settled.date_order or order.sure < DOUBTFUL:
        text = f"Does the day or the month come first in the dates? {order.why}"
        questions.append(Question("date_order", text, CHOICES["date_order"], order.order))
    return order


def _payments(table: Table, money: Amounts, questions: list[Question]) -> str:
    """How payments are signed: as they stand, but asked about where nearly all are negative."""
    column = money.amount or money.gross
    cells = table.contents[column.index].cells if column else []
    signs = [amount < 0 for cell in cells if (amount := micropounds(cell))]
    if len(signs) >= 5 and sum(signs) >= 0.9 * len(signs):
        text = "Nearly every amount is negative. Does the file show payments as negative amounts?"
        questions.append(Question("payments", text, CHOICES["payments"], "positive"))
    return "positive"


def _periods(columns: Mapping[str, Column], questions: list[Question]) -> str:
    """How a year and a period like 201106 are read, where that is all that says when."""
    column = columns.get("month") or columns.get("paid_on")
    if column and "period" in plain(column.name):
        text = "Is a period like 2011/06 June 2011, or the sixth month of a financial year?"
        questions.append(Question("periods", text, CHOICES["periods"], CHOICES["periods"][0]))
    return CHOICES["periods"][0]


def _kind(columns: Mapping[str, Column]) -> str:
    """Whether the file is one of purchase cards throughout."""
    return "card" if _CARD.search(columns["payee"].name) else "spend"

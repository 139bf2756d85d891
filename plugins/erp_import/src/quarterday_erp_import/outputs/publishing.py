"""Making what a council publishes of its payments, from the ledger as it stands, and having it delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
from ibis.expr.types import Table

from quarterday import Receipt, Refused
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.figures.publishing import publish as deliver
from quarterday.services.organisations.local_areas import definitions
from quarterday.services.organisations.periods import period_named
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.analysis import published
from quarterday_erp_import.feeds.incoming import State, in_states
from quarterday_erp_import.figures.grounds import Grounds, grounds
from quarterday_erp_import.figures.reckoning import all_payments, ledgers
from quarterday_erp_import.figures.terms import terms
from quarterday_erp_import.ledger.batches import WAITS, of_authority
from quarterday_erp_import.ledger.standing import Standing, standing
from quarterday_erp_import.outputs import local_spend
from quarterday_erp_import.outputs.columns import columns
from quarterday_erp_import.outputs.listing import Named, listed
from quarterday_erp_import.outputs.papers import Paper, Sheet, document, pence

if TYPE_CHECKING:
    from datetime import date

    from quarterday.db.work import Work
    from quarterday_erp_import.ledger.files import LineFiles

MICROPOUNDS = 1_000_000
ITEM, PAYMENT = 500 * MICROPOUNDS, 30_000 * MICROPOUNDS
"""The thresholds of the Local Government Transparency Code 2015, and of the Procurement Act 2023, section 70."""

FORMS_OF: Mapping[str, tuple[str, ...]] = {
    "transparency": ("csv", "xlsx"),
    "over-30k": ("csv", "xlsx"),
    "local": ("html", "csv", "xlsx"),
}
"""What can be published, and as what; the first is taken where nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What is to be published."""

    authority_id: int
    report: str
    """“transparency”, “over-30k” or “local”."""
    period: str
    """As a person names it: 2026-Q1, 2026-H1 or 2026/27."""
    form: str


@dataclass(frozen=True, slots=True)
class _Made:
    """What a report is made from."""

    spend: Table
    """All payments."""
    grounds: Grounds
    now: Standing
    named: Named
    key: str
    period: str
    first: date
    last: date
    folder: Path
    waiting: int
    """The files that came in and don't count until somebody has seen to them."""
    rows: Callable[[Table], list[dict[str, Any]]]

    @property
    def of_period(self) -> Table:
        """The payments of the period."""
        return published.of_period(self.spend, self.first, self.last)

    def paper(self, report: str, title: str, sheets: list[Sheet], *about: tuple[str, str]) -> Paper:
        """The paper with what all of them say."""
        (whole,) = self.rows(self.spend.agg(until=self.spend.paid_on.max()))
        imprecise = self.spend.filter(self.spend.paid_on.isnull() | (self.spend.paid_precision == "year"))
        (undated,) = self.rows(imprecise.agg(lines=imprecise.count(), amount=imprecise.amount.sum().fill_null(0)))
        said = [
            ("Authority", self.named.authority),
            ("Period", f"{self.period}, {self.first} to {self.last}"),
            ("Payments known up to", str(whole["until"] or "no day")),
            ("As the ledger stood on", str(self.grounds.today)),
            ("Rests on", ", ".join(f"batch {one}" for one in self.now.batches) or "no file"),
            ("Amounts", "net of recoverable VAT where the files say so; credit notes are negative"),
            ("Names", "people, sole traders and who was redacted are not named"),
            *about,
        ]
        if undated["lines"]:
            amount = f"{undated['lines']} payments, £{pence(undated['amount']):,f}"
            said.append(("In no period", f"{amount}: no day is known of them"))
        if self.now.open_records:
            said.append(("Not counted", f"{self.now.open_records} records that nobody has put right yet"))
        if self.waiting:
            said.append(("Files not counted", f"{self.waiting} that came in and wait to be read or accepted"))
        return Paper(report, f"{title}, {self.named.authority}, {self.period}", self.key, self.period, said, sheets)


def papers(uow: UnitOfWork, actor: Actor, *, files: LineFiles, folder: Path, ordered: Ordered) -> list[Paper]:
    """What is to be published; ``folder`` is the data folder, where a council's own columns may lie.

    Raises :class:`Refused` for what names no period, and where there is no such authority in the actor's scope.
    """
    areas = definitions(uow, actor, authority_id=ordered.authority_id)
    with uow.read(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        authority = scope.authority(work, ordered.authority_id)
        period = period_named(authority, ordered.period)
        rest = grounds(work, authority_id=authority.id, areas=areas, terms=terms(folder))
        contracts = _contracts(work, authority.id)
        waiting = _waiting(work, authority.id)
    now = standing(uow, actor, files=files, authority_id=authority.id)
    with all_payments(now, rest) as paid:
        made = _Made(
            spend=paid.lines,
            grounds=rest,
            now=now,
            named=Named(authority.name, contracts, now.vendors, paid.suppliers),
            key=authority.key,
            period=period.name,
            first=period.first,
            last=period.last,
            folder=folder,
            waiting=waiting,
            rows=lambda expression: now.engine.to_pyarrow(expression).to_pylist(),
        )
        return list(_PAPERS[ordered.report](made))


def publish(
    uow: UnitOfWork,
    actor: Actor,
    *,
    files: LineFiles,
    folder: Path,
    ordered: Ordered,
    sink: str = "",
    into: Path | None = None,
) -> list[Receipt]:
    """Have it made and delivered now, into a folder or by the authority's settings of a sink; the receipts.

    The same documents go to one place once. Raises as :func:`papers`, :class:`Refused` also for a form that the report
    has not, and what the sink raises.
    """
    if ordered.form not in FORMS_OF[ordered.report]:
        forms = ", ".join(FORMS_OF[ordered.report])
        raise Refused("“{report}” is written as {forms}.", report=ordered.report, forms=forms)
    made = papers(uow, actor, files=files, folder=folder, ordered=ordered)
    of = {"authority_id": ordered.authority_id, "sink": sink, "folder": into}
    return [deliver(uow, actor, document=document(one, ordered.form), **of) for one in made]  # type: ignore[arg-type]


def _contracts(work: Work, authority_id: int) -> dict[int, tuple[str, str]]:
    return {one.id: (one.reference, one.title) for one in scope.contracts(work) if one.authority_id == authority_id}


def _waiting(work: Work, authority_id: int) -> int:
    """How many files came in for an authority of which nobody knows yet whether their payments count."""
    unread = in_states(work, State.WAITING, State.BEGUN, State.ASKS, State.REFUSED)
    unaccepted = [one for one in of_authority(work, authority_id) if one.standing == WAITS and not one.superseded_by]
    return sum(one.authority_id == authority_id for one in unread) + len(unaccepted)


def _transparency(made: _Made) -> Iterator[Paper]:
    """Items of more than £500 and credit notes of more than that, each line."""
    rows = made.rows(published.over(made.of_period, ITEM))
    shown = listed("Spend over £500", "Spend over £500", rows, columns("transparency", made.folder), made.named)
    yield made.paper("transparency", "Spend over £500", [shown])


def _over_30k(made: _Made) -> Iterator[Paper]:
    """Payments under contracts that are over £30,000 with VAT; apart from them those of which that isn't certain."""
    found = made.rows(published.over_with_vat(made.of_period, PAYMENT))
    certain = [row for row in found if row["is_certain"] and row["contract_id"] is not None]
    headings = columns("over-30k", made.folder)
    title = "Payments over £30,000 including VAT"
    yield made.paper("over-30k", title, [listed("Payments", title, certain, headings, made.named)])
    unsure = [row for row in found if not row["is_certain"]]
    loose = [row for row in found if row["is_certain"] and row["contract_id"] is None]
    why = {"Why undecided": "why"}
    rows = [
        *(row | {"why": "what is known is between £25,000 and £30,000; with VAT it may be over"} for row in unsure),
        *(row | {"why": "it is on no contract for certain"} for row in loose),
    ]
    if rows:
        shown = listed("Undecided", f"{title}: undecided", rows, headings | why, made.named)
        yield made.paper("over-30k-undecided", f"{title}: undecided", [shown])


def _local(made: _Made) -> Iterator[Paper]:
    """Local spend by each definition, then by category, supplier, size, sector and ownership."""
    in_period = made.of_period.mutate(year=ibis.literal(made.first.year, "int64"))
    there = list(ledgers(made.now, in_period, made.grounds, made.grounds.areas or (None,)))
    sheets = [*local_spend.by_area(there), *local_spend.by_payee(there[0][1])]
    about = [
        (
            "Local",
            f"“{one.area.name}”: {', '.join((*one.area.codes, *one.area.wards))}"
            + (f", or within {one.area.radius_km} km of {one.area.centre}" if one.area.radius_km else ""),
        )
        for one in made.grounds.areas
    ]
    unlike = ("Note", "figures by unlike definitions of “local” are never added")
    yield made.paper("local", "Local spend", sheets, *about, *([unlike] if len(about) > 1 else []))


_PAPERS: Mapping[str, Callable[[_Made], Iterator[Paper]]] = {
    "transparency": _transparency,
    "over-30k": _over_30k,
    "local": _local,
}

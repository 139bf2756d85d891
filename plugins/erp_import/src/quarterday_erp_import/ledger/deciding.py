"""Who the payees of the ledger are: decided by matching once for each, kept as rows beside what people said.

Lines are joined with the newest decision when a figure is asked for, so that one that changes rewrites nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlalchemy import func, select

from quarterday import Retryable
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.ledger.asking import ask_after
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger import batches, corrections
from quarterday_erp_import.ledger.engine import engine
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.same import parted
from quarterday_erp_import.ledger.tables import PayeeDecision, VendorList
from quarterday_erp_import.ledger.vendor_lists import key_of, vendors_of
from quarterday_erp_import.lines import KEPT
from quarterday_erp_import.payees.known import Known, shared_numbers
from quarterday_erp_import.payees.many import uncollected
from quarterday_erp_import.payees.payee import By, Decision, Outcome, Payee
from quarterday_erp_import.payees.same import same, suppliers_of
from quarterday_erp_import.payees.vendors import suppliers

if TYPE_CHECKING:
    import duckdb

    from quarterday.db.work import Work

_DISTINCT = """
SELECT payee, coalesce(payee_id, ''), max(company_number), max(charity_number), max(vat_number),
       bool_and(kind_of_record = 'card')
FROM paid GROUP BY ALL ORDER BY ALL
"""

Key = tuple[str, str]
"""A payee as lines have it, and the finance system's number of it, "" for none."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Who a payee is, as it stands."""

    payee: str
    payee_id: str
    outcome: Outcome
    kind: str
    supplier: str
    """Whoever it is, "" where that is nobody known."""
    because: str
    candidates: Sequence[Mapping[str, Any]]
    """Who it may be, the likeliest first, where a person is or was asked."""
    id: int = 0
    """The row that says so; 0 where nobody decided."""
    actor: str = ""
    decided_at: datetime | None = None

    @property
    def key(self) -> Key:
        """The payee."""
        return self.payee, self.payee_id

    @property
    def by_person(self) -> bool:
        """Whether a person settled it."""
        return self.because == By.PERSON


@uncollected()
def match_payees(
    uow: UnitOfWork,
    actor: Actor,
    *,
    files: LineFiles,
    authority_id: int,
    known: Known,
    own_names: Collection[str] = (),
    anew: bool = False,
    list_id: int | None = None,
) -> Counter[Outcome]:
    """Decide who the payees are that nobody has decided on yet; returns how many came out how.

    ``anew`` decides once more on those that no person settled, as after the supplier master changed. What a person said
    while it worked stands. ``list_id`` is the list of suppliers that ``known`` is of: raises :class:`Retryable` where a
    newer one came meanwhile, and keeps nothing.
    """
    with uow.read(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id)
        before = decisions(work, authority_id)
        paid = paid_lines(work, files, authority_id)
    settled = {key for key, one in before.items() if one.by_person or not anew}
    rows: list[dict[str, Any]] = []
    for cards, asked in _distinct(paid, settled).items():
        found = known.settle(list(asked.values()), own_names=own_names, cards=cards)
        rows += [_row(key, one, authority_id, actor.name) for key, one in zip(asked, found, strict=True)]
    last = max((one.id for one in before.values()), default=0)
    with uow.begin(actor) as work:
        work.take_turns(f"erp_import/payees/{authority_id}")
        if list_id is not None and _newest_list(work, authority_id) != list_id:
            raise Retryable("A newer list of suppliers came meanwhile. Match the payees once more.", after=60)
        meanwhile = _settled_after(work, authority_id, last)
        rows = [row for row in rows if (row["payee"], row["payee_id"]) not in meanwhile]
        counts = Counter(Outcome(row["outcome"]) for row in rows)
        if rows:
            first = work.add(PayeeDecision, **rows[0])
            work.add_all(PayeeDecision, rows[1:])
            ask_after(work, authority_id, f"payee_decision/{first}")
            said = {outcome.name.lower(): number for outcome, number in counts.items()}
            work.audit(authority_id, "spend.matched", f"authority/{authority_id}", **said)
    return counts


def match_with_vendors(
    uow: UnitOfWork,
    actor: Actor,
    *,
    files: LineFiles,
    authority_id: int,
    own_names: Collection[str] = (),
    anew: bool = True,
) -> Counter[Outcome]:
    """Decide, by the newest list of suppliers, on all payees that no person settled, or where not ``anew`` on those
    that nobody decided on; returns as :func:`match_payees`."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id)
        list_id, listed = _newest_list(work, authority_id), vendors_of(work, authority_id)
        one = suppliers_of(same({key_of(vendor): vendor for vendor in listed}, apart=parted(work, authority_id)))
    known = Known(suppliers(listed, same=one))
    of: dict[str, Any] = {"files": files, "authority_id": authority_id, "list_id": list_id}
    return match_payees(uow, actor, known=known, own_names=own_names, anew=anew, **of)


def decisions(work: Work, authority_id: int) -> dict[Key, Decided]:
    """The newest decision on each payee, for a use case that has looked at the scope."""
    latest = (
        select(func.max(PayeeDecision.c.id))
        .where(PayeeDecision.c.authority_id == authority_id)
        .group_by(PayeeDecision.c.payee, PayeeDecision.c.payee_id)
    )
    rows = work.all(select(PayeeDecision).where(PayeeDecision.c.id.in_(latest)))
    return {(row.payee, row.payee_id): decided_by(row) for row in rows}


def _newest_list(work: Work, authority_id: int) -> int | None:
    """The list of suppliers that counts; None where there is none."""
    newest = select(func.max(VendorList.c.id)).where(VendorList.c.authority_id == authority_id)
    return work.connection.execute(newest).scalar()


def _settled_after(work: Work, authority_id: int, decision_id: int) -> set[Key]:
    """The payees that a person settled after a decision."""
    of = PayeeDecision.c
    later = (of.authority_id == authority_id, of.id > decision_id, of.because == By.PERSON)
    return {(row.payee, row.payee_id) for row in work.all(select(of.payee, of.payee_id).where(*later))}


def decided_by(row: Any) -> Decided:
    """What a row of the table says."""
    return Decided(
        row.payee,
        row.payee_id,
        Outcome(row.outcome),
        row.kind,
        row.supplier,
        row.because,
        row.candidates,
        row.id,
        row.actor,
        row.recorded_at,
    )


@contextmanager
def engine_over(paid: Paid) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine in which the lines that count are the view ``paid``."""
    with engine() as connection:
        lines = connection.from_arrow(paid.corrected)
        if paid.paths:
            lines = connection.read_parquet([str(path) for path in paid.paths]).select(*KEPT.names).union(lines)
        lines.create_view("paid")
        yield connection


@dataclass(frozen=True, slots=True)
class Paid:
    """The lines of an authority that count: files of batches, and the records that were put right since."""

    paths: Sequence[Path]
    corrected: pa.Table
    feeds: Mapping[str, str]
    """The SHA-256 of a source file, as lines have it → the feed."""


def paid_lines(work: Work, files: LineFiles, authority_id: int) -> Paid:
    """The lines that count, for a use case that has looked at the scope."""
    counting = [one for one in batches.of_authority(work, authority_id) if one.counts]
    return Paid(
        batches.paths(files, counting),
        corrections.corrected_lines(work, [one.id for one in counting]),
        {one.sha256: one.feed for one in counting},
    )


def _distinct(paid: Paid, settled: Collection[Key]) -> dict[bool, dict[Key, Payee]]:
    """The payees of those lines that aren't settled, each once: whether they were only paid by card → those.

    A number that many different payees share stands for none of them.
    """
    if not paid.paths:
        return {}
    with engine_over(paid) as engine:
        rows = engine.execute(_DISTINCT).fetchall()
    shared = shared_numbers((number, name) for name, number, *_ in rows if number)
    found: dict[bool, dict[Key, Payee]] = {False: {}, True: {}}
    for name, number, company, charity, vat, only_cards in rows:
        if (name, number) not in settled:
            own = number if number and number not in shared else None
            found[only_cards][name, number] = Payee(name, own, company, charity, vat)
    return found


def _row(key: Key, decision: Decision, authority_id: int, actor: str) -> dict[str, Any]:
    return {
        "authority_id": authority_id,
        "payee": key[0],
        "payee_id": key[1],
        "outcome": decision.outcome,
        "kind": decision.kind,
        "supplier": decision.supplier or "",
        "because": decision.by or "",
        "candidates": [asdict(one) for one in decision.candidates],
        "actor": actor,
    }

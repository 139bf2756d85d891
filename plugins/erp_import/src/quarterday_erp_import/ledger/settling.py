"""What people say of who was paid: the doubtful with what is at stake, and the decisions, which are only added."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from quarterday import NotThere, Refused
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.ledger.asking import ask_after
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger.deciding import Decided, Key, decided_by, decisions, engine_over, paid_lines
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.tables import PayeeDecision
from quarterday_erp_import.ledger.vendor_lists import key_of, vendors_of
from quarterday_erp_import.payees.kinds import Kind
from quarterday_erp_import.payees.payee import By, Outcome

if TYPE_CHECKING:
    from quarterday.db.work import Work

KINDS = (Kind.INDIVIDUAL, Kind.REDACTED, Kind.INTERNAL, Kind.FACTOR, Kind.CARD_MERCHANT)
"""What a person may say that a payee is, who is no supplier that is known."""

_PAID = """
SELECT payee, coalesce(payee_id, '') AS number, source, sum(amount)::HUGEINT AS amount, count(*) AS lines
FROM paid GROUP BY ALL
"""


_AT_ONCE = 500
"""How many names one statement asks for."""


@dataclass(frozen=True, slots=True)
class AtStake:
    """A payee, how it was decided, and what it was paid."""

    decided: Decided
    amount: int
    """In micropounds, credits included."""
    lines: int
    feeds: tuple[str, ...]

    @property
    def is_settled(self) -> bool:
        """Whether nobody is asked who it is."""
        return self.decided.outcome is not Outcome.ASKED


@dataclass(frozen=True, slots=True)
class Offered:
    """A supplier who may be meant, as the list of suppliers has it."""

    name: str
    postcode: str | None = None
    company_number: str | None = None
    amount: int = 0
    """What payees were paid that are known to be it, in micropounds."""


@dataclass(frozen=True, slots=True)
class Payees:
    """Who was paid, the most money first, and the suppliers that they may be."""

    found: Sequence[AtStake]
    suppliers: Mapping[str, Offered]

    @property
    def amount(self) -> int:
        """What all were paid, in micropounds."""
        return sum(one.amount for one in self.found)

    @property
    def settled(self) -> int:
        """The part of it of which it is settled who was paid."""
        return sum(one.amount for one in self.found if one.is_settled)

    @property
    def feeds(self) -> list[str]:
        """The feeds that there are payments of."""
        return sorted({feed for one in self.found for feed in one.feeds})


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a person says of a payee."""

    payee: Key
    supplier: str = ""
    """Which supplier it is, "" for nobody who is known."""
    kind: str = ""
    """One of :data:`KINDS` where that is what it is; "" leaves the kind as it is."""
    seen: int = 0
    """The decision on it that the person saw; 0 to say it whatever was decided before."""


class Meanwhile(Refused):
    """Somebody decided on these payees since they were shown; ``payees`` says how."""

    def __init__(self, payees: Sequence[Decided]) -> None:
        super().__init__("Somebody else settled some of these meanwhile. Look at what they said, and save again.")
        self.payees = tuple(payees)


def payees(uow: UnitOfWork, actor: Actor, *, files: LineFiles, authority_id: int) -> Payees:
    """Who was paid, by what counts now; a payee that was never matched isn't there."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        decided = decisions(work, authority_id)
        paid = paid_lines(work, files, authority_id)
        vendors = {key_of(one): one for one in vendors_of(work, authority_id)}
    with engine_over(paid) as engine:
        rows = engine.execute(_PAID).fetchall()
    amounts: Counter[Key] = Counter()
    lines: Counter[Key] = Counter()
    feeds: dict[Key, set[str]] = defaultdict(set)
    for name, number, source, amount, count in rows:
        amounts[name, number] += amount
        lines[name, number] += count
        feeds[name, number].add(paid.feeds.get(source, ""))
    found = [
        AtStake(decided[key], amounts[key], lines[key], tuple(sorted(feeds[key]))) for key in lines if key in decided
    ]
    found.sort(key=lambda one: (-abs(one.amount), one.decided.key))
    of_supplier: Counter[str] = Counter()
    for one in found:
        if one.decided.supplier:
            of_supplier[one.decided.supplier] += one.amount
    suppliers = {
        key: Offered(one.name, one.postcode, one.company_number, of_supplier[key]) for key, one in vendors.items()
    }
    return Payees(found, suppliers)


def settle(uow: UnitOfWork, actor: Actor, *, authority_id: int, settlements: Collection[Settlement]) -> int:
    """Keep what a person says of some payees; returns of how many that is news.

    All are kept or none. Raises :class:`Meanwhile` where somebody said something else since, :class:`NotThere` for a
    payee that isn't there, and :class:`Refused` for a supplier who isn't known, and for nothing at all.
    """
    if not settlements:
        raise Refused("Say of at least one payee who it is.")
    if len({one.payee for one in settlements}) < len(settlements):
        raise Refused("One payee is settled twice. Say once who it is.")
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id)
        work.take_turns(f"erp_import/payees/{authority_id}")
        now = _newest(work, authority_id, [one.payee for one in settlements])
        known = _known(work, authority_id, {one.supplier for one in settlements} - {""})
        rows: list[dict[str, Any]] = []
        overtaken: list[Decided] = []
        for one in settlements:
            before = now.get(one.payee)
            if before is None:
                raise NotThere("There is no such payee.")
            said = _said(one, before, known, authority_id, actor)
            if before.by_person and all(
                getattr(before, name) == said[name] for name in ("outcome", "supplier", "kind")
            ):
                continue
            if one.seen not in (0, before.id):
                overtaken.append(before)
            rows.append(said)
        if overtaken:
            raise Meanwhile(overtaken)
        if rows:
            first, *_ = work.add_each(PayeeDecision, rows)
            work.audit(authority_id, "spend.settled", f"payee_decision/{first}", payees=len(rows))
            ask_after(work, authority_id, f"payee_decision/{first}")
    return len(rows)


def seen(uow: UnitOfWork, actor: Actor, *, authority_id: int, decision_ids: Collection[int]) -> dict[int, Decided]:
    """Decisions of an authority that somebody saw, by their ids; those that aren't there are left out."""
    of = PayeeDecision.c
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        rows = work.all(select(PayeeDecision).where(of.authority_id == authority_id, of.id.in_(decision_ids)))
    return {row.id: decided_by(row) for row in rows}


def _newest(work: Work, authority_id: int, payees: Sequence[Key]) -> dict[Key, Decided]:
    """The newest decisions on the payees of some names."""
    names = sorted({name for name, _ in payees})
    of = PayeeDecision.c
    found: dict[Key, Decided] = {}
    for start in range(0, len(names), _AT_ONCE):
        some = of.payee.in_(names[start : start + _AT_ONCE])
        rows = work.all(select(PayeeDecision).where(of.authority_id == authority_id, some).order_by(of.id))
        found |= {(row.payee, row.payee_id): decided_by(row) for row in rows}
    return found


def _known(work: Work, authority_id: int, suppliers: set[str]) -> set[str]:
    """Those of the suppliers that are on the list, or that payees were said to be before."""
    found = suppliers & {key_of(one) for one in vendors_of(work, authority_id)}
    for supplier in suppliers - found:
        of = PayeeDecision.c
        if work.one(select(of.id).where(of.authority_id == authority_id, of.supplier == supplier).limit(1)):
            found.add(supplier)
    return found


def _said(one: Settlement, before: Decided, known: Collection[str], authority_id: int, actor: Actor) -> dict[str, Any]:
    """The row that a settlement becomes."""
    if one.kind and one.kind not in KINDS:
        raise Refused("“{kind}” is no kind of payee; there are {kinds}.", kind=one.kind[:40], kinds=", ".join(KINDS))
    if one.supplier and one.supplier not in known and one.supplier not in [of["supplier"] for of in before.candidates]:
        raise Refused("The list of suppliers has no number “{number}”.", number=one.supplier[:40])
    nobody = one.kind in (Kind.REDACTED, Kind.INTERNAL)
    return {
        "authority_id": authority_id,
        "payee": before.payee,
        "payee_id": before.payee_id,
        "outcome": Outcome.MATCHED if one.supplier else Outcome.NO_SUPPLIER if nobody else Outcome.NEW,
        "kind": one.kind or before.kind,
        "supplier": one.supplier,
        "because": By.PERSON,
        "candidates": list(before.candidates),
        "actor": actor.name,
    }

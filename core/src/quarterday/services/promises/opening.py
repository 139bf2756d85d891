"""Opening balances: what was delivered before the record began. They stand apart and never join what was accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import select

from quarterday.db.models import OpeningBalance, Words
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.nearest import did_you_mean
from quarterday.domain.permissions import Permission
from quarterday.domain.promises import NotAPromise, promised
from quarterday.errors import Refused
from quarterday.services import scope, words
from quarterday.services.promises.awards import pinned_edition


@dataclass(frozen=True, slots=True)
class Opening:
    """What a contract had delivered for one measure by a day, in the measure's unit."""

    id: int
    ref: str
    as_of: date
    quantity: Fraction
    quantity_text: str
    source: str
    """Where the figure comes from; "" once these words were erased."""


def add_opening_balance(
    uow: UnitOfWork, actor: Actor, *, contract_id: int, ref: str, as_of: date, quantity: str, source: str
) -> int:
    """Record what was delivered from the contract's start to a day, that included; returns the row's id.

    For a measure and a day the newest counts, so a mistake is put right by recording it again. Raises
    :class:`Refused` for a measure that isn't in the contract's edition, a day before its start or still to come, a
    quantity that can't be read, or no source.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        contract = scope.contract(work, contract_id, lock=True)
        edition = pinned_edition(work, contract_id)
        measure = edition.measure(ref)
        if measure is None:
            refs = [one.ref for one in edition.measures]
            raise Refused(
                "“{ref}” is no measure of {edition}; {hint}",
                ref=ref[:40],
                edition=edition.key,
                hint=did_you_mean(ref, refs),
            )
        if not contract.starts <= as_of <= work.today:
            raise Refused(
                "{day} is before the contract's start ({starts}) or still to come.",
                day=as_of,
                starts=contract.starts,
            )
        try:
            delivered = promised(quantity, measure, may_be_nothing=True)
        except NotAPromise as problem:
            raise Refused("{ref}: {problem}", ref=measure.ref, problem=problem) from problem
        words_id = words.keep(work, source)
        if words_id is None:
            raise Refused("Say where the figure comes from, like “annual report 2025, page 12”.")
        balance_id = work.add(
            OpeningBalance,
            contract_id=contract_id,
            ref=measure.ref,
            as_of=as_of,
            quantity_text=quantity.strip(),
            numerator=delivered.numerator,
            denominator=delivered.denominator,
            words_id=words_id,
        )
        work.audit(
            contract.authority_id,
            "opening_balance.added",
            f"contract/{contract_id}",
            balance=balance_id,
            ref=measure.ref,
            as_of=as_of.isoformat(),
        )
        return balance_id


def opening_balances(uow: UnitOfWork, actor: Actor, *, contract_id: int, at: datetime | None = None) -> list[Opening]:
    """The opening balances of a contract as they were known at a moment, by measure and day."""
    with uow.read(actor) as work:
        scope.contract(work, contract_id)
        return openings(work, contract_id, at)


def openings(work: Work, contract_id: int, at: datetime | None = None) -> list[Opening]:
    """The step that reads the opening balances of a contract in scope."""
    rows = work.all(
        select(
            OpeningBalance.c.id,
            OpeningBalance.c.ref,
            OpeningBalance.c.as_of,
            OpeningBalance.c.numerator,
            OpeningBalance.c.denominator,
            OpeningBalance.c.quantity_text,
            Words.c.text,
        )
        .join(Words, Words.c.id == OpeningBalance.c.words_id)
        .where(
            OpeningBalance.c.contract_id == contract_id,
            newest(OpeningBalance, OpeningBalance.c.contract_id, OpeningBalance.c.ref, OpeningBalance.c.as_of, at=at),
        )
        .order_by(OpeningBalance.c.ref, OpeningBalance.c.as_of)
    )
    return [
        Opening(row.id, row.ref, row.as_of, Fraction(row.numerator, row.denominator), row.quantity_text, row.text or "")
        for row in rows
    ]

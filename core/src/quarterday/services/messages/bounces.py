"""Mails that came back: what their carrier said of them, and whose mails to write to somebody else instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, or_, select

from quarterday.db.models import (
    Contract,
    ContractAuthority,
    ContractOwner,
    ContractParty,
    MailOutcome,
    Membership,
    OutboxRow,
    SignInToken,
    Supplier,
    User,
)
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work, day_of
from quarterday.domain.message_ids import named_in
from quarterday.domain.permissions import Permission
from quarterday.services import scope, words
from quarterday.services.access.links import Purpose

_MOST_WORDS = 1000
_IS_MAIL = OutboxRow.c.kind.startswith("mail.")


class Outcome(StrEnum):
    """What became of a mail."""

    ARRIVED = "arrived"
    LATER = "perhaps later"
    """It didn't arrive now: the mailbox is full, a server was away."""
    NEVER = "never"
    """There is no such address, or it takes nothing from here."""


def note(
    uow: UnitOfWork,
    actor: Actor,
    *,
    outcome: Outcome,
    at: datetime,
    key: str,
    address: str = "",
    said: str = "",
    authority_id: int | None = None,
) -> bool:
    """Write down what a carrier says of a mail that went out from here; returns whether it was news.

    The mail is named by its key (what GOV.UK Notify knows as a reference; :func:`key_of` has it by Message-ID); with
    ``authority_id`` only that authority's mails are meant. ``address`` is whom it was for, as the carrier has it;
    without it, and where nobody has it, the person whom the mail names counts. What names none of our mails and nobody
    of ours is passed over, since anybody can write a mail that says a mail came back, and so is a mail that arrived at
    an address from which none ever came back. Said twice it is noted once. Only the operator's processes say so.
    """
    with uow.begin(actor) as work:
        return note_in(
            work,
            outcome=outcome,
            at=at,
            key=key,
            address=address,
            said=said,
            authority_id=authority_id,
        )


def note_in(
    work: Work,
    *,
    outcome: Outcome,
    at: datetime,
    key: str,
    address: str = "",
    said: str = "",
    authority_id: int | None = None,
) -> bool:
    """:func:`note` within a transaction that does more."""
    scope.only_the_operator(work)
    row = _mail(work, key)
    if row is None or (authority_id is not None and row.authority_id != authority_id):
        return False
    user_id = _whose(work, address, row.payload)
    if user_id is None or (outcome is Outcome.ARRIVED and not _came_back_ever(work, user_id)):
        return False
    work.take_turns(f"outcome/{row.id}")
    same = (MailOutcome.c.outbox_id == row.id, MailOutcome.c.outcome == outcome, MailOutcome.c.at == at)
    if work.one(select(MailOutcome.c.id).where(*same)) is not None:
        return False
    work.add(
        MailOutcome,
        authority_id=row.authority_id,
        outbox_id=row.id,
        user_id=user_id,
        outcome=outcome,
        words_id=words.keep(work, said[:_MOST_WORDS]),
        at=at,
    )
    work.audit(row.authority_id, f"mail.{outcome.name.lower()}", f"user/{user_id}", delivery=row.id)
    return True


def key_of(work: Work, message_id: str) -> str:
    """The key of our mail of that Message-ID, "" where it is none of ours; a step of what notes what became of it."""
    named = named_in(message_id)
    mine = (OutboxRow.c.message_id == named, OutboxRow.c.message_id != "")
    row = work.one(select(OutboxRow.c.key).where(*mine))
    return row.key if row else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """Somebody who reports for a contract, and whose mails come back."""

    user_id: int
    name: str
    email: str
    supplier_id: int
    supplier: str
    since: date
    """When the first of those came back."""
    is_for_good: bool
    """Whether there is no such address any more, as the carrier says."""
    others: tuple[str, ...]
    """The names of the others who report for the same supplier, and whose mails don't come back."""
    contract_id: int
    reference: str
    title: str


def unreached(
    uow: UnitOfWork, actor: Actor, *, contract_id: int | None = None, manager_id: int | None = None
) -> list[Unreached]:
    """Whose mails come back, by contract, of one contract or of all in the actor's scope that haven't ended.

    With ``manager_id`` only contracts that this person manages today count.

    Somebody's mails come back from the first one that did until one arrives, or they sign in by a link they were sent;
    whoever reports no longer isn't asked about, and another address is another person. Only what the actor's own
    authority sent counts, and what was sent for nobody's, like a link to sign in. Raises
    :class:`~quarterday.errors.Refused` for a supplier.
    """
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        since = _coming_back(work)
        if not since:
            return []
        people = _reporters(work, set(since), contract_id, manager_id)
    return [
        Unreached(
            user_id=row.user_id,
            name=row.name,
            email=row.email,
            supplier_id=row.supplier_id,
            supplier=row.supplier,
            since=day_of(since[row.user_id][0]),
            is_for_good=since[row.user_id][1],
            others=tuple(
                other.name
                for other in people
                if (other.contract_id, other.supplier_id) == (row.contract_id, row.supplier_id)
                and other.user_id not in since
            ),
            contract_id=row.contract_id,
            reference=row.reference,
            title=row.title,
        )
        for row in people
        if row.user_id in since
    ]


def _coming_back(work: Work) -> dict[int, tuple[datetime, bool]]:
    """By person: since when mails come back, and whether the last one did so for good."""
    mine: ColumnElement[bool] = MailOutcome.c.authority_id.is_(None)
    if work.actor.authority_id is not None:
        mine = or_(mine, MailOutcome.c.authority_id == work.actor.authority_id)
    elif work.actor.is_operator:
        mine = or_(mine, MailOutcome.c.authority_id.is_not(None))
    came_in = exists().where(
        SignInToken.c.user_id == MailOutcome.c.user_id,
        SignInToken.c.used_at >= MailOutcome.c.at,
        SignInToken.c.purpose != Purpose.OPERATOR,
    )
    rows = work.all(
        select(MailOutcome.c.user_id, MailOutcome.c.outcome, MailOutcome.c.at)
        .where(mine, ~came_in)
        .order_by(MailOutcome.c.at, MailOutcome.c.id)
    )
    found: dict[int, tuple[datetime, bool]] = {}
    for row in rows:
        if row.outcome == Outcome.ARRIVED:
            found.pop(row.user_id, None)
        else:
            first = found[row.user_id][0] if row.user_id in found else row.at
            found[row.user_id] = (first, row.outcome == Outcome.NEVER)
    return found


def _reporters(
    work: Work, wanted: set[int], contract_id: int | None, manager_id: int | None
) -> list[Row[*tuple[Any, ...]]]:
    """Everybody who reports for the suppliers, on the contracts, of those people."""
    theirs = Membership.alias()
    reports = and_(
        Membership.c.role != "",
        newest(Membership, Membership.c.user_id, Membership.c.authority_id, Membership.c.supplier_id, day=work.today),
    )
    concerned = exists().where(theirs.c.supplier_id == ContractParty.c.supplier_id, theirs.c.user_id.in_(wanted))
    query = (
        select(
            User.c.id.label("user_id"),
            User.c.name,
            User.c.email,
            Supplier.c.id.label("supplier_id"),
            Supplier.c.name.label("supplier"),
            Contract.c.id.label("contract_id"),
            ContractAuthority.c.reference,
            Contract.c.title,
        )
        .join(Membership, Membership.c.user_id == User.c.id)
        .join(Supplier, Supplier.c.id == Membership.c.supplier_id)
        .join(ContractParty, ContractParty.c.supplier_id == Supplier.c.id)
        .join(Contract, Contract.c.id == ContractParty.c.contract_id)
        .join(ContractAuthority, ContractAuthority.c.contract_id == Contract.c.id)
        .where(
            reports,
            newest(ContractAuthority, ContractAuthority.c.contract_id, day=work.today),
            ContractParty.c.is_in,
            newest(ContractParty, ContractParty.c.contract_id, ContractParty.c.supplier_id, day=work.today),
            scope.visible(work),
            concerned,
        )
        .order_by(Contract.c.id, Supplier.c.name, User.c.name, User.c.id)
    )
    if manager_id is not None:
        query = query.join(ContractOwner, ContractOwner.c.contract_id == Contract.c.id).where(
            ContractOwner.c.user_id == manager_id, newest(ContractOwner, ContractOwner.c.contract_id, day=work.today)
        )
    if contract_id is None:
        query = query.where(scope.contract_ends() >= work.today)
    else:
        query = query.where(Contract.c.id == contract_id)
    return list(work.all(query))


def _mail(work: Work, key: str) -> Row[*tuple[Any, ...]] | None:
    columns = select(OutboxRow.c.id, OutboxRow.c.authority_id, OutboxRow.c.payload)
    return work.one(columns.where(_IS_MAIL, OutboxRow.c.key == key))


def _whose(work: Work, address: str, payload: dict[str, Any]) -> int | None:
    """The person who has the address, else the one whom the mail names."""
    row = work.one(select(User.c.id).where(User.c.email == address.strip().casefold()))
    named = payload.get("user")
    return row.id if row else named if isinstance(named, int) else None


def _came_back_ever(work: Work, user_id: int) -> bool:
    before = select(MailOutcome.c.id).where(MailOutcome.c.user_id == user_id).limit(1)
    return work.one(before) is not None

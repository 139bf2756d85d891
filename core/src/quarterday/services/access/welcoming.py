"""Somebody joins: they are given a role, and a mail that says so and where to sign in.

The mail leads to the page to sign in, and lets nobody in by itself: it lies in a mailbox for as long as its reader
likes, may be passed on, and works whenever they come back to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from quarterday.db.models import AuditRow, Authority, Membership, OutboxRow, Supplier, User
from quarterday.db.newest import newest
from quarterday.db.work import Actor, Priority, UnitOfWork, Work
from quarterday.domain.contracts import MemberRole
from quarterday.domain.permissions import Permission
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.organisations import people

WELCOMED = "member.welcomed"
"""As the audit trail has it."""
MOST_A_DAY = 3
"""How often a day it is written to somebody that they have a role: enough for a mail that went astray."""
MOST_BY_ONE = 30
"""How many such mails one person may set off in a day: a department joins, and strangers aren't pestered."""
SAME_PRESS = timedelta(minutes=1)
"""Asked for again so soon, it is the same press of the button."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who is written to that they have a role."""

    email: str
    role: MemberRole
    place: str
    """What the authority or supplier is called."""


def join(
    uow: UnitOfWork,
    actor: Actor,
    *,
    email: str,
    name: str,
    role: str,
    authority_id: int | None = None,
    supplier_id: int | None = None,
) -> int:
    """Give somebody a role from today on, and have it written to them; returns their id.

    Raises as :func:`~quarterday.services.organisations.people.add_user`.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        user_id = people.put_user(
            work, email=email, name=name, role=role, authority_id=authority_id, supplier_id=supplier_id
        )
        welcome(work, user_id, authority_id=authority_id, supplier_id=supplier_id)
        return user_id


def welcome_again(
    uow: UnitOfWork, actor: Actor, *, user_id: int, authority_id: int | None = None, supplier_id: int | None = None
) -> int:
    """Write to somebody once more that they have a role, and where to sign in; returns the delivery's id.

    Pressed twice it is sent once. Raises :class:`Refused` where they have no role there, for who isn't to administer,
    as :func:`~quarterday.services.organisations.people.end_role` for a supplier, and after :data:`MOST_A_DAY` to them
    and :data:`MOST_BY_ONE` by the actor.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        people.must_look_after(work, authority_id, supplier_id)
        return welcome(work, user_id, authority_id=authority_id, supplier_id=supplier_id)


def welcome(work: Work, user_id: int, *, authority_id: int | None, supplier_id: int | None) -> int:
    """The step that has it written; raises as :func:`welcome_again` for who has no role there and for too many."""
    held = people.membership(work, user_id, authority_id=authority_id, supplier_id=supplier_id, day=work.today)
    if held is None:
        raise Refused("This person has no role there.")
    membership_id, _ = held
    keys = [f"welcome/{membership_id}/{work.today}/{number}" for number in range(MOST_A_DAY)]
    work.take_turns(keys[0])
    sent = work.all(
        select(OutboxRow.c.id, OutboxRow.c.recorded_at).where(OutboxRow.c.key.in_(keys)).order_by(OutboxRow.c.id)
    )
    if sent and sent[-1].recorded_at > work.now - SAME_PRESS:
        return int(sent[-1].id)
    if len(sent) == MOST_A_DAY:
        raise Refused(
            "They were written to {number} times today: ask them to look among their unwanted mail.", number=MOST_A_DAY
        )
    _must_not_be_too_many(work)
    whose = authority_id if authority_id is not None else work.actor.authority_id
    work.audit(whose, WELCOMED, f"user/{user_id}", membership=membership_id)
    payload = {"user": user_id, "membership": membership_id} | (
        {} if work.actor.user_id is None else {"by": work.actor.user_id}
    )
    return work.send("mail.welcome", keys[len(sent)], payload, authority_id=whose, priority=Priority.PERSON_WAITS)


def _must_not_be_too_many(work: Work) -> None:
    if work.actor.user_id is None:
        return
    set_off = select(func.count()).where(
        AuditRow.c.action == WELCOMED,
        AuditRow.c.actor == work.actor.name,
        AuditRow.c.recorded_at > work.now - timedelta(days=1),
    )
    if (work.connection.scalar(set_off) or 0) >= MOST_BY_ONE:
        raise Refused("You wrote to {number} people in a day; go on tomorrow.", number=MOST_BY_ONE)


def newcomer(work: Work, membership_id: int) -> Newcomer | None:
    """Who has a role by that membership; None where it holds no more."""
    keys = (Membership.c.user_id, Membership.c.authority_id, Membership.c.supplier_id)
    row = work.one(
        select(User.c.email, Membership.c.role, func.coalesce(Authority.c.name, Supplier.c.name).label("place"))
        .join(Membership, Membership.c.user_id == User.c.id)
        .outerjoin(Authority, Authority.c.id == Membership.c.authority_id)
        .outerjoin(Supplier, Supplier.c.id == Membership.c.supplier_id)
        .where(Membership.c.id == membership_id, Membership.c.role != "", newest(Membership, *keys, day=work.today))
    )
    return Newcomer(row.email, MemberRole(row.role), row.place) if row else None

"""Who works for an authority and who reports for its suppliers, with when they were last here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, false, func, select

from quarterday.db.models import ContractParty, Membership, SecondFactor, SignInSession, Supplier, User
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.contracts import MemberRole
from quarterday.domain.permissions import Permission
from quarterday.errors import NotThere
from quarterday.services import scope
from quarterday.services.organisations.people import reports_here_alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a role today."""

    user_id: int
    name: str
    """What they were called by who gave them the role."""
    email: str
    role: MemberRole
    since: date
    """From when on they have it."""
    seen_at: datetime | None
    """When they were last signed in, to the minute; None for never, and where that isn't the reader's to know."""
    has_second_factor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporters:
    """Who reports for a supplier."""

    supplier_id: int
    supplier: str
    people: tuple[Person, ...]
    is_ours_alone: bool
    """Whether the supplier has contracts with the actor's authority and no other, so that its administrators may say
    who reports for it."""

    def person(self, user_id: int) -> Person:
        """The one of that id; raises :class:`~quarterday.errors.NotThere` for nobody."""
        return _one(self.people, user_id)


def staff_of(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> list[Person]:
    """Everybody who works for an authority today, by name.

    Raises :class:`~quarterday.errors.Refused` for anybody but its administrators and the operator.
    """
    with uow.read(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        return _people(work, Membership.c.authority_id == scope.authority(work, authority_id).id)


def colleague(uow: UnitOfWork, actor: Actor, *, authority_id: int, user_id: int) -> Person:
    """One of them; raises as :func:`staff_of`, and :class:`~quarterday.errors.NotThere` for nobody."""
    return _one(staff_of(uow, actor, authority_id=authority_id), user_id)


def reporters_of(uow: UnitOfWork, actor: Actor, *, supplier_id: int) -> Reporters:
    """Everybody who reports for a supplier today, by name.

    Raises :class:`~quarterday.errors.NotThere` where it is neither the actor's own nor has a contract in their scope
    today, and for who came by a link to one return.
    """
    with uow.read(actor) as work:
        name = work.one(select(Supplier.c.name).where(Supplier.c.id == supplier_id, _in_view(work)))
        if name is None:
            raise NotThere("There is no such supplier.")
        return Reporters(
            supplier_id=supplier_id,
            supplier=name.name,
            people=tuple(_people(work, Membership.c.supplier_id == supplier_id)),
            is_ours_alone=actor.authority_id is not None and reports_here_alone(work, supplier_id),
        )


def _in_view(work: Work) -> ColumnElement[bool]:
    """The condition that a row of ``supplier`` is one whose people the actor may see."""
    actor = work.actor
    if actor.return_id is not None:
        return false()
    if actor.supplier_id is not None:
        return Supplier.c.id == actor.supplier_id
    parties = select(ContractParty.c.supplier_id).where(
        ContractParty.c.contract_id.in_([one.id for one in scope.contracts(work)]),
        ContractParty.c.is_in,
        newest(ContractParty, ContractParty.c.contract_id, ContractParty.c.supplier_id, day=work.today),
    )
    return Supplier.c.id.in_(parties)


def _one(people: list[Person] | tuple[Person, ...], user_id: int) -> Person:
    for one in people:
        if one.user_id == user_id:
            return one
    raise NotThere("There is no such person.")


def _works_for_others() -> ColumnElement[bool]:
    """Whether a row of ``person`` ever had a role with an authority, whose visits are no supplier's business."""
    other = Membership.alias()
    works = select(other.c.id).where(other.c.user_id == User.c.id, other.c.authority_id.is_not(None))
    return works.correlate(User).exists()


def _people(work: Work, where: ColumnElement[bool]) -> list[Person]:
    seen = select(func.max(SignInSession.c.seen_at)).where(SignInSession.c.user_id == User.c.id)
    if work.actor.supplier_id is not None:
        seen = seen.where(~_works_for_others())
    factor = select(SecondFactor.c.id).where(
        SecondFactor.c.user_id == User.c.id, SecondFactor.c.confirmed_at.is_not(None), SecondFactor.c.ended_at.is_(None)
    )
    counts = newest(
        Membership, Membership.c.user_id, Membership.c.authority_id, Membership.c.supplier_id, day=work.today
    )
    name = func.coalesce(Membership.c.name, User.c.name).label("name")
    rows = work.all(
        select(
            User.c.id.label("user_id"),
            name,
            User.c.email,
            Membership.c.role,
            Membership.c.valid_from.label("since"),
            seen.scalar_subquery().label("seen_at"),
            factor.exists().label("has_second_factor"),
        )
        .join(Membership, Membership.c.user_id == User.c.id)
        .where(where, counts, Membership.c.role != "")
        .order_by(name, User.c.id)
    )
    return [Person(**{**row._mapping, "role": MemberRole(row.role)}) for row in rows]

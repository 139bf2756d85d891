"""People who can sign in, and what they may do: for an authority or for a supplier, from a day on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, or_, select

from quarterday.db.models import Contract, ContractAuthority, ContractParty, Membership, User
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain import names
from quarterday.domain.contracts import MemberRole, word
from quarterday.domain.permissions import Permission, may
from quarterday.errors import NotAllowed, Refused
from quarterday.services import scope
from quarterday.services.organisations import suppliers


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a role today."""

    user_id: int
    name: str
    email: str
    role: MemberRole
    authority_id: int | None
    supplier_id: int | None
    valid_from: date


def add_user(
    uow: UnitOfWork,
    actor: Actor,
    *,
    email: str,
    name: str,
    role: str,
    authority_id: int | None = None,
    supplier_id: int | None = None,
    valid_from: date | None = None,
) -> int:
    """Give somebody a role from a day on (today if not said); returns their id.

    Somebody has one role with an authority or a supplier, and a new one takes the place of the old; elsewhere they
    keep theirs. Who has this address already keeps their name, and is called here what was typed. The role “supplier”
    is for a supplier, the others are for an authority. Raises :class:`Refused` for the wrong one, for no address, for
    the role they have, for who isn't to administer, for one's own role, and as :func:`end_role` for a supplier.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        return put_user(
            work,
            email=email,
            name=name,
            role=role,
            authority_id=authority_id,
            supplier_id=supplier_id,
            valid_from=valid_from,
        )


def put_user(
    work: Work,
    *,
    email: str,
    name: str,
    role: str,
    authority_id: int | None = None,
    supplier_id: int | None = None,
    valid_from: date | None = None,
) -> int:
    """The step that gives somebody a role; raises as :func:`add_user`."""
    try:
        address, tidy = names.email(email), names.name(name, "the person's name")
        wanted = word(MemberRole, role, "role")
    except ValueError as problem:
        raise Refused(str(problem)) from problem
    _must_fit(work, wanted, authority_id, supplier_id)
    day = valid_from or work.today
    _take_turns(work, day)
    known = work.one(select(User.c.id).where(User.c.email == address))
    if known and role_of(work, known.id, authority_id=authority_id, supplier_id=supplier_id, day=day) == wanted:
        raise Refused("This person has that role already.")
    if known:
        _must_be_anothers(work, known.id)
    user_id = known.id if known else work.add(User, email=address, name=tidy)
    _put(work, user_id, wanted, authority_id, supplier_id, day, name=tidy if known else None)
    return user_id


def end_role(
    uow: UnitOfWork,
    actor: Actor,
    *,
    user_id: int,
    authority_id: int | None = None,
    supplier_id: int | None = None,
    valid_from: date | None = None,
) -> None:
    """End what somebody may do for an authority or a supplier, from a day on (today if not said).

    Raises :class:`Refused` where they have no role there, for who isn't to administer, for one's own role, which
    another administrator changes, and for the people of a supplier that has contracts with other authorities too: an
    administrator would decide who sees those.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        must_look_after(work, authority_id, supplier_id)
        _must_be_anothers(work, user_id)
        take_role(work, user_id=user_id, authority_id=authority_id, supplier_id=supplier_id, valid_from=valid_from)


def take_role(
    work: Work,
    *,
    user_id: int,
    authority_id: int | None = None,
    supplier_id: int | None = None,
    valid_from: date | None = None,
) -> None:
    """The step that ends somebody's role; raises :class:`Refused` where they have none there."""
    day = valid_from or work.today
    _take_turns(work, day)
    if not role_of(work, user_id, authority_id=authority_id, supplier_id=supplier_id, day=day):
        raise Refused("This person has no role there.")
    _put(work, user_id, "", authority_id, supplier_id, day)


def members(uow: UnitOfWork, actor: Actor) -> list[Member]:
    """Everybody in the actor's scope who has a role today, by name."""
    with uow.read(actor) as work:
        query = (
            select(
                User.c.id,
                User.c.name,
                User.c.email,
                Membership.c.role,
                Membership.c.authority_id,
                Membership.c.supplier_id,
                Membership.c.valid_from,
            )
            .join(Membership, Membership.c.user_id == User.c.id)
            .where(_counts(work.today), Membership.c.role != "")
            .order_by(User.c.name, User.c.id, Membership.c.id)
        )
        if actor.supplier_id is not None:
            query = query.where(Membership.c.supplier_id == actor.supplier_id)
        elif not actor.is_operator:
            staff = and_(Membership.c.authority_id.is_not(None), Membership.c.authority_id == actor.authority_id)
            query = query.where(or_(staff, Membership.c.supplier_id.in_(_their_suppliers(work))))
        return [
            Member(row.id, row.name, row.email, MemberRole(row.role), row.authority_id, row.supplier_id, row.valid_from)
            for row in work.all(query)
        ]


def person_with(uow: UnitOfWork, actor: Actor, email: str) -> int:
    """The id of who has this address and a role today; raises :class:`Refused` for nobody in the actor's scope."""
    address = email.strip().casefold()
    found = next((one.user_id for one in members(uow, actor) if one.email == address), None)
    if found is None:
        raise Refused("Nobody with this address has a role; give them one first (“quarterday user add”).")
    return found


def role_of(
    work: Work, user_id: int, *, authority_id: int | None = None, supplier_id: int | None = None, day: date
) -> str:
    """The role somebody has with an authority or a supplier on a day; "" where they have none."""
    held = membership(work, user_id, authority_id=authority_id, supplier_id=supplier_id, day=day)
    return held[1] if held else ""


def membership(
    work: Work, user_id: int, *, authority_id: int | None = None, supplier_id: int | None = None, day: date
) -> tuple[int, str] | None:
    """The id of the membership by which somebody has a role there on a day, and the role; None where they have none."""
    row = work.one(
        select(Membership.c.id, Membership.c.role).where(
            Membership.c.user_id == user_id,
            Membership.c.authority_id.is_not_distinct_from(authority_id),
            Membership.c.supplier_id.is_not_distinct_from(supplier_id),
            _counts(day),
        )
    )
    return (row.id, row.role) if row and row.role else None


def somebody_reports(work: Work, supplier_id: int) -> bool:
    """Whether anybody reports for a supplier today."""
    counts = (Membership.c.supplier_id == supplier_id, _counts(work.today), Membership.c.role != "")
    return work.one(select(Membership.c.id).where(*counts).limit(1)) is not None


def staff(work: Work, authority_id: int) -> dict[str, int]:
    """The people who have a role with an authority in scope today: e-mail address → id."""
    found = work.all(
        select(User.c.email, User.c.id)
        .join(Membership, Membership.c.user_id == User.c.id)
        .where(Membership.c.authority_id == authority_id, _counts(work.today), Membership.c.role != "")
    )
    return {row.email: row.id for row in found}


def _counts(day: date) -> ColumnElement[bool]:
    return newest(Membership, Membership.c.user_id, Membership.c.authority_id, Membership.c.supplier_id, day=day)


def _must_fit(work: Work, role: MemberRole, authority_id: int | None, supplier_id: int | None) -> None:
    if role is MemberRole.SUPPLIER:
        if supplier_id is None or authority_id is not None:
            raise Refused("The role “supplier” is for a supplier: say which, and no authority.")
    elif authority_id is None or supplier_id is not None:
        raise Refused("The role “{role}” is for an authority: say which, and no supplier.", role=role)
    must_look_after(work, authority_id, supplier_id)


def must_look_after(work: Work, authority_id: int | None, supplier_id: int | None) -> None:
    """Raise :class:`Refused` where it isn't the actor's to say who works there, or reports for that supplier.

    Its own people say it of a supplier, and an administrator of the only authority that it has contracts with.
    """
    if authority_id is not None:
        scope.authority(work, authority_id)
    if supplier_id is not None:
        suppliers.supplier(work, supplier_id)
        is_theirs = work.actor.is_operator or work.actor.supplier_id == supplier_id
        if not is_theirs and not reports_here_alone(work, supplier_id):
            raise Refused(
                "Only whoever runs this service can say who reports for this supplier: it has no contract with your "
                "council today, or contracts with others too."
            )


def reports_here_alone(work: Work, supplier_id: int) -> bool:
    """Whether a supplier is a party to contracts of the actor's authority today, and to nobody else's."""
    of = work.all(
        select(ContractAuthority.c.authority_id)
        .join(ContractParty, ContractParty.c.contract_id == ContractAuthority.c.contract_id)
        .where(
            ContractParty.c.supplier_id == supplier_id,
            ContractParty.c.is_in,
            newest(ContractParty, ContractParty.c.contract_id, ContractParty.c.supplier_id, day=work.today),
            newest(ContractAuthority, ContractAuthority.c.contract_id, day=work.today),
        )
        .distinct()
    )
    return [row.authority_id for row in of] == [work.actor.authority_id]


def _must_be_anothers(work: Work, user_id: int) -> None:
    """So that an authority is never without an administrator, and nobody gives themselves what isn't theirs."""
    if user_id == work.actor.user_id:
        raise Refused("Nobody changes their own role; another administrator can, or whoever runs this service.")


def _take_turns(work: Work, day: date) -> None:
    """Wait for whoever changes roles too, then see that the actor still has theirs, on the day of the change too.

    Of two administrators, or two people of a supplier, who end each other at the same moment, one stays.
    """
    work.take_turns("people")
    actor = work.actor
    if actor.user_id is None:
        return
    here = {"authority_id": actor.authority_id, "supplier_id": actor.supplier_id}
    role = role_of(work, actor.user_id, **here, day=max(day, work.today))
    if actor.supplier_id is not None and not role:
        raise NotAllowed("You don't report for this supplier any more; ask a colleague who does.")
    if actor.supplier_id is None and (not role or not may(MemberRole(role), Permission.ADMINISTER)):
        raise NotAllowed("You are no administrator any more by then; ask another, or whoever runs this service.")


def _put(
    work: Work,
    user_id: int,
    role: str,
    authority_id: int | None,
    supplier_id: int | None,
    valid_from: date,
    *,
    name: str | None = None,
) -> None:
    work.add(
        Membership,
        user_id=user_id,
        authority_id=authority_id,
        supplier_id=supplier_id,
        role=role,
        name=name,
        valid_from=valid_from,
    )
    whose = {"authority": authority_id} if authority_id is not None else {"supplier": supplier_id}
    work.audit(
        authority_id if authority_id is not None else work.actor.authority_id,
        "member.added" if role else "member.ended",
        f"user/{user_id}",
        **whose,
        role=role,
        valid_from=valid_from.isoformat(),
    )


def _their_suppliers(work: Work) -> Select[int]:
    return (
        select(ContractParty.c.supplier_id)
        .join(Contract, Contract.c.id == ContractParty.c.contract_id)
        .where(scope.visible(work))
    )

"""Who a request comes from: one statement, asked anew at every request, so that what somebody may do holds today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, func, or_, select

from quarterday.db.models import (
    Authority,
    ContractParty,
    Membership,
    Return,
    SecondFactor,
    SignInSession,
    Supplier,
    User,
)
from quarterday.db.newest import newest
from quarterday.db.work import Actor, Work
from quarterday.domain.contracts import MemberRole
from quarterday.domain.permissions import NEEDS_SECOND_FACTOR, Permission, may
from quarterday.errors import Refused

STAFF_IDLE = timedelta(hours=1)
"""How long a session of the council's staff lives without a request: long enough for a meeting, short enough for a
desk that others pass."""
SUPPLIER_IDLE = timedelta(hours=4)
"""The same for a supplier, who collects figures and files while the form stands open (DOMAIN 8: lost sessions)."""
LONGEST = timedelta(hours=12)
"""How long any session lives: a working day, never overnight."""


class Standing(StrEnum):
    """What a session needs before anything can be done in it."""

    READY = "ready"
    MUST_ENROL = "must enrol"
    """The role needs a second factor, and there is none: nothing but enrolling."""
    MUST_CHECK = "must check"
    """There is a second factor, and this session hasn't passed it: nothing but that."""


@dataclass(frozen=True, slots=True)
class Place:
    """A membership that holds today: the role, and the authority or the supplier it is with."""

    role: MemberRole
    authority_id: int | None
    supplier_id: int | None
    name: str
    """What the authority or supplier is called."""

    def may(self, permission: Permission) -> bool:
        """Whether the role allows that."""
        return may(self.role, permission)


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who is signed in, as a request finds them."""

    session_id: int
    user_id: int
    name: str
    return_id: int | None
    """The one return this session opens; None where it opens all that the person may do."""
    places: tuple[Place, ...]
    """Their memberships today, authorities before suppliers, never empty; of a session for one return the supplier's
    whose return it is, and no other."""
    has_second_factor: bool
    passed_second_factor: bool
    opened_at: datetime
    seen_at: datetime
    """To the minute."""

    @property
    def is_staff(self) -> bool:
        """Whether they work for an authority, in this session."""
        return any(place.authority_id is not None for place in self.places)

    @property
    def ends_at(self) -> datetime:
        """When the session ends unless there is another request."""
        return min(self.seen_at + idle(is_staff=self.is_staff), self.opened_at + LONGEST)

    @property
    def standing(self) -> Standing:
        """What is needed before anything can be done. A session for one return needs nothing: it opens nothing else."""
        if self.return_id is not None or self.passed_second_factor:
            return Standing.READY
        if self.has_second_factor:
            return Standing.MUST_CHECK
        needed = any(place.role in NEEDS_SECOND_FACTOR for place in self.places)
        return Standing.MUST_ENROL if needed else Standing.READY

    def actor(self, place: Place) -> Actor:
        """Who they act as in one of their places; of a session for one return somebody who sees that return alone.

        Raises :class:`Refused` for a place that isn't theirs, and while a second factor is needed.
        """
        if place not in self.places:
            raise Refused("You have no role there.")
        if self.standing is not Standing.READY:
            raise Refused("Give the code of your authenticator app first.")
        name = f"user/{self.user_id}"
        return Actor(
            name,
            user_id=self.user_id,
            authority_id=place.authority_id,
            supplier_id=place.supplier_id,
            return_id=self.return_id,
            role=place.role,
        )


def idle(*, is_staff: bool) -> timedelta:
    """How long a session lives without a request."""
    return STAFF_IDLE if is_staff else SUPPLIER_IDLE


def is_staff(work: Work, user_id: int) -> bool:
    """Whether somebody works for an authority today."""
    works = select(Membership.c.id).where(
        Membership.c.user_id == user_id, Membership.c.authority_id.is_not(None), *_holds(work.today)
    )
    return work.one(works.limit(1)) is not None


def read(work: Work, cookie: str) -> Visit | None:
    """The visit of the session with that cookie; None where it has ended, and for who has no role any more."""
    rows = work.all(_visiting(), cookie=digest_of(cookie), today=work.today)
    if not rows:
        return None
    first = rows[0]
    visit = Visit(
        session_id=first.id,
        user_id=first.user_id,
        name=first.name,
        return_id=first.return_id,
        places=tuple(Place(MemberRole(row.role), row.authority_id, row.supplier_id, row.place) for row in rows),
        has_second_factor=first.second_factor_id is not None,
        passed_second_factor=first.second_factor_at is not None,
        opened_at=first.recorded_at,
        seen_at=first.seen_at,
    )
    return visit if work.now < visit.ends_at else None


def digest_of(random: str) -> str:
    """What is kept of a random value in a cookie; it is random enough to need no key and no salt."""
    return sha256(random.encode()).hexdigest()


def may_open(work: Work, user_id: int, return_id: int | None) -> bool:
    """Whether somebody has a role today: any, or for one return with a supplier that is a party to its contract."""
    query = select(Membership.c.id).where(Membership.c.user_id == user_id, *_holds(work.today)).limit(1)
    if return_id is not None:
        query = query.where(_reports(work.today, return_id))
    return work.one(query) is not None


@cache
def _visiting() -> Select[*tuple[Any, ...]]:
    """The statement behind :func:`read`, made once: a row for each place."""
    today = bindparam("today", type_=Date)
    mine = and_(
        SecondFactor.c.user_id == User.c.id, SecondFactor.c.confirmed_at.is_not(None), SecondFactor.c.ended_at.is_(None)
    )
    return (
        select(
            SignInSession.c.id,
            SignInSession.c.user_id,
            SignInSession.c.return_id,
            SignInSession.c.second_factor_at,
            SignInSession.c.seen_at,
            SignInSession.c.recorded_at,
            User.c.name,
            Membership.c.role,
            Membership.c.authority_id,
            Membership.c.supplier_id,
            func.coalesce(Authority.c.name, Supplier.c.name).label("place"),
            SecondFactor.c.id.label("second_factor_id"),
        )
        .join(User, User.c.id == SignInSession.c.user_id)
        .join(Membership, Membership.c.user_id == User.c.id)
        .outerjoin(Authority, Authority.c.id == Membership.c.authority_id)
        .outerjoin(Supplier, Supplier.c.id == Membership.c.supplier_id)
        .outerjoin(SecondFactor, mine)
        .where(
            SignInSession.c.cookie == bindparam("cookie"),
            SignInSession.c.ended_at.is_(None),
            *_holds(today),
            or_(SignInSession.c.return_id.is_(None), _reports(today, SignInSession.c.return_id)),
        )
        .order_by(Membership.c.supplier_id.is_not(None), Membership.c.id)
    )


def _holds(today: Any) -> tuple[ColumnElement[bool], ...]:
    keys = (Membership.c.user_id, Membership.c.authority_id, Membership.c.supplier_id)
    return newest(Membership, *keys, day=today), Membership.c.role != ""


def _reports(today: Any, return_id: Any) -> ColumnElement[bool]:
    """The condition that a membership is with a supplier that is a party to a return's contract."""
    part = (
        select(ContractParty.c.id)
        .join(Return, Return.c.contract_id == ContractParty.c.contract_id)
        .where(
            Return.c.id == return_id,
            ContractParty.c.supplier_id == Membership.c.supplier_id,
            ContractParty.c.is_in,
            newest(ContractParty, ContractParty.c.contract_id, ContractParty.c.supplier_id, day=today),
        )
    )
    return part.correlate(Membership, SignInSession).exists()

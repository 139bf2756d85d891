"""Authorities: the councils, and other buyers, whose contracts, calendars and definitions the record keeps."""

from __future__ import annotations

from sqlalchemy import select

from quarterday.db.models import Authority
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain import names
from quarterday.domain.contracts import Nation, word
from quarterday.domain.sentences import said
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.scope import AuthorityRow

DUE_DAYS, CLOSES_DAYS, LAST_CLOSES_DAYS = 30, 90, 365
"""How many days after a period returns are due, until when it is open, and until when a contract's last one is for what
may count later (DOMAIN 4.18 gives no length: a year is our judgement), where an authority says nothing else."""


def add_authority(
    uow: UnitOfWork,
    actor: Actor,
    *,
    key: str,
    name: str,
    first_month: int = 4,
    nation: str = Nation.ENGLAND_AND_WALES,
    due_days: int = DUE_DAYS,
    closes_days: int = CLOSES_DAYS,
    last_closes_days: int = LAST_CLOSES_DAYS,
) -> int:
    """Add an authority, whose financial year starts in ``first_month``; returns its id.

    Returns are due ``due_days`` after a period's last day, and the period closes ``closes_days`` after it. A contract's
    last return stays open ``last_closes_days`` after it for measures that may count later.
    Raises :class:`Refused` when the key is taken or something can't be read, and for anybody but the operator.
    """
    with uow.begin(actor) as work:
        scope.only_the_operator(work)
        return put_authority(
            work,
            key=key,
            name=name,
            first_month=first_month,
            nation=nation,
            due_days=due_days,
            closes_days=closes_days,
            last_closes_days=last_closes_days,
        )


def put_authority(
    work: Work,
    *,
    key: str,
    name: str,
    first_month: int,
    nation: str,
    due_days: int = DUE_DAYS,
    closes_days: int = CLOSES_DAYS,
    last_closes_days: int = LAST_CLOSES_DAYS,
) -> int:
    """The step that adds an authority; raises as :func:`add_authority`."""
    try:
        facts = {
            "key": names.key(key),
            "name": names.name(name, "the authority's name"),
            "nation": word(Nation, nation, "nation"),
        }
    except ValueError as problem:
        raise Refused(str(problem)) from problem
    if not 1 <= first_month <= 12:
        raise Refused("A financial year starts in a month from 1 to 12, not {month}.", month=first_month)
    if not 0 <= due_days <= closes_days <= 3650:
        raise Refused(
            "Returns can't be due {due} days after a period that closes after {closes}; let it "
            "close on that day or later.",
            due=due_days,
            closes=closes_days,
        )
    if not 0 <= last_closes_days <= 3650:
        raise Refused(
            "A last return stays open for 0 to 3650 days for what may count later, not {days}.",
            days=last_closes_days,
        )
    work.take_turns("authority keys")
    if work.one(select(Authority.c.id).where(Authority.c.key == facts["key"])):
        raise Refused("There is an authority “{key}” already; choose another key.", key=key)
    days = {"due_days": due_days, "closes_days": closes_days, "last_closes_days": last_closes_days}
    authority_id = work.add(Authority, **facts, first_month=first_month, **days)
    work.audit(authority_id, "authority.added", f"authority/{authority_id}", first_month=first_month, **days)
    return authority_id


def authority_by_key(uow: UnitOfWork, actor: Actor, key: str) -> AuthorityRow:
    """The authority of that key in the actor's scope; raises :class:`Refused`, naming those there are."""
    with uow.read(actor) as work:
        there = {row.key: row for row in scope.authorities(work)}
    if key not in there:
        raise Refused(
            "There is no authority “{key}”; there are: {known}.",
            key=key[:40],
            known=", ".join(there) or said("none yet"),
        )
    return there[key]


def authorities(uow: UnitOfWork, actor: Actor) -> list[AuthorityRow]:
    """The authorities in the actor's scope, by key."""
    with uow.read(actor) as work:
        return scope.authorities(work)

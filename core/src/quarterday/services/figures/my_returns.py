"""The returns of one supplier, by what is to do: for whoever fills them in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from quarterday.db.models import Authority
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.return_states import State
from quarterday.services import scope
from quarterday.services.returns.standing import Listed, returns


class Turn(StrEnum):
    """Whose turn it is, in the order in which a supplier looks."""

    QUERIED = "queried"
    """The council asked something."""
    LATE = "late"
    """Its due day is over, and it can still be submitted."""
    DUE = "due"
    WITH_COUNCIL = "with the council"
    DONE = "done"
    MISSED = "missed"
    """Closed without a return; what was done goes in a later one as a late claim."""


@dataclass(frozen=True, slots=True)
class Mine:
    """One return of the supplier, with the words it is known by."""

    listed: Listed
    title: str
    """The contract's."""
    authority: str
    turn: Turn


def my_returns(uow: UnitOfWork, actor: Actor) -> list[Mine]:
    """The returns in the actor's scope: whose turn it is, then by due day; what is done the newest first."""
    found = returns(uow, actor)
    with uow.read(actor) as work:
        titles = {one.id: one.title for one in scope.contracts(work)}
        names = {row.id: row.name for row in work.all(select(Authority.id, Authority.name))}
        today = work.today
    mine = [
        Mine(one, titles[one.contract_id], names[one.authority_id], _turn(one, is_closed=today > one.closes))
        for one in found
        if one.contract_id in titles
    ]
    past = (Turn.DONE, Turn.MISSED)
    order = list(Turn)
    waiting = sorted((one for one in mine if one.turn not in past), key=lambda one: order.index(one.turn))
    return waiting + [one for one in reversed(mine) if one.turn in past]


def _turn(one: Listed, *, is_closed: bool) -> Turn:
    match one.state:
        case State.QUERIED:
            return Turn.QUERIED
        case State.SUBMITTED:
            return Turn.WITH_COUNCIL
        case State.SETTLED | State.NOTHING:
            return Turn.DONE
    if is_closed:
        return Turn.MISSED
    return Turn.LATE if one.is_overdue else Turn.DUE

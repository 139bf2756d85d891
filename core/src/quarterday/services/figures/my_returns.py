"""The returns of one supplier, by what is to do: for whoever fills them in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from quarterday.db.models import Authority, Contract, Return
from quarterday.db.readings import kept
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.return_states import State
from quarterday.services import scope
from quarterday.services.figures.desk import has_word
from quarterday.services.returns.open_later import open_later
from quarterday.services.returns.standing import Listed, listed

_UNSENT = (State.NOT_STARTED, State.BEING_WRITTEN)


class Turn(StrEnum):
    """Whose turn it is, in the order in which a supplier looks."""

    QUERIED = "queried"
    """The council asked something that isn't answered."""
    LATE = "late"
    """Its due day is over, and it can still be submitted."""
    DUE = "due"
    WITH_COUNCIL = "with the council"
    DONE = "done"
    MISSED = "missed"
    """Closed without a return for good; what was done goes in a later one as a late claim."""


@dataclass(frozen=True, slots=True)
class Mine:
    """One return of the supplier, with the words it is known by."""

    listed: Listed
    title: str
    """The contract's."""
    authority: str
    turn: Turn


def my_returns(uow: UnitOfWork, actor: Actor) -> list[Mine]:
    """The returns in the actor's scope: whose turn it is, then by due day; what is done the newest first.

    A return for a period that begins after its contract's end is asked for by nobody, and not listed unless it was
    submitted.
    """
    with uow.read(actor) as work:
        return kept(_my_returns, work)


def _my_returns(work: Work) -> list[Mine]:
    contracts = {one.id: one for one in scope.contracts(work)}
    names = {row.id: row.name for row in work.all(select(Authority.c.id, Authority.c.name))}
    queried = select(Return.c.id).join(Contract, Contract.c.id == Return.c.contract_id)
    later = set(open_later(work))
    asked = {row.id for row in work.all(queried.where(scope.visible_return(work), has_word("queried")))}
    mine = [
        Mine(
            one,
            contracts[one.contract_id].title,
            names[one.authority_id],
            _turn(one, is_asked=one.id in asked, is_closed=work.today > one.closes and one.id not in later),
        )
        for one in listed(work)
        if one.state not in _UNSENT or one.first <= contracts[one.contract_id].ends
    ]
    past = (Turn.DONE, Turn.MISSED)
    order = list(Turn)
    waiting = sorted((one for one in mine if one.turn not in past), key=lambda one: order.index(one.turn))
    return waiting + [one for one in reversed(mine) if one.turn in past]


def _turn(one: Listed, *, is_asked: bool, is_closed: bool) -> Turn:
    if is_asked:
        return Turn.QUERIED
    match one.state:
        case State.SUBMITTED | State.QUERIED:
            return Turn.WITH_COUNCIL
        case State.SETTLED | State.NOTHING:
            return Turn.DONE
    if is_closed:
        return Turn.MISSED
    return Turn.LATE if one.is_overdue else Turn.DUE

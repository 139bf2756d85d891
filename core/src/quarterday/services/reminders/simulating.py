"""Reminders as they would go out on the days to come, if nothing in the record changed: nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from quarterday.db.models import Contract, ContractAuthority, User
from quarterday.db.work import LONDON, Actor, UnitOfWork, Work
from quarterday.domain.periods import in_words
from quarterday.domain.permissions import Permission
from quarterday.domain.reminders import Ladder
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.organisations import periods
from quarterday.services.organisations.periods import Spanned
from quarterday.services.reminders.ladders import ladder_of
from quarterday.services.reminders.planning import Notice, Upcoming, notices
from quarterday.services.reminders.ticking import in_mails
from quarterday.services.scope import AuthorityRow

MOST_DAYS = 400
"""How long a simulation may be."""


@dataclass(frozen=True, slots=True)
class Line:
    """A return in a mail that would go out."""

    return_id: int | None
    """None for a return that isn't opened yet."""
    contract: str
    """The contract's reference."""
    period: str
    """In words, like “July to September 2026”;"""
    first: date
    last: date
    """and its days."""
    due: date
    rung: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A mail that would go out."""

    day: date
    user_id: int
    name: str
    email: str
    is_staff: bool
    is_stopped: bool
    """Whether it would be stopped, because it speaks of far too many."""
    lines: tuple[Line, ...]


def simulate(uow: UnitOfWork, actor: Actor, *, authority_id: int, first: date, last: date) -> list[Foreseen]:
    """The reminders of an authority from one day to another, by day and person; weekly lists aren't among them.

    It is what ticks would do if nobody submitted, extended or changed anything: with the ladder of today, the people
    and bank holidays of each day, and the returns that open meanwhile. Raises :class:`Refused` for a day that is over,
    a span that ends before it begins or is longer than 400 days, and where there is no such authority in the actor's
    scope.
    """
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        of = scope.authority(work, authority_id)
        if first < work.today:
            raise Refused("{first} is over; a simulation begins today at the earliest.", first=first)
        if not 0 <= (last - first).days < MOST_DAYS:
            raise Refused(
                "A simulation covers 1 to {most} days; from {first} to {last} it doesn't.",
                most=MOST_DAYS,
                first=first,
                last=last,
            )
        ladder = ladder_of(work, of.id)
        mails = list(_days(work, of, ladder, first, last))
        return _foreseen(work, ladder, mails)


def _days(work: Work, of: AuthorityRow, ladder: Ladder, first: date, last: date) -> Iterator[tuple[date, list[Notice]]]:
    """The mails of each day, as a clock that begins now would ask for them."""
    told: set[tuple[int, int, str]] = set()
    coming = _Coming(of, _opening_days(work, of, last))
    day = work.today if work.now.astimezone(LONDON).time() < ladder.ends else work.today + timedelta(days=1)
    while day <= last:
        there = replace(work, now=datetime.combine(day, ladder.begins, LONDON))
        coming.open(there)
        found = notices(there, of, ladder, coming.returns)
        said = [one for one in found if (one.user_id, one.return_id, one.rung) not in told]
        told |= {(one.user_id, one.return_id, one.rung) for one in said}
        if day >= first:
            yield from ((day, mail) for mail in in_mails(said))
        day += timedelta(days=1)


class _Coming:
    """The returns that will be opened, as the days go by."""

    def __init__(self, of: AuthorityRow, opening_days: frozenset[date]) -> None:
        self._of = of
        self._opening_days = opening_days
        self._covered: defaultdict[int, list[Spanned]] = defaultdict(list)
        self.returns: list[Upcoming] = []

    def open(self, work: Work) -> None:
        """Open those of the day of the transaction."""
        if work.today not in self._opening_days:
            return
        for one in periods.to_open(work, self._of, work.today, self._covered):
            number = -len(self.returns) - 1
            due, closes = periods.days_of(work, self._of, one.rhythm, one.period)
            span = (one.period.first, one.period.last)
            self.returns.append(Upcoming(number, one.contract_id, *span, due, closes))
            self._covered[one.contract_id].append(span)


def _opening_days(work: Work, of: AuthorityRow, last: date) -> frozenset[date]:
    """The days on which returns may open: today, the first of a month, and where a contract starts or comes in."""
    starts = select(Contract.c.starts).join(ContractAuthority, ContractAuthority.c.contract_id == Contract.c.id)
    theirs = starts.where(ContractAuthority.c.authority_id == of.id, Contract.c.starts.between(work.today, last))
    comes = select(ContractAuthority.c.valid_from).where(
        ContractAuthority.c.authority_id == of.id, ContractAuthority.c.valid_from.between(work.today, last)
    )
    span = ((work.today + timedelta(days=ahead)) for ahead in range((last - work.today).days + 1))
    firsts = {day for day in span if day.day == 1}
    found = {row[0] for query in (theirs, comes) for row in work.all(query)}
    return frozenset({work.today} | firsts | found)


def _foreseen(work: Work, ladder: Ladder, mails: Sequence[tuple[date, list[Notice]]]) -> list[Foreseen]:
    people = {row.id: row for row in work.all(select(User.c.id, User.c.name, User.c.email))}
    references = {one.id: one.reference for one in scope.contracts(work)}
    return [
        Foreseen(
            day=day,
            user_id=mail[0].user_id,
            name=people[mail[0].user_id].name,
            email=people[mail[0].user_id].email,
            is_staff=mail[0].is_staff,
            is_stopped=len(mail) >= ladder.most,
            lines=tuple(
                Line(
                    return_id=one.return_id if one.return_id > 0 else None,
                    contract=references[one.contract_id],
                    period=in_words(one.first, one.last),
                    first=one.first,
                    last=one.last,
                    due=one.due,
                    rung=one.rung,
                )
                for one in mail
            ),
        )
        for day, mail in mails
    ]

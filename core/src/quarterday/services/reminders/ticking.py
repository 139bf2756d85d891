"""The tick: what is to be said today is written down, with one mail for each person it is said to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select

from quarterday.db.models import OutboxRow, Reminder
from quarterday.db.outbox import State
from quarterday.db.work import LONDON, Actor, Effect, Priority, UnitOfWork, Work
from quarterday.domain.sentences import said
from quarterday.services import scope
from quarterday.services.access import links
from quarterday.services.organisations.bank_holidays import bank_holidays
from quarterday.services.reminders import weekly
from quarterday.services.reminders.ladders import ladder_of
from quarterday.services.reminders.planning import Notice, notices

IN_ONE_TRANSACTION = 500
"""About so many notices are written down at once, so that nobody who reports waits for long."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a tick asked for."""

    mails: int = 0
    returns: int = 0
    """How many returns they speak of; one that several people hear of counts for each."""
    stopped: int = 0
    """How many mails it stopped, because they would have spoken of far too many."""
    lists: int = 0
    """How many weekly lists."""


def tick(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> Ticked:
    """Have everybody reminded who is to hear today of an authority's returns; outside its hours nobody is.

    Each person gets one mail a day, and hears of a return by one rung once, however many ticks, clocks or machines
    there are, and wherever one of them ended: a mail, and what is remembered of it, are written down together. Whoever
    would hear of as many returns at once as the ladder calls a mistake gets nothing: the mail lies in the outbox as
    given up, with a sentence that says so. On the first such day of a week staff are sent their lists too.

    Raises :class:`~quarterday.errors.Refused` where there is no such authority in the actor's scope.
    """
    with uow.read(actor) as work:
        scope.only_the_operator(work)
        of = scope.authority(work, authority_id)
        ladder = ladder_of(work, of.id)
        if not ladder.is_sending(work.now.astimezone(LONDON), bank_holidays(of.nation)):
            return Ticked()
        found = notices(work, of, ladder)
        listed = weekly.wanted(work, of.id)
    mails = returns = stopped = 0
    for batch in _batches(found):
        with uow.begin(actor) as work:
            new = _new(work, of.id, batch)
            now_stopped = _write(work, of.id, new, ladder.most) if new else 0
            mails += len(new) - now_stopped
            returns += sum(len(mail) for mail in new if len(mail) < ladder.most)
            stopped += now_stopped
    if listed:
        with uow.begin(actor) as work:
            weekly.ask_for(work, of.id, listed)
    return Ticked(mails, returns, stopped, len(listed))


def in_mails(found: Sequence[Notice]) -> Iterator[list[Notice]]:
    """The notices of each mail: to one person, as somebody who reports or as staff."""
    for _, theirs in groupby(found, key=lambda one: (one.user_id, one.is_staff)):
        yield list(theirs)


def _batches(found: Sequence[Notice]) -> Iterator[list[list[Notice]]]:
    """Mails by the transaction in which they are asked for; none is split."""
    batch: list[list[Notice]] = []
    for mail in in_mails(found):
        batch.append(mail)
        if sum(map(len, batch)) >= IN_ONE_TRANSACTION:
            yield batch
            batch = []
    if batch:
        yield batch


def _new(work: Work, authority_id: int, batch: list[list[Notice]]) -> list[list[Notice]]:
    """Those of them that nobody has asked for today, whatever other clocks did since they were thought of."""
    work.take_turns(f"reminders/{authority_id}")
    mails = {_key(work, authority_id, mail[0]): mail for mail in batch}
    there = set(work.connection.execute(select(OutboxRow.c.key).where(OutboxRow.c.key.in_(list(mails)))).scalars())
    return [mail for key, mail in mails.items() if key not in there]


def _key(work: Work, authority_id: int, one: Notice) -> str:
    return f"digest/{authority_id}/{work.today}/{'staff' if one.is_staff else 'reports'}/{one.user_id}"


def _write(work: Work, authority_id: int, mails: list[list[Notice]], most: int) -> int:
    """Ask for those mails, and remember what they say; returns how many of them are stopped."""
    spoken_of = [one for mail in mails for one in mail]
    rows = [{"return_id": one.return_id, "rung": one.rung, "user_id": one.user_id} for one in spoken_of]
    work.add_all(Reminder, rows)
    reported = [(one.user_id, one.return_id) for one in spoken_of if not one.is_staff]
    tokens = dict(zip(reported, links.for_returns(work, reported), strict=True))
    good = [mail for mail in mails if len(mail) < most]
    effects = [Effect(_key(work, authority_id, mail[0]), _payload(mail, tokens), authority_id) for mail in good]
    sent = work.send_all("mail.digest", effects, priority=Priority.WHENEVER)
    stopped = [_stop(work, authority_id, mail, _payload(mail, tokens)) for mail in mails if len(mail) >= most]
    what = {"sent": sent, "stopped": stopped, "reminders": len(spoken_of)}
    work.audit(authority_id, "reminders.sent", f"authority/{authority_id}", **what)
    return len(stopped)


def _payload(mail: list[Notice], tokens: dict[tuple[int, int], int]) -> dict[str, object]:
    first = mail[0]
    payload: dict[str, object] = {"user": first.user_id, "returns": [[one.return_id, one.rung] for one in mail]}
    if not first.is_staff:
        payload["tokens"] = [tokens[one.user_id, one.return_id] for one in mail]
    return payload


def _stop(work: Work, authority_id: int, mail: list[Notice], payload: dict[str, object]) -> int:
    """Write the mail down as given up; “quarterday outbox retry” sends it after all. Returns the row's id."""
    why = said(
        "Stopped: one person would be reminded of {returns:,} returns at once, which looks like a "
        "mistake in who reports or manages. “quarterday reminders simulate” shows whom the ladder "
        "speaks to; put that right, raise “most” in the ladder, or try this delivery again to send "
        "it all the same.",
        returns=len(mail),
    )
    return work.add(
        OutboxRow,
        authority_id=authority_id,
        kind="mail.digest",
        key=_key(work, authority_id, mail[0]),
        payload=payload,
        priority=Priority.WHENEVER,
        state=State.DEAD,
        due=work.now,
        attempts=0,
        error=why,
        settled_at=work.now,
    )

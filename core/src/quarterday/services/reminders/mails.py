"""What goes into the mails that remind and list, as it stands when each is delivered; what is overtaken isn't sent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date
from typing import Any

from sqlalchemy import func, select

from quarterday.db.models import (
    Contract,
    ContractAuthority,
    JobRun,
    Membership,
    Period,
    Return,
    ReturnExtension,
)
from quarterday.db.newest import newest
from quarterday.db.outbox import Due
from quarterday.db.work import LONDON, Actor, Work
from quarterday.domain import reminders
from quarterday.domain.contracts import MemberRole
from quarterday.domain.periods import in_words
from quarterday.domain.reminders import To
from quarterday.domain.sentences import said
from quarterday.errors import Overtaken, Retryable
from quarterday.services import scope
from quarterday.services.access import keys, links
from quarterday.services.figures.desk import Asked, OnDesk, Queue, on_desk
from quarterday.services.messages import facts
from quarterday.services.messages.composing import RETURN_PAGE, Filled, Filling
from quarterday.services.organisations.bank_holidays import bank_holidays
from quarterday.services.reminders.ladders import ladder_of
from quarterday.services.reminders.planning import asked_for, lead_role
from quarterday.services.reminders.syncs import failing_syncs
from quarterday.services.returns import addressees
from quarterday.services.returns.reported import reported

MOST_LISTED = 50
"""So many returns stand in a mail to staff; the others are on their desk."""
DESK = "/council"
STATUS_PAGE = "/council/status"
CHECKING_PAGE = "/council/returns/{id}"
"""Where the pages show a return to its council, behind the public address."""


@dataclass(frozen=True, slots=True, order=True)
class _Return:
    """A return that a mail speaks of."""

    due: date
    words: str
    id: int
    contract_id: int


def _digest(work: Work, row: Due, site: str) -> Filled:
    """The returns somebody is reminded of: those of them that are still asked for, by the day on which they are due."""
    user_id, tokens = row.payload["user"], row.payload.get("tokens")
    found = _still_asked_for(work, row.authority_id or 0, user_id, row.payload["returns"])
    if not found:
        raise Overtaken("Nothing was left to remind of: it was submitted, given more time, or is somebody else's now.")
    if tokens is None:
        shown = [(one.words + _how(one.due, work.today), site + CHECKING_PAGE.format(id=one.id)) for one in found]
        return _to_staff(work, row, site, "escalation", shown, _summary(found, work.today))
    made = {return_id: token for (return_id, _), token in zip(row.payload["returns"], tokens, strict=True)}
    said = {
        "council": scope.authority(work, row.authority_id or 0).name,
        "summary": _summary(found, work.today),
        "returns": "\n".join(one.words + _how(one.due, work.today) for one in found),
        "links": "\n".join(site + links.link_for(keys.installed(), made[one.id]) for one in found),
    }
    to = addressees.person(work, user_id).email
    return Filled("reminder", to, said, addressees.contact(work, found[0].contract_id))


def _weekly(work: Work, row: Due, site: str) -> Filled:
    """What waits on somebody's desk, as it is now."""
    theirs = replace(work, actor=Actor("worker", authority_id=row.authority_id, role=MemberRole.MANAGER))
    asked = Asked(manager_id=row.payload["user"])
    shown: list[tuple[str, str]] = []
    counts = []
    for queue, words in _QUEUES.items():
        part = on_desk(theirs, queue, asked)
        shown += [(f"{_known_as(one)}: {words}", site + CHECKING_PAGE.format(id=one.id)) for one in part.rows]
        if part.rows:
            counts.append(f"{len(part.rows)}{'+' if part.has_more else ''} {words}")
    if not shown:
        raise Overtaken("Nothing waited on this desk.")
    return _to_staff(work, row, site, "weekly", shown, ", ".join(counts))


_QUEUES = {Queue.READY: "to check", Queue.LATE: "late", Queue.QUERIED: "waiting for the supplier's answer"}


def _more_time(work: Work, row: Due, site: str) -> Filled:
    """That a return may come later, to one who reports it. Its link has to be signed in for."""
    found = reported(work, row.payload["return_id"])
    row_counts = (
        ReturnExtension.c.id == row.payload["extension"],
        newest(ReturnExtension, ReturnExtension.c.return_id),
    )
    given = work.one(select(ReturnExtension.c.due).where(*row_counts))
    if given is None or found.revisions:
        raise Overtaken("The return was submitted, or given another day, before this could be sent.")
    said = {
        **facts.of_return(work, found),
        "due": facts.day(given.due),
        "link": site + RETURN_PAGE.format(id=found.id),
    }
    to = addressees.person(work, row.payload["user"]).email
    return Filled("more_time", to, said, addressees.contact(work, found.contract_id))


def _job_failed(work: Work, row: Due, site: str) -> Filled:
    """That a job keeps failing, to who looks after the installation or a part of it.

    What the job said stays out: it may hold the words of another authority than the reader's.
    """
    job = row.payload["job"]
    well = select(func.coalesce(func.max(JobRun.c.id), 0)).where(JobRun.c.job == job, JobRun.c.good)
    failed = (JobRun.c.job == job, JobRun.c.id > well.scalar_subquery())
    runs = work.all(select(JobRun.c.said, JobRun.c.recorded_at).where(*failed).order_by(JobRun.c.id))
    if not runs:
        raise Overtaken("The job ran well again before this could be sent.")
    said = {
        "job": job,
        "since": facts.moment(runs[0].recorded_at),
        "when": facts.moment(runs[-1].recorded_at),
        "error": _what_failed(runs[-1].said),
        "site": site.partition("://")[2],
    }
    return Filled("job_failed", addressees.person(work, row.payload["user"]).email, said)


def _what_failed(said: str) -> str:
    """What the host says of a failure: the error and its place, or what was ended and why.

    A plugin's own words stay out: they may be another authority's than the reader's.
    """
    found = _FAILED.match(said)
    return found["error"] or f"it {found['end']}" if found else "it was refused, or got no answer"


_FAILED = re.compile(
    r"The (?:job|source) “[^”]*” (?:failed: (?P<error>\w{1,60} in [\w.]{1,100}, line \d+)"
    r"|(?P<end>did not finish in [\d.e+]+ seconds|took more than [\d,]+ MB|ended its process \(exit code -?\d+\)))"
)


def _sync_failed(work: Work, row: Due, site: str) -> Filled:
    """That a source or sink keeps failing for an authority, with what it said last, to who looks after it there; or a
    source of the installation's, to any administrator."""
    whose = None if row.payload.get("is_installations") else row.authority_id
    here = (whose, row.payload["sync"])
    found = next((one for one in failing_syncs(work, times=1) if (one.authority_id, one.part) == here), None)
    if found is None:
        raise Overtaken("It went well again before this could be sent.")
    said = {
        "sync": found.part,
        "council": site.partition("://")[2] if whose is None else scope.authority(work, whose).name,
        "since": facts.moment(found.since),
        "error": f"{_what_failed(found.why)}; “quarterday outbox list” says more" if whose is None else found.why,
        "link": site + STATUS_PAGE,
    }
    return Filled("sync_failed", addressees.person(work, row.payload["user"]).email, said)


def _in_hours(fill: Filling) -> Filling:
    """The same, outside the hours of the authority's ladder put off until mail goes out again."""

    def filled(work: Work, row: Due, site: str) -> Filled:
        of = scope.authority(work, row.authority_id or 0)
        local = work.now.astimezone(LONDON)
        again = ladder_of(work, of.id).sends_again(local, bank_holidays(of.nation)).astimezone(UTC)
        if again > work.now:
            why = said(
                "It is quiet now: mail of {authority} goes out again at {moment}.",
                authority=of.name,
                moment=facts.moment(again),
            )
            raise Retryable(why, after=(again - work.now).total_seconds())
        return fill(work, row, site)

    return filled


KINDS: Mapping[str, Filling] = {
    "mail.digest": _in_hours(_digest),
    "mail.weekly": _in_hours(_weekly),
    "mail.more_time": _more_time,
    "mail.job_failed": _job_failed,
    "mail.sync_failed": _sync_failed,
}
"""The kinds of outbox row that stand for one of these mails."""


def _still_asked_for(work: Work, authority_id: int, user_id: int, wanted: Sequence[tuple[int, str]]) -> list[_Return]:
    """Those of the returns that this person is still to hear of by the rung that is named beside each."""
    holidays = bank_holidays(scope.authority(work, authority_id).nation)
    given = {"today": work.today, "authority_id": authority_id, "role": lead_role(work, authority_id)}
    found = set()
    for to in To:
        rungs = {return_id: rung for return_id, name in wanted if (rung := reminders.rung(name)).to is to}
        query = asked_for(to, *_COLUMNS).where(Return.c.id.in_(rungs), Membership.c.user_id == user_id)
        for row in work.connection.execute(query, given) if rungs else ():
            if rungs[row.id].when.on(row.due, holidays) <= work.today:
                words = f"{row.reference} {row.title}, {in_words(row.first, row.last)}"
                found.add(_Return(row.due, words, row.id, row.contract_id))
    return sorted(found)


_COLUMNS: tuple[Any, ...] = (
    Return.c.id,
    Return.c.contract_id,
    ContractAuthority.c.reference,
    Contract.c.title,
    Period.c.first,
    Period.c.last,
    scope.return_due().label("due"),
)


def _to_staff(work: Work, row: Due, site: str, template: str, shown: Sequence[tuple[str, str]], summary: str) -> Filled:
    listed = list(shown[:MOST_LISTED])
    if len(shown) > MOST_LISTED:
        listed.append((f"{len(shown) - MOST_LISTED} more on your desk", site + DESK))
    said = {
        "council": scope.authority(work, row.authority_id or 0).name,
        "summary": summary,
        "returns": "\n".join(words for words, _ in listed),
        "links": "\n".join(link for _, link in listed),
    }
    return Filled(template, addressees.person(work, row.payload["user"]).email, said)


def _known_as(one: OnDesk) -> str:
    return f"{one.reference} {one.title}, {one.period}"


def _how(due: date, today: date) -> str:
    """How a return stands to its due day, after its name."""
    if due == today:
        return ": due today"
    return f": due by {facts.day(due)}" if due > today else f": late, it was due by {facts.day(due)}"


def _summary(found: Sequence[_Return], today: date) -> str:
    """How many returns there are and how many of them are late: “3 returns: 1 late, 2 due by 30 July 2026”."""
    late = sum(one.due < today for one in found)
    ahead = [one.due for one in found if one.due >= today]
    said = [f"{late} late"] if late else []
    if ahead:
        when = "today" if min(ahead) == max(ahead) == today else f"by {facts.day(max(ahead))}"
        said.append(f"{len(ahead)} due {when}" if late or len(ahead) > 1 else f"due {when}")
    if len(found) == 1:
        return f"1 return: {'late' if late else said[0]}"
    return f"{len(found)} returns: {', '.join(said)}"

"""The kinds of effect that an outbox row can stand for, as data: how each becomes a document, and for which sink."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from quarterday.db import queue
from quarterday.db.outbox import Due
from quarterday.db.work import UnitOfWork
from quarterday.ports import Document
from quarterday.services.plugins.children import Children


@dataclass(frozen=True, slots=True)
class Parcel:
    """A document on its way, and the id of the sink it goes to."""

    sink: str
    document: Document


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of outbox row."""

    compose: Callable[[UnitOfWork, Due], Parcel]
    """Makes the document from the ids in the row's payload, when it is delivered: words and addresses as they are then.
    Raises what a sink may raise: Retryable, NotConfigured, Refused."""
    repeat_perhaps_sent: bool
    """Whether it is delivered again where nobody knows if it arrived: True where the receiver keeps keys, so that
    twice is once, or where twice is better than never."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One kind of outbox row that no sink is needed for: what is to be done, here."""

    run: Callable[[UnitOfWork, Due], str]
    """Does it and returns what was done, in one sentence; done twice it comes to nothing more. Raises what a sink may
    raise."""
    repeat_perhaps_sent: bool = True


def _report(uow: UnitOfWork, row: Due) -> Parcel:
    from quarterday.services.figures import reporting

    return Parcel(*reporting.compose(uow, row))


def _mail(uow: UnitOfWork, row: Due) -> Parcel:
    from quarterday.services.messages import composing

    return Parcel(*composing.compose(uow, row))


def _reminder(uow: UnitOfWork, row: Due) -> Parcel:
    from quarterday.services.messages import composing
    from quarterday.services.reminders import mails

    return Parcel(*composing.compose(uow, row, mails.KINDS))


def _job(children: Children, uow: UnitOfWork, row: Due) -> str:
    from quarterday.services.background import jobs

    return jobs.do(children, uow, row)


def _reading(children: Children, uow: UnitOfWork, row: Due) -> str:
    from quarterday.services.background import reading

    return reading.do(children, uow, row)


def _ledger(children: Children, uow: UnitOfWork, row: Due) -> str:
    from quarterday.services.ledger import asking

    return asking.do(children, uow, row)


def _syncing(children: Children, uow: UnitOfWork, row: Due) -> str:
    from quarterday.services.background import syncing

    return syncing.do(children, uow, row)


def errands(children: Children) -> dict[str, Errand]:
    """The kinds that are no delivery: what the clock asked for, done in the processes of plugins."""
    does = {queue.JOB: _job, queue.READING: _reading, queue.LEDGER: _ledger, queue.SYNC: _syncing}
    return {kind: Errand(partial(run, children)) for kind, run in does.items()}


# Each of these mails may come twice: what it says stays true, its Message-ID is the same and its link works once
# anyway, while one that never comes leaves somebody outside, or without proof that they reported.
_MAILS = (
    "mail.sign_in",
    "mail.receipt",
    "mail.query",
    "mail.invitation",
    "mail.accepted",
    "mail.welcome",
    "mail.test",
)
# None of these comes twice: the next rung, or the next list, follows anyway.
_REMINDERS = ("mail.digest", "mail.weekly", "mail.job_failed", "mail.sync_failed")

KINDS: Mapping[str, Kind | Errand] = {
    "report.delivery": Kind(_report, repeat_perhaps_sent=True),
    **dict.fromkeys(_MAILS, Kind(_mail, repeat_perhaps_sent=True)),
    **dict.fromkeys(_REMINDERS, Kind(_reminder, repeat_perhaps_sent=False)),
    "mail.more_time": Kind(_reminder, repeat_perhaps_sent=True),
}
"""The kinds by name, as :meth:`quarterday.db.work.Work.send` is given it, beside :func:`errands`. A row of any other
kind is dead."""

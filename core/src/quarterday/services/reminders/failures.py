"""Telling administrators of what keeps failing and nobody watches: a job, or the sync of a plugin."""

from __future__ import annotations

from sqlalchemy import func, select

from quarterday.db.models import JobRun, Membership, OutboxRow
from quarterday.db.newest import newest
from quarterday.db.work import Actor, Effect, Priority, UnitOfWork, Work
from quarterday.domain.contracts import MemberRole
from quarterday.services import scope
from quarterday.services.reminders.syncs import FailingSync, failing_syncs

FAILURES = 3
"""So often in a row, and somebody is told."""


def tell_of_failures(uow: UnitOfWork, actor: Actor) -> int:
    """Write of each job whose last three runs failed to every administrator, and so of each of the installation's
    sources that was tried three times in vain, or waits for a setting; of an authority's, and of what rests there, to
    that authority's. Once a day; returns how many mails.

    Where an authority has no administrator its leads hear of it. Raises :class:`~quarterday.errors.Refused` for
    anybody but the operator.
    """
    with uow.begin(actor) as work:
        scope.only_the_operator(work)
        work.take_turns("failures")
        jobs, syncs = _failing(work), failing_syncs(work, times=FAILURES)
        people = _people(work) if jobs or syncs else []
        everybody = {user_id: authority_id for authority_id, user_id in people}
        of_all = [(authority_id, user_id) for user_id, authority_id in sorted(everybody.items())]
        jobs_mails = [
            Effect(f"job_failed/{work.today}/{job}/{user_id}", {"job": job, "user": user_id}, authority_id)
            for job in jobs
            for authority_id, user_id in of_all
        ]
        syncs_mails = [
            _about(sync, work, authority_id, user_id)
            for sync in syncs
            for authority_id, user_id in (of_all if sync.authority_id is None else people)
            if sync.authority_id in (None, authority_id)
        ]
        return _send(work, "mail.job_failed", jobs_mails) + _send(work, "mail.sync_failed", syncs_mails)


def _about(sync: FailingSync, work: Work, authority_id: int, user_id: int) -> Effect:
    """The mail about one of them, to somebody who works for an authority."""
    payload: dict[str, object] = {"sync": sync.part, "user": user_id}
    if sync.authority_id is None:
        payload["is_installations"] = True
    whose = "installation" if sync.authority_id is None else sync.authority_id
    return Effect(f"sync_failed/{work.today}/{whose}/{sync.part}/{user_id}", payload, authority_id)


def _send(work: Work, kind: str, mails: list[Effect]) -> int:
    """Ask for those of the mails that weren't asked for today; returns how many."""
    keys = [mail.key for mail in mails]
    there = set(work.connection.execute(select(OutboxRow.c.key).where(OutboxRow.c.key.in_(keys))).scalars())
    new = [mail for mail in mails if mail.key not in there]
    if new:
        work.send_all(kind, new, priority=Priority.WHENEVER)
    return len(new)


def _failing(work: Work) -> list[str]:
    place = func.row_number().over(partition_by=JobRun.c.job, order_by=JobRun.c.id.desc()).label("place")
    runs = select(JobRun.c.job, JobRun.c.good, place).subquery()
    last = select(runs.c.job, func.count().label("runs")).where(runs.c.place <= FAILURES, ~runs.c.good)
    return [row.job for row in work.all(last.group_by(runs.c.job).order_by(runs.c.job)) if row.runs == FAILURES]


def _people(work: Work) -> list[tuple[int, int]]:
    """Who is told, by authority: its id and theirs."""
    counts = newest(
        Membership, Membership.c.user_id, Membership.c.authority_id, Membership.c.supplier_id, day=work.today
    )
    staff = (MemberRole.ADMINISTRATOR, MemberRole.LEAD)
    rows = work.all(
        select(Membership.c.user_id, Membership.c.authority_id, Membership.c.role)
        .where(Membership.c.role.in_(staff), counts)
        .order_by(Membership.c.id)
    )
    looked_after = {row.authority_id for row in rows if row.role == MemberRole.ADMINISTRATOR}
    return [
        (row.authority_id, row.user_id)
        for row in rows
        if row.role == MemberRole.ADMINISTRATOR or row.authority_id not in looked_after
    ]

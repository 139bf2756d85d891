"""Telling administrators of a job that keeps failing: a sync, an import, a report that nobody watches."""

from __future__ import annotations

from sqlalchemy import func, select

from quarterday.db.models import JobRun, Membership, OutboxRow
from quarterday.db.newest import newest
from quarterday.db.work import Actor, Priority, UnitOfWork, Work
from quarterday.domain.contracts import MemberRole
from quarterday.services import scope

FAILURES = 3
"""So often in a row, and somebody is told."""


def tell_of_failures(uow: UnitOfWork, actor: Actor) -> int:
    """Write to every administrator of each job whose last three runs failed, once a day; returns how many mails.

    Where an authority has no administrator its leads hear of it. Raises :class:`~quarterday.errors.Refused` for
    anybody but the operator.
    """
    with uow.begin(actor) as work:
        scope.only_the_operator(work)
        work.take_turns("failures")
        failing = _failing(work)
        people = _people(work) if failing else []
        keys = {
            f"job_failed/{work.today}/{job}/{user_id}": (job, user_id, authority_id)
            for job in failing
            for user_id, authority_id in people
        }
        there = set(work.connection.execute(select(OutboxRow.key).where(OutboxRow.key.in_(list(keys)))).scalars())
        for key in sorted(set(keys) - there):
            job, user_id, authority_id = keys[key]
            said = {"job": job, "user": user_id}
            work.send("mail.job_failed", key, said, authority_id=authority_id, priority=Priority.WHENEVER)
        return len(set(keys) - there)


def _failing(work: Work) -> list[str]:
    place = func.row_number().over(partition_by=JobRun.job, order_by=JobRun.id.desc()).label("place")
    runs = select(JobRun.job, JobRun.good, place).subquery()
    last = select(runs.c.job, func.count().label("runs")).where(runs.c.place <= FAILURES, ~runs.c.good)
    return [row.job for row in work.all(last.group_by(runs.c.job).order_by(runs.c.job)) if row.runs == FAILURES]


def _people(work: Work) -> list[tuple[int, int]]:
    """Who is told, each with one authority of theirs."""
    counts = newest(Membership, Membership.user_id, Membership.authority_id, Membership.supplier_id, day=work.today)
    staff = (MemberRole.ADMINISTRATOR, MemberRole.LEAD)
    rows = work.all(
        select(Membership.user_id, Membership.authority_id, Membership.role)
        .where(Membership.role.in_(staff), counts)
        .order_by(Membership.id)
    )
    looked_after = {row.authority_id for row in rows if row.role == MemberRole.ADMINISTRATOR}
    told = {
        row.user_id: row.authority_id
        for row in rows
        if row.role == MemberRole.ADMINISTRATOR or row.authority_id not in looked_after
    }
    return sorted(told.items())

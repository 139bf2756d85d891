"""Whether what should happen by itself does: the clock strikes, and the outbox empties."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from quarterday.db.models import JobRun, OutboxRow
from quarterday.db.newest import newest
from quarterday.db.outbox import State
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.errors import Trouble
from quarterday.ports import Health, Verdict
from quarterday.services.background.clock import struck_last
from quarterday.services.background.deliveries import OVERDUE, is_emptying
from quarterday.services.record import open_record

SILENT = timedelta(minutes=5)
"""How long no clock may strike before it counts as dead; there are jobs for every minute."""

_WATCH = Actor.operator("watch")


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the background stands; numbers of nobody in particular."""

    silent_seconds: float | None
    """For how long no clock has struck; None where none ever did."""
    oldest_seconds: float
    """For how long the oldest delivery that is due has been; 0 where none is."""
    is_stuck: bool
    """Whether that is too long, and no delivery has ended meanwhile: a backlog that is worked off isn't stuck."""
    rows: dict[tuple[str, ...], float]
    """How many deliveries are not done, by kind and state."""
    settled: dict[tuple[str, ...], float]
    """How many deliveries ended in each way: done, dead, perhaps sent."""
    failed: dict[tuple[str, ...], float]
    """1 for a job of the clock that failed the last time it was done, 0 for one that did not, by its name."""

    def troubles(self) -> Iterator[str]:
        """A sentence for each thing that stands still, with what to look at."""
        if self.silent_seconds is not None and self.silent_seconds > SILENT.total_seconds():
            yield f"The clock has not struck for {_minutes(self.silent_seconds)}: let “quarterday clock” run."
        if self.is_stuck:
            since = _minutes(self.oldest_seconds)
            yield f"The outbox is stuck, something in it has been due for {since}: let “quarterday worker” run."


def pulse(uow: UnitOfWork) -> Pulse:
    """How the background stands now."""
    with uow.read(_WATCH) as work:
        struck, oldest = struck_last(work), _oldest(work)
        return Pulse(
            silent_seconds=(work.now - struck).total_seconds() if struck else None,
            oldest_seconds=oldest,
            is_stuck=_is_stuck(work, oldest),
            rows=_rows(work),
            settled=_settled(work),
            failed=_failed(work),
        )


def troubles(uow: UnitOfWork) -> list[str]:
    """A sentence for each thing that stands still now; none where all goes on. Reads three rows at most."""
    with uow.read(_WATCH) as work:
        struck, oldest = struck_last(work), _oldest(work)
        silent = (work.now - struck).total_seconds() if struck else None
        return list(Pulse(silent, oldest, _is_stuck(work, oldest), {}, {}, {}).troubles())


def examine() -> Iterator[Verdict]:
    """What ``quarterday doctor`` says of the clock."""
    try:
        found = pulse(open_record())
    except Trouble:  # the check of the record says so
        return
    if found.silent_seconds is None:
        to_do = "Let “quarterday clock” run beside the worker; “quarterday up” does."
        yield Verdict(Health.WARNING, "it has never struck: nobody is reminded, and nothing is sealed.", to_do)
    elif found.silent_seconds > SILENT.total_seconds():
        to_do = "Let “quarterday clock” run; its log says why it ended."
        yield Verdict(Health.WRONG, f"it has not struck for {_minutes(found.silent_seconds)}.", to_do)
    else:
        yield Verdict(Health.GOOD, f"it struck {found.silent_seconds:.0f} s ago")


def _oldest(work: Work) -> float:
    due = select(func.min(OutboxRow.c.due)).where(OutboxRow.c.state == State.DUE, OutboxRow.c.due <= work.now)
    oldest = work.connection.execute(due).scalar()
    return (work.now - oldest).total_seconds() if oldest else 0.0


def _is_stuck(work: Work, oldest: float) -> bool:
    return oldest > OVERDUE.total_seconds() and not is_emptying(work)


def _rows(work: Work) -> dict[tuple[str, ...], float]:
    rows = work.all(
        select(OutboxRow.c.kind, OutboxRow.c.state, func.count())
        .where(OutboxRow.c.state.in_((State.DUE, State.UNDER_WAY, State.DEAD, State.PERHAPS_SENT)))
        .group_by(OutboxRow.c.kind, OutboxRow.c.state)
    )
    return {(kind, state): number for kind, state, number in rows}


def _settled(work: Work) -> dict[tuple[str, ...], float]:
    ways = (State.DONE, State.DEAD, State.PERHAPS_SENT)
    query = select(OutboxRow.c.state, func.count()).where(OutboxRow.c.state.in_(ways)).group_by(OutboxRow.c.state)
    found = dict(work.all(query))
    return {(way.value,): found.get(way, 0) for way in ways}


def _failed(work: Work) -> dict[tuple[str, ...], float]:
    rows = work.all(select(JobRun.c.job, JobRun.c.good).where(newest(JobRun, JobRun.c.job)))
    return {(job,): float(not good) for job, good in rows}


def _minutes(seconds: float) -> str:
    hours, minutes = divmod(int(seconds) // 60, 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min"

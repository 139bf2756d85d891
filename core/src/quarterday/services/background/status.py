"""How what happens by itself fares for an authority: plugins at work, the clock's jobs, what was given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import and_, func, or_, select

from quarterday.db.models import JobRun, OutboxRow, PluginSetting, SourceCursor, SourceItem, SourceReject
from quarterday.db.newest import newest
from quarterday.db.outbox import State
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.permissions import Permission
from quarterday.ports import EvidenceSource, ReportSink
from quarterday.registry import Failure, Registry, installed
from quarterday.services import scope
from quarterday.services.background import clock, scheduled
from quarterday.services.plugins.configured import is_set
from quarterday.services.plugins.jobs import jobs
from quarterday.services.plugins.pauses import Pause, pauses_of
from quarterday.services.plugins.sinks import sinks
from quarterday.services.plugins.sources import sources

MOST = 20
"""So many of the deliveries that were given up are shown, the newest first."""


@dataclass(frozen=True, slots=True)
class Part:
    """A sink or source that is set for the authority, or rests there."""

    plugin: str
    id: str
    title: str
    reads: bool
    """Whether it is a source."""
    pause: Pause | None
    read_at: datetime | None
    """When a source last gave something new; None for one that never did, and for a sink."""
    rejected: int
    """How many of a source's records can't be used."""


@dataclass(frozen=True, slots=True)
class Run:
    """A job of the clock."""

    summary: str
    when: str
    """In words: ``every 5 minutes``, ``daily at 06:00``."""
    is_paused: bool
    ended: datetime | None
    """When it was last done; None where it never was."""
    is_good: bool
    """Whether that went well."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Something that was to go out, and didn't, or perhaps did."""

    id: int
    kind: str
    is_perhaps_sent: bool
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Status:
    """How everything stands for an authority."""

    parts: tuple[Part, ...]
    runs: tuple[Run, ...]
    waiting: int
    """How many deliveries wait, to go out now or later."""
    given_up: int
    perhaps_sent: int
    stuck: tuple[Stuck, ...]
    """Of the given up and the perhaps sent the newest, at most :data:`MOST`."""

    @property
    def paused(self) -> list[Part]:
        """What rests."""
        return [part for part in self.parts if part.pause]


def status(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> Status:
    """How everything stands for an authority in scope; raises :class:`~quarterday.errors.Refused` for those who may
    not see it."""
    registry = installed()
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_STATUS)
        scope.authority(work, authority_id)
        numbers = dict(
            work.all(
                select(OutboxRow.c.state, func.count())
                .where(OutboxRow.c.authority_id == authority_id, OutboxRow.c.state != State.DONE)
                .group_by(OutboxRow.c.state)
            )
        )
        return Status(
            parts=tuple(_parts(work, registry, authority_id)),
            runs=tuple(_runs(work, registry)),
            waiting=numbers.get(State.DUE, 0) + numbers.get(State.UNDER_WAY, 0),
            given_up=numbers.get(State.DEAD, 0),
            perhaps_sent=numbers.get(State.PERHAPS_SENT, 0),
            stuck=tuple(_stuck(work, authority_id)),
        )


def _parts(work: Work, registry: Registry, authority_id: int) -> list[Part]:
    paused = {(one.plugin, one.part): one for one in pauses_of(work, authority_id)}
    read = dict(
        work.all(
            select(SourceCursor.c.source, SourceCursor.c.recorded_at).where(SourceCursor.c.authority_id == authority_id)
        )
    )
    rejects = _rejects(work, authority_id)
    own = set(
        work.connection.execute(select(PluginSetting.c.plugin).where(PluginSetting.c.authority_id == authority_id))
        .scalars()
        .unique()
    )
    found = []
    for offered, reads in ((sinks(registry), False), (sources(registry), True)):
        for id_, (plugin, kind) in offered.items():
            pause = paused.pop((plugin, id_), None)
            names = _names(registry, plugin, kind)
            if pause or is_set(work, authority_id if plugin in own else None, plugin, names):
                found.append(Part(plugin, id_, kind.title, reads, pause, read.get(id_), rejects.get(id_, 0)))
    gone = [Part(plugin, part, part, False, pause, None, 0) for (plugin, part), pause in paused.items()]
    return [*found, *gone]


@cache
def _names(registry: Registry, plugin: str, kind: type[ReportSink | EvidenceSource]) -> frozenset[str]:
    """The names of its settings."""
    wanted = registry.use(plugin, "settings_class", kind.settings_class)
    return frozenset() if isinstance(wanted, Failure) else frozenset(wanted.model_fields)


def _rejects(work: Work, authority_id: int) -> dict[str, int]:
    """How many records of each source can't be used, and weren't taken since."""
    taken = select(SourceItem.c.id).where(
        SourceItem.c.authority_id == SourceReject.c.authority_id,
        SourceItem.c.source == SourceReject.c.source,
        SourceItem.c.key == SourceReject.c.key,
    )
    mine = (SourceReject.c.authority_id == authority_id, ~taken.exists())
    query = select(SourceReject.c.source, func.count(SourceReject.c.key.distinct())).where(*mine)
    return dict(work.all(query.group_by(SourceReject.c.source)))


def _runs(work: Work, registry: Registry) -> list[Run]:
    last = {
        row.job: row
        for row in work.all(
            select(JobRun.c.job, JobRun.c.recorded_at, JobRun.c.good).where(newest(JobRun, JobRun.c.job))
        )
    }
    found = []
    for name, (_, job) in sorted(jobs(registry).items()):
        ran = last.get(name)
        found.append(
            Run(
                summary=job.summary,
                when=scheduled.in_words(job),
                is_paused=clock.is_paused(work, name),
                ended=ran.recorded_at if ran else None,
                is_good=ran is None or ran.good,
            )
        )
    return found


def _stuck(work: Work, authority_id: int) -> list[Stuck]:
    columns = (
        OutboxRow.c.id,
        OutboxRow.c.kind,
        OutboxRow.c.state,
        OutboxRow.c.settled_at,
        OutboxRow.c.due,
        OutboxRow.c.error,
    )
    lost = and_(
        OutboxRow.c.authority_id == authority_id,
        or_(OutboxRow.c.state == State.DEAD, OutboxRow.c.state == State.PERHAPS_SENT),
    )
    rows = work.all(select(*columns).where(lost).order_by(OutboxRow.c.id.desc()).limit(MOST))
    return [
        Stuck(row.id, row.kind, row.state == State.PERHAPS_SENT, row.settled_at or row.due, row.error) for row in rows
    ]

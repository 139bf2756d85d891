"""Plugins that keep failing: what breaks several times in a row for an authority rests there until a person says so.

It is a part of a plugin that rests, a sink or a source, for one authority: nobody else's work waits for it. What
belongs to no authority, like links to sign in, never rests, because everybody depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select

from quarterday.db.models import Authority, PluginEvent
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.permissions import Permission
from quarterday.domain.sentences import said
from quarterday.errors import NotConfigured, Refused, Trouble
from quarterday.ports import Health, Verdict
from quarterday.services import scope
from quarterday.services.plugins.children import Busy, PluginFault
from quarterday.services.record import is_empty_record, open_record

MOST_FAULTS = 3
"""So many faults in a row, and the part of the plugin rests: fewer than one delivery is tried with."""

_WORKER = Actor.operator("worker")


class Event(StrEnum):
    """What happened to a part of a plugin."""

    FAULT = "fault"
    WELL = "well"
    PAUSED = "paused"
    RESUMED = "resumed"


class Paused(NotConfigured):
    """This part of the plugin rests for the authority; its work waits."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A part of a plugin that rests for an authority."""

    authority_id: int
    authority: str
    """The authority's key."""
    plugin: str
    part: str
    """The id of the sink or source."""
    since: datetime
    why: str
    """What went wrong the last time, in a sentence."""


class Breaker:
    """Looks on while a part of a plugin works for an authority: counts its faults in a row, and has it rest after
    :data:`MOST_FAULTS`. Any answer that a plugin gives, a refusal too, ends the count.
    """

    def __init__(self, uow: UnitOfWork, authority_id: int | None, plugin: str, part: str) -> None:
        """Raises :class:`Paused` where it rests already."""
        self._uow = uow
        self._of = None if authority_id is None else (authority_id, plugin, part)
        self._faults: int | None = 0
        if self._of is not None:
            with uow.read(_WORKER) as work:
                self._faults = _faults(work, *self._of)
        if self.rests:
            why = said(
                "The plugin “{plugin}” ({part}) is paused here; “quarterday plugins resume {plugin}” lets it go on.",
                plugin=plugin,
                part=part,
            )
            raise Paused("plugins", why)

    @property
    def rests(self) -> bool:
        """Whether it rests by now."""
        return self._faults is None

    def saw(self, outcome: object) -> None:
        """What came of one piece of work: a fault, another error that says who should act, or anything good."""
        says_nothing = isinstance(outcome, Exception) and not isinstance(outcome, PluginFault | Trouble)
        if self._of is None or says_nothing or isinstance(outcome, Busy):
            return
        if isinstance(outcome, PluginFault):
            self._faults = _note_fault(self._uow, *self._of, str(outcome))
        elif self._faults:
            _note_well(self._uow, *self._of)
            self._faults = 0


@contextmanager
def faults_counted(uow: UnitOfWork, authority_id: int | None, plugin: str, part: str) -> Iterator[None]:
    """Around one piece of work of a part of a plugin; raises :class:`Paused` where it rests."""
    breaker = Breaker(uow, authority_id, plugin, part)
    try:
        yield
    except Exception as error:
        breaker.saw(error)
        raise
    breaker.saw(None)


def resume(uow: UnitOfWork, actor: Actor, *, authority_id: int, plugin: str) -> list[str]:
    """Let all of a plugin that rests for an authority go on, within minutes; returns the parts.

    Raises :class:`Refused` where none of it rests, and for those who don't set plugins there.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        scope.authority(work, authority_id, lock=True)
        parts = [one.part for one in every_pause(work) if (one.authority_id, one.plugin) == (authority_id, plugin)]
        if not parts:
            raise Refused("Nothing of the plugin “{plugin}” is paused there.", plugin=plugin[:60])
        for part in parts:
            _add(work, authority_id, plugin, part, Event.RESUMED)
            work.audit(authority_id, "plugin.resumed", f"authority/{authority_id}", plugin=plugin, part=part)
        return parts


def pauses(uow: UnitOfWork, actor: Actor) -> list[Pause]:
    """What rests in the actor's scope, by authority, plugin and part; raises :class:`Refused` for a supplier."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        return [one for one in every_pause(work) if actor.is_operator or one.authority_id == actor.authority_id]


def pauses_of(work: Work, authority_id: int) -> list[Pause]:
    """What rests for an authority, within a transaction that reads more."""
    return [one for one in every_pause(work) if one.authority_id == authority_id]


def examine() -> Iterator[Verdict]:
    """What ``quarterday doctor`` says of plugins at work; nothing while there is no record."""
    try:
        found = [] if is_empty_record() else pauses(open_record(), Actor.operator("doctor"))
    except Trouble:  # the check of the record says so
        return
    for one in found:
        what = (
            f"“{one.plugin}” ({one.part}) is paused for {one.authority} since {one.since:%Y-%m-%d %H:%M} UTC: {one.why}"
        )
        to_do = said(
            "Put it right, then “quarterday plugins resume {plugin} --authority {authority}”.",
            plugin=one.plugin,
            authority=one.authority,
        )
        yield Verdict(Health.WARNING, what, to_do)
    if not found:
        yield Verdict(Health.GOOD, "none is paused")


def _note_fault(uow: UnitOfWork, authority_id: int, plugin: str, part: str, why: str) -> int | None:
    """The faults in a row by now; None where it rests."""
    with uow.begin(_WORKER) as work:
        work.take_turns(f"plugin/{authority_id}/{plugin}/{part}")
        _add(work, authority_id, plugin, part, Event.FAULT, why)
        faults = _faults(work, authority_id, plugin, part)
        if faults is None or faults < MOST_FAULTS:
            return faults
        _add(work, authority_id, plugin, part, Event.PAUSED, why)
        work.audit(authority_id, "plugin.paused", f"authority/{authority_id}", plugin=plugin, part=part)
        return None


def _note_well(uow: UnitOfWork, authority_id: int, plugin: str, part: str) -> None:
    with uow.begin(_WORKER) as work:
        _add(work, authority_id, plugin, part, Event.WELL)


def _faults(work: Work, authority_id: int, plugin: str, part: str) -> int | None:
    """The faults since it was last well; None while it rests."""
    here = (PluginEvent.c.authority_id == authority_id, PluginEvent.c.plugin == plugin, PluginEvent.c.part == part)
    if work.one(select(PluginEvent.c.id).where(*here, _rests())) is not None:
        return None
    last = select(func.coalesce(func.max(PluginEvent.c.id), 0)).where(*here, PluginEvent.c.event != Event.FAULT)
    query = select(func.count()).where(*here, PluginEvent.c.id > last.scalar_subquery())
    return work.connection.execute(query).scalar_one()


def every_pause(work: Work) -> list[Pause]:
    """What rests anywhere, by authority, plugin and part; a step of what sees the whole installation."""
    columns = (
        PluginEvent.c.authority_id,
        Authority.c.key,
        PluginEvent.c.plugin,
        PluginEvent.c.part,
        PluginEvent.c.recorded_at,
        PluginEvent.c.why,
    )
    query = select(*columns).join(Authority, Authority.c.id == PluginEvent.c.authority_id).where(_rests())
    return [Pause(*row) for row in work.all(query.order_by(Authority.c.key, PluginEvent.c.plugin, PluginEvent.c.part))]


def _rests() -> ColumnElement[bool]:
    """The condition that a row is a pause which nobody has ended."""
    ended = PluginEvent.alias()
    columns = ended.c
    return and_(
        PluginEvent.c.event == Event.PAUSED,
        ~select(columns.id)
        .where(
            columns.authority_id == PluginEvent.c.authority_id,
            columns.plugin == PluginEvent.c.plugin,
            columns.part == PluginEvent.c.part,
            columns.event.in_((Event.PAUSED, Event.RESUMED)),
            columns.id > PluginEvent.c.id,
        )
        .correlate(PluginEvent)
        .exists(),
    )


def _add(work: Work, authority_id: int, plugin: str, part: str, event: Event, why: str = "") -> None:
    work.add(
        PluginEvent,
        authority_id=authority_id,
        plugin=plugin,
        part=part,
        event=event,
        why=why,
        actor=work.actor.name,
    )

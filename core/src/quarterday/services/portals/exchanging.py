"""An exchange with a portal: one at a time for an authority, within a run that says what came of it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from quarterday.db.one_at_a_time import one_at_a_time
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.sentences import said
from quarterday.errors import BadRecord, Trouble
from quarterday.ports import Item, PortalTerms
from quarterday.registry import installed
from quarterday.services.plugins.children import Children, Reading, Terms
from quarterday.services.plugins.configured import values_of
from quarterday.services.plugins.pauses import faults_counted
from quarterday.services.plugins.portals import portal_of
from quarterday.services.plugins.process import PluginFault
from quarterday.services.portals import door, runs
from quarterday.services.portals.runs import Purpose


@dataclass(frozen=True, slots=True)
class Exchange:
    """With whom, for whom, by which settings and terms."""

    uow: UnitOfWork
    children: Children
    actor: Actor
    authority_id: int
    portal: str
    plugin: str
    values: Mapping[str, Any] = field(repr=False)
    """The settings of the authority's, secrets among them."""
    terms: PortalTerms

    def whole_listing(self) -> Generator[list[Item | BadRecord], None, None]:
        """Every record that the portal holds now, in batches that are ready for the door; raises what it raises."""
        reading = Reading(self.portal, self.values, "", self.authority_id, everything=True)
        with (
            faults_counted(self.uow, self.authority_id, self.plugin, self.portal),
            self.children.opened(reading) as opened,
        ):
            for batch in opened.batches():
                yield door.ready(batch)


@dataclass(slots=True)
class Begun:
    """A run that is under way."""

    run_id: int
    exchange: Exchange
    counts: dict[str, Any] = field(default_factory=dict)
    """What came of it so far, in numbers by name."""


def with_portal(uow: UnitOfWork, children: Children, *, authority_id: int, portal: str, actor_name: str) -> Exchange:
    """An exchange by the terms that hold now; nothing is written.

    Raises :class:`~quarterday.errors.NotConfigured` where no plugin offers such a portal, and what the portal raises.
    """
    actor = Actor.operator(actor_name)
    plugin = portal_of(installed(), portal).plugin
    with uow.read(actor) as work:
        values = values_of(work, authority_id, plugin)
    terms = children.terms(Terms(portal, values, authority_id))
    return Exchange(uow, children, actor, authority_id, portal, plugin, values, terms)


@contextmanager
def one_exchange(uow: UnitOfWork, *, authority_id: int, portal: str) -> Iterator[None]:
    """Be the only one at an authority's exchange with a portal; raises :class:`~quarterday.errors.Retryable` where
    somebody else is."""
    busy = said("Records are being exchanged with this portal already; this is tried again.")
    with one_at_a_time(uow.engine, f"portal-{authority_id}-{portal}", busy):
        yield


@contextmanager
def run(
    uow: UnitOfWork, children: Children, *, authority_id: int, portal: str, purpose: Purpose, actor_name: str
) -> Iterator[Begun]:
    """A run of an exchange, for as long as this lasts; what cuts it short is written down with it, and raised."""
    actor = Actor.operator(actor_name)
    portal_of(installed(), portal)  # of what is no portal there is no run
    with one_exchange(uow, authority_id=authority_id, portal=portal):
        try:
            exchange = with_portal(uow, children, authority_id=authority_id, portal=portal, actor_name=actor_name)
        except (Trouble, PluginFault) as error:
            with uow.begin(actor) as work:
                runs.end(work, runs.begin(work, authority_id, portal, purpose, actor_name), {}, str(error))
            raise
        with uow.begin(actor) as work:
            run_id = runs.begin(work, authority_id, portal, purpose, actor_name, terms=exchange.terms)
        begun = Begun(run_id, exchange)
        try:
            yield begun
        except Exception as error:
            is_told = isinstance(error, Trouble | PluginFault)
            why = str(error) if is_told else said("Quarterday itself failed; the log says more.")
            with uow.begin(actor) as work:
                runs.end(work, run_id, begun.counts, why)
            raise
        with uow.begin(actor) as work:
            runs.end(work, run_id, begun.counts)

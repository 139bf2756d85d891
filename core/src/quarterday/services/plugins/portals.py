"""The portals that plugins offer: each is a source whose records both sides hold, and the sink of the same id."""

from __future__ import annotations

from functools import cache

from quarterday import hookspecs
from quarterday.db.work import Work
from quarterday.ports import DocumentKind, EvidenceSource, Reconcilable
from quarterday.registry import Failure, Registry, installed
from quarterday.services.plugins.by_id import Offered, one_of
from quarterday.services.plugins.configured import is_set
from quarterday.services.plugins.sinks import sinks
from quarterday.services.plugins.sources import sources

_RECORDS_ALONE = frozenset({DocumentKind.RECORDS})


@cache
def portals(registry: Registry) -> dict[str, Offered[EvidenceSource]]:
    """The sources of portals, by id; one that is half is recorded as a failure of its plugin, and left out."""
    found: dict[str, Offered[EvidenceSource]] = {}
    for portal, source in sources(registry).items():
        if not issubclass(source.kind, Reconcilable):
            continue
        sink = sinks(registry).get(portal)
        if sink is not None and sink.plugin == source.plugin and DocumentKind.RECORDS in sink.kind.accepts:
            found[portal] = source
        else:
            why = f"its portal “{portal}” is left out: the plugin offers no sink of that id that takes records"
            registry.fail(source.plugin, hookspecs.evidence_sources.__name__, why)
    for portal, sink in sinks(registry).items():
        if sink.kind.accepts == _RECORDS_ALONE and portal not in sources(registry):
            why = f"its sink “{portal}” gets nothing: records go to portals, and no source of that id is one"
            registry.fail(sink.plugin, hookspecs.report_sinks.__name__, why)
    return found


def portal_of(registry: Registry, portal: str) -> Offered[EvidenceSource]:
    """The portal of that id; raises :class:`~quarterday.errors.NotConfigured` where no plugin offers it."""
    return one_of(portals(registry), "portal", portal)


def portals_of(work: Work, authority_id: int) -> dict[str, Offered[EvidenceSource]]:
    """The portals that an authority has set, by id."""
    registry = installed()
    found: dict[str, Offered[EvidenceSource]] = {}
    for portal, source in portals(registry).items():
        wanted = registry.use(source.plugin, "settings_class", source.kind.settings_class)
        if not isinstance(wanted, Failure) and is_set(work, authority_id, source.plugin, wanted.model_fields):
            found[portal] = source
    return found

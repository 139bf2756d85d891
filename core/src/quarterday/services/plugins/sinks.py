"""The report sinks that plugins offer."""

from __future__ import annotations

from functools import cache

from quarterday import hookspecs
from quarterday.ports import DocumentKind, ReportSink
from quarterday.registry import Registry
from quarterday.services.plugins.by_id import Offered, offered, one_of


@cache
def sinks(registry: Registry) -> dict[str, Offered[ReportSink]]:
    """The sinks of plugins, by id; what can't be used is recorded as a failure.

    An id that an earlier plugin has is left out.
    """
    return offered(registry, hookspecs.report_sinks, "sink", _flaw)


def sink_of(registry: Registry, sink: str) -> Offered[ReportSink]:
    """The sink of that id; raises :class:`~quarterday.errors.NotConfigured` where no plugin offers it."""
    return one_of(sinks(registry), "sink", sink)


def _flaw(sink: type[ReportSink]) -> str | None:
    """Why a sink can't be used, None for one that can."""
    if not isinstance(sink.accepts, frozenset) or not sink.accepts <= set(DocumentKind) or not sink.accepts:
        return f"its sink “{sink.id}” is left out: “accepts” must be a frozenset of DocumentKind"
    return None

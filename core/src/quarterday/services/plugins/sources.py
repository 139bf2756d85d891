"""The evidence sources that plugins offer."""

from __future__ import annotations

from functools import cache

from quarterday import hookspecs
from quarterday.ports import EvidenceSource
from quarterday.registry import Registry
from quarterday.services.plugins.by_id import Offered, offered, one_of


@cache
def sources(registry: Registry) -> dict[str, Offered[EvidenceSource]]:
    """The sources of plugins, by id; what can't be used is recorded as a failure.

    An id that an earlier plugin has is left out.
    """
    return offered(registry, hookspecs.evidence_sources, "source", lambda _: None)


def source_of(registry: Registry, source: str) -> Offered[EvidenceSource]:
    """The source of that id; raises :class:`~quarterday.errors.NotConfigured` where no plugin offers it."""
    return one_of(sources(registry), "source", source)

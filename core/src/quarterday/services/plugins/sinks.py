"""The report sinks that plugins offer."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import NamedTuple

from quarterday import hookspecs
from quarterday.errors import NotConfigured
from quarterday.ports import DocumentKind, ReportSink
from quarterday.registry import Answer, Registry


class Offered(NamedTuple):
    """A kind of sink, and the plugin it comes from."""

    plugin: str
    sink: type[ReportSink]


@cache
def sinks(registry: Registry) -> dict[str, Offered]:
    """The sinks of plugins, by id; what can't be used is recorded as a failure.

    An id that an earlier plugin has is left out.
    """
    found: dict[str, Offered] = {}
    for answer in registry.ask(hookspecs.report_sinks):
        if not isinstance(answer, Answer):
            continue
        flaw = registry.use(answer.plugin, "report_sinks", partial(_flaw, answer.value))
        if flaw is None and answer.value.id not in found:
            found[answer.value.id] = Offered(answer.plugin, answer.value)
        elif flaw is None:
            earlier = found[answer.value.id].plugin
            flaw = f"its sink “{answer.value.id}” is left out: the plugin “{earlier}” has one of that id"
        if isinstance(flaw, str):
            registry.fail(answer.plugin, "report_sinks", flaw)
    return found


def sink_of(registry: Registry, sink: str) -> Offered:
    """The sink of that id; raises :class:`NotConfigured` where no plugin offers it."""
    found = sinks(registry).get(sink)
    if found is None:
        known = ", ".join(f"“{one}”" for one in sinks(registry)) or "none"
        why = f"No plugin offers the sink “{sink}” ({known} is there); install or enable the plugin that does."
        raise NotConfigured("plugins", why)
    return found


def _flaw(sink: type[ReportSink]) -> str | None:
    """Why a sink can't be used, None for one that can."""
    if not isinstance(sink.id, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", sink.id):
        return f"its sink “{sink.id}” is left out: an id is small letters, digits and hyphens"
    if not isinstance(sink.accepts, frozenset) or not sink.accepts <= set(DocumentKind) or not sink.accepts:
        return f"its sink “{sink.id}” is left out: “accepts” must be a frozenset of DocumentKind"
    return None

"""The ledger that a plugin offers: an installation has one, or none."""

from __future__ import annotations

from functools import cache

from quarterday import hookspecs
from quarterday.domain.sentences import said
from quarterday.errors import NotConfigured
from quarterday.ports import Ledger
from quarterday.registry import Registry
from quarterday.services.plugins.by_id import Offered, offered

NONE = said("Not available: no ledger is installed.")


@cache
def ledger(registry: Registry) -> Offered[Ledger] | None:
    """The ledger of this installation, None where no plugin offers one; what can't be used is recorded as a failure."""
    found = offered(registry, hookspecs.ledgers, "ledger", lambda _: None)
    first, *others = found.values() or [None]
    for one in others:
        if first and one:
            why = f"its ledger “{one.kind.id}” is left out: there is one already, of the plugin “{first.plugin}”"
            registry.fail(one.plugin, hookspecs.ledgers.__name__, why)
    return first


def ledger_of(registry: Registry) -> Offered[Ledger]:
    """The same; raises :class:`NotConfigured` where there is none."""
    found = ledger(registry)
    if found is None:
        raise NotConfigured("plugins", NONE)
    return found

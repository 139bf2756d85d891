"""What the clock has done each night: both sides of every exchange are compared whole.

What was changed over there and changed back between two readings, and what was deleted, shows there alone.
"""

from __future__ import annotations

from datetime import datetime

from quarterday import numbered


def compare_portals(at: datetime) -> str:
    """Have each authority's exchanges compared; returns how many, in a sentence."""
    from quarterday.services.background.exchanges import ask_for
    from quarterday.services.organisations.authorities import authorities
    from quarterday.services.plugins.portals import portals_of
    from quarterday.services.portals.runs import Purpose
    from quarterday.services.record import Actor, open_record

    uow, actor = open_record(), Actor.operator("clock")
    asked = 0
    for authority in authorities(uow, actor):
        with uow.read(actor) as work:
            portals = sorted(portals_of(work, authority.id))
        for portal in portals:
            asked += ask_for(uow, actor, portal=portal, authority_id=authority.id, purpose=Purpose.RECONCILE)
    return numbered(asked, "{n} exchange is compared.", "{n} exchanges are compared.")

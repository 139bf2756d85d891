"""The job that reminds: each authority's people who are to hear of their returns, and staff of what waits."""

from __future__ import annotations

from datetime import datetime

from quarterday_scheduler.upkeep import CLOCK


def remind(at: datetime) -> str:
    """Have everybody reminded who is to hear of something today; the moment is now, however late the strike is done."""
    from quarterday.services.organisations.authorities import authorities
    from quarterday.services.record import open_record
    from quarterday.services.reminders.failures import tell_of_failures
    from quarterday.services.reminders.ticking import tick

    uow = open_record()
    ticked = [tick(uow, CLOCK, authority_id=one.id) for one in authorities(uow, CLOCK)]
    told = tell_of_failures(uow, CLOCK)
    counted = {
        "Reminders": sum(one.mails for one in ticked),
        "stopped": sum(one.stopped for one in ticked),
        "weekly lists": sum(one.lists for one in ticked),
        "mails of failing jobs": told,
    }
    return ", ".join(f"{what}: {number}" for what, number in counted.items()) + "."

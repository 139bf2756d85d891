"""The job that reminds: each authority's people who are to hear of their returns, and staff of what waits."""

from __future__ import annotations

from datetime import datetime

from quarterday_scheduler.upkeep import CLOCK


def remind(at: datetime) -> str:
    """Have everybody reminded who is to hear of something today; the moment is now, however late the strike is done.

    What goes wrong for one authority is raised once the others' people were reminded.
    """
    from quarterday.services.organisations.authorities import authorities
    from quarterday.services.record import open_record
    from quarterday.services.reminders.failures import tell_of_failures
    from quarterday.services.reminders.ticking import Ticked, tick

    uow, ticked, failed = open_record(), list[Ticked](), list[Exception]()
    told = tell_of_failures(uow, CLOCK)  # of this job's own, too
    for one in authorities(uow, CLOCK):
        try:
            ticked.append(tick(uow, CLOCK, authority_id=one.id))
        except Exception as error:
            failed.append(error)
    if failed:
        raise failed[0]
    counted = {
        "Reminders": sum(one.mails for one in ticked),
        "stopped": sum(one.stopped for one in ticked),
        "weekly lists": sum(one.lists for one in ticked),
        "mails of failing jobs": told,
    }
    return ", ".join(f"{what}: {number}" for what, number in counted.items()) + "."

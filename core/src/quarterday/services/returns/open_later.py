"""A contract's last return, which stays open after it closed for measures that may count later (DOMAIN 4.18)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, select

from quarterday.db.models import (
    Authority,
    Contract,
    ContractAuthority,
    ContractPin,
    EditionSnapshot,
    Period,
    Return,
    Revision,
)
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.services import scope
from quarterday.services.measures import snapshots
from quarterday.services.returns.reported import counting_later


def open_later(work: Work) -> list[int]:
    """The returns in the actor's scope that closed without being submitted, and of which some measures can still come.

    As long as that is so they are late, and nobody has missed them.
    """
    submitted = select(Revision.c.id).where(Revision.c.return_id == Return.c.id).correlate(Return).exists()
    rows = work.all(
        select(
            Return.c.id, Period.c.last, Authority.c.last_closes_days, ContractPin.c.edition_id, EditionSnapshot.c.digest
        )
        .join(Period, Period.c.id == Return.c.period_id)
        .join(Contract, Contract.c.id == Return.c.contract_id)
        .join(
            ContractAuthority,
            and_(
                ContractAuthority.c.contract_id == Contract.c.id,
                newest(ContractAuthority, ContractAuthority.c.contract_id, day=work.today),
            ),
        )
        .join(Authority, Authority.c.id == Period.c.authority_id)
        .join(
            ContractPin,
            and_(ContractPin.c.contract_id == Contract.c.id, newest(ContractPin, ContractPin.c.contract_id)),
        )
        .join(EditionSnapshot, EditionSnapshot.c.id == ContractPin.c.edition_id)
        .where(
            scope.visible_return(work),
            Period.c.closes < work.today,
            Period.c.first <= scope.contract_ends(),
            Period.c.last >= scope.contract_ends(),
            ~submitted,
        )
    )
    in_time = (row for row in rows if work.today <= row.last + timedelta(days=row.last_closes_days))
    return [row.id for row in in_time if counting_later(snapshots.edition(work, row.edition_id, row.digest))]

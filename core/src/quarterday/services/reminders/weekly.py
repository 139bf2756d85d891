"""The list that staff get each week: what is late, queried and to check of the contracts they manage."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from quarterday.db.models import Membership, OutboxRow
from quarterday.db.newest import newest
from quarterday.db.work import Priority, Work


def wanted(work: Work, authority_id: int) -> list[int]:
    """Those of an authority's people who weren't sent the list of this week yet; a step."""
    counts = newest(
        Membership, Membership.c.user_id, Membership.c.authority_id, Membership.c.supplier_id, day=work.today
    )
    staff = select(Membership.c.user_id).where(
        Membership.c.authority_id == authority_id, Membership.c.role != "", counts
    )
    keys = {_key(work, authority_id, row.user_id): row.user_id for row in work.all(staff)}
    there = set(work.connection.execute(select(OutboxRow.c.key).where(OutboxRow.c.key.in_(list(keys)))).scalars())
    return sorted(user_id for key, user_id in keys.items() if key not in there)


def ask_for(work: Work, authority_id: int, user_ids: Sequence[int]) -> None:
    """Have the list of this week sent to each of them who has something on it; a step, under the authority's turn."""
    work.take_turns(f"reminders/{authority_id}")
    for user_id in sorted(set(user_ids) & set(wanted(work, authority_id))):
        key = _key(work, authority_id, user_id)
        work.send("mail.weekly", key, {"user": user_id}, authority_id=authority_id, priority=Priority.WHENEVER)


def _key(work: Work, authority_id: int, user_id: int) -> str:
    year, week, _ = work.today.isocalendar()
    return f"weekly/{authority_id}/{year}-W{week:02}/{user_id}"

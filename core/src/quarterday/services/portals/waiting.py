"""What waits for somebody: a record of theirs that nothing here takes goes to the inbox, with the reason."""

from __future__ import annotations

from sqlalchemy import Row, select

from quarterday.db.models import PortalFiling, PortalInbox
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.services.portals import standing
from quarterday.services.portals.theirs import Theirs

MATCHED, TAKEN, SET_ASIDE = "matched", "taken", "set aside"
"""What becomes of something in the inbox: somebody said which entry it is about, it found its place by itself, or
nobody needs it."""


def put(work: Work, authority_id: int, record_id: int, theirs: Theirs, why: str, words_id: int | None) -> None:
    """Put a record of theirs into the inbox, once for the same content and reason.

    What somebody set aside stays so until its content is another.
    """
    last = _last(work, record_id)
    if last is not None and last.digest == theirs.digest:
        if last.outcome == SET_ASIDE:
            standing.set_state(work, record_id, standing.SAME)
            return
        if last.outcome is None and last.why == why:
            standing.set_state(work, record_id, standing.WAITING, why)
            return
    inbox_id = work.add(
        PortalInbox, record_id=record_id, fields=theirs.facts, digest=theirs.digest, why=why, words_id=words_id
    )
    standing.set_state(work, record_id, standing.WAITING, why)
    work.audit(authority_id, "portal.waiting", f"portal-record/{record_id}", inbox=inbox_id, digest=theirs.digest)


def found_its_place(work: Work, authority_id: int, record_id: int) -> None:
    """Take a record out of the inbox, where it waits there: it was taken after all."""
    last = _last(work, record_id)
    if last is not None and last.outcome is None:
        work.add(PortalFiling, inbox_id=last.id, outcome=TAKEN, actor=work.actor.name)
        work.audit(authority_id, "portal.filed", f"portal-record/{record_id}", inbox=last.id, outcome=TAKEN)


def matched_entry(work: Work, record_id: int) -> int | None:
    """The entry that somebody matched a record of theirs to; None where nobody did."""
    row = work.one(
        select(PortalFiling.c.entry_id)
        .join(PortalInbox, PortalInbox.c.id == PortalFiling.c.inbox_id)
        .where(PortalInbox.c.record_id == record_id, PortalFiling.c.outcome == MATCHED)
        .order_by(PortalFiling.c.id.desc())
        .limit(1)
    )
    return row.entry_id if row else None


def _last(work: Work, record_id: int) -> Row[int, str, str, str] | None:
    return work.one(
        select(PortalInbox.c.id, PortalInbox.c.digest, PortalInbox.c.why, PortalFiling.c.outcome)
        .outerjoin(PortalFiling, PortalFiling.c.inbox_id == PortalInbox.c.id)
        .where(PortalInbox.c.record_id == record_id, newest(PortalInbox, PortalInbox.c.record_id))
    )

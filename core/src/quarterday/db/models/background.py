"""Work for later: the outbox, what the clock struck, and what came of that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Named, Table, Text, TypedColumns, UniqueConstraint, text

from quarterday.db.columns import DATA, ID, METADATA, MOMENT, TEXT, to


class OutboxRowColumns(TypedColumns):
    """One effect that must happen once. The payload holds ids; words and addresses are fetched at delivery."""

    id: Named[int] = ID
    authority_id: Named[int | None] = to("authority")
    kind: Named[str] = TEXT
    key: Named[str] = TEXT
    payload: Named[dict[str, Any]] = DATA
    priority: Named[int]
    """The lower goes first."""
    state: Named[str] = TEXT
    """due, under way, done, dead, perhaps sent."""
    due: Named[datetime] = MOMENT
    attempts: Named[int]
    """How often it was handed over."""
    faults: Named[int] = Column(default=0)
    """How often that ended in a fault of ours or of a plugin's."""
    receipt: Named[dict[str, Any] | None] = DATA
    error: Named[str] = TEXT
    trace: Named[str] = Column(Text, server_default="")
    """The id of the request, command or strike of the clock that asked for it, as logs have it."""
    message_id: Named[str] = Column(Text, server_default="")
    """What a mail's Message-ID begins with, as :func:`~quarterday.domain.message_ids.local_part` has it; else ""."""
    recorded_at: Named[datetime] = MOMENT
    settled_at: Named[datetime | None] = MOMENT


_IS_MAIL = text("message_id <> ''")
OutboxRow = Table(
    "outbox",
    METADATA,
    OutboxRowColumns,
    UniqueConstraint("key"),
    Index(None, "state", "priority", "due"),
    Index(None, "message_id", sqlite_where=_IS_MAIL, postgresql_where=_IS_MAIL),
)


class OccurrenceColumns(TypedColumns):
    """A strike of the clock, once for each job and due moment, by however many clocks."""

    id: Named[int] = ID
    job: Named[str] = TEXT
    occurrence: Named[str] = TEXT
    recorded_at: Named[datetime] = MOMENT


Occurrence = Table("occurrence", METADATA, OccurrenceColumns, UniqueConstraint("job", "occurrence"))


class JobPauseColumns(TypedColumns):
    """A job of the clock was paused, or let go on. The newest row counts."""

    id: Named[int] = ID
    job: Named[str] = TEXT
    paused: Named[bool]
    actor: Named[str] = TEXT
    """As the audit trail has it: ``user/12``, ``cli``."""
    recorded_at: Named[datetime] = MOMENT


JobPause = Table("job_pause", METADATA, JobPauseColumns)


class JobRunColumns(TypedColumns):
    """One time a job was done, or failed; recorded when it ended."""

    id: Named[int] = ID
    job: Named[str] = TEXT
    struck_for: Named[datetime] = MOMENT
    good: Named[bool]
    said: Named[str] = TEXT
    """What it did, or why it failed, in a sentence."""
    milliseconds: Named[int]
    recorded_at: Named[datetime] = MOMENT


JobRun = Table("job_run", METADATA, JobRunColumns, Index(None, "job", "recorded_at"))

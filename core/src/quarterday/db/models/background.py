"""Work for later: the outbox, what the clock struck, and what came of that."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quarterday.db.columns import Base, Data, Id, Moment, to


class OutboxRow(Base):
    """One effect that must happen once. The payload holds ids; words and addresses are fetched at delivery."""

    __tablename__ = "outbox"
    id: Mapped[Id]
    authority_id: Mapped[int | None] = to("authority")
    kind: Mapped[str]
    key: Mapped[str]
    payload: Mapped[Data]
    priority: Mapped[int]
    """The lower goes first."""
    state: Mapped[str]
    """due, under way, done, dead, perhaps sent."""
    due: Mapped[Moment]
    attempts: Mapped[int]
    """How often it was handed over."""
    faults: Mapped[int] = mapped_column(default=0)
    """How often that ended in a fault of ours or of a plugin's."""
    receipt: Mapped[Data | None]
    error: Mapped[str]
    trace: Mapped[str] = mapped_column(server_default="")
    """The id of the request, command or strike of the clock that asked for it, as logs have it."""
    recorded_at: Mapped[Moment]
    settled_at: Mapped[Moment | None]
    __table_args__ = (UniqueConstraint("key"), Index(None, "state", "priority", "due"))


class Occurrence(Base):
    """A strike of the clock, once for each job and due moment, by however many clocks."""

    __tablename__ = "occurrence"
    id: Mapped[Id]
    job: Mapped[str]
    occurrence: Mapped[str]
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("job", "occurrence"),)


class JobPause(Base):
    """A job of the clock was paused, or let go on. The newest row counts."""

    __tablename__ = "job_pause"
    id: Mapped[Id]
    job: Mapped[str]
    paused: Mapped[bool]
    actor: Mapped[str]
    """As the audit trail has it: ``user/12``, ``cli``."""
    recorded_at: Mapped[Moment]


class JobRun(Base):
    """One time a job was done, or failed; recorded when it ended."""

    __tablename__ = "job_run"
    id: Mapped[Id]
    job: Mapped[str]
    struck_for: Mapped[Moment]
    good: Mapped[bool]
    said: Mapped[str]
    """What it did, or why it failed, in a sentence."""
    milliseconds: Mapped[int]
    recorded_at: Mapped[Moment]
    __table_args__ = (Index(None, "job", "recorded_at"),)

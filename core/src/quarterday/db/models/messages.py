"""Messages to people: an authority's own words for them, and what became of one after it was handed over."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from quarterday.db.columns import Base, Id, Moment, to


class MessageTemplate(Base):
    """An authority's own template for a kind of message; the newest row counts."""

    __tablename__ = "message_template"
    id: Mapped[Id]
    authority_id: Mapped[int] = to("authority")
    kind: Mapped[str]
    words_id: Mapped[int | None] = to("words")
    """None: the standard words again."""
    recorded_at: Mapped[Moment]


class MailOutcome(Base):
    """What became of a mail after a server had taken it, as whoever carried it said later."""

    __tablename__ = "mail_outcome"
    id: Mapped[Id]
    authority_id: Mapped[int | None] = to("authority")
    outbox_id: Mapped[int] = to("outbox", index=False)
    user_id: Mapped[int] = to("person")
    """Whose address it was sent to."""
    outcome: Mapped[str]
    """arrived, perhaps later, never."""
    words_id: Mapped[int | None] = to("words")
    """What the carrier said of it."""
    at: Mapped[Moment]
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("outbox_id", "outcome", "at"),)

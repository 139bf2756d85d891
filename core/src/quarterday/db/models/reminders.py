"""Reminding: how an authority wants it done, what was said to whom, and returns that were given more time."""

from __future__ import annotations

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from quarterday.db.columns import Base, Data, Id, Moment, to


class Ladder(Base):
    """When an authority has whom reminded of a return; the newest counts."""

    __tablename__ = "ladder"
    id: Mapped[Id]
    authority_id: Mapped[int] = to("authority")
    content: Mapped[Data]
    """As :func:`quarterday.domain.reminders.as_data` writes it."""
    by_user_id: Mapped[int | None] = to("person")
    recorded_at: Mapped[Moment]


class Reminder(Base):
    """That somebody was reminded of a return by a rung of the ladder: once, by however many machines."""

    __tablename__ = "reminder"
    id: Mapped[Id]
    return_id: Mapped[int] = to("return", index=False)
    rung: Mapped[str]
    """To whom and when: “supplier: 14 days before”."""
    user_id: Mapped[int] = to("person")
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("return_id", "rung", "user_id"),)


class ReturnExtension(Base):
    """Another day by which a return is in time, as the council gave it, with the reason; the newest counts."""

    __tablename__ = "return_extension"
    id: Mapped[Id]
    return_id: Mapped[int] = to("return")
    due: Mapped[date]
    words_id: Mapped[int] = to("words")
    """The reason, as somebody wrote it."""
    by_user_id: Mapped[int | None] = to("person")
    recorded_at: Mapped[Moment]

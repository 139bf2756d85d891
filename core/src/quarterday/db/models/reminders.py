"""Reminding: how an authority wants it done, what was said to whom, and returns that were given more time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Named, Table, TypedColumns, UniqueConstraint

from quarterday.db.columns import DATA, ID, METADATA, MOMENT, TEXT, to


class LadderColumns(TypedColumns):
    """When an authority has whom reminded of a return; the newest counts."""

    id: Named[int] = ID
    authority_id: Named[int] = to("authority")
    content: Named[dict[str, Any]] = DATA
    """As :func:`quarterday.domain.reminders.as_data` writes it."""
    by_user_id: Named[int | None] = to("person")
    recorded_at: Named[datetime] = MOMENT


Ladder = Table("ladder", METADATA, LadderColumns)


class ReminderColumns(TypedColumns):
    """That somebody was reminded of a return by a rung of the ladder: once, by however many machines."""

    id: Named[int] = ID
    return_id: Named[int] = to("return", index=False)
    rung: Named[str] = TEXT
    """To whom and when: “supplier: 14 days before”."""
    user_id: Named[int] = to("person")
    recorded_at: Named[datetime] = MOMENT


Reminder = Table("reminder", METADATA, ReminderColumns, UniqueConstraint("return_id", "rung", "user_id"))


class ReturnExtensionColumns(TypedColumns):
    """Another day by which a return is in time, as the council gave it, with the reason; the newest counts."""

    id: Named[int] = ID
    return_id: Named[int] = to("return")
    due: Named[date]
    words_id: Named[int] = to("words")
    """The reason, as somebody wrote it."""
    by_user_id: Named[int | None] = to("person")
    recorded_at: Named[datetime] = MOMENT


ReturnExtension = Table("return_extension", METADATA, ReturnExtensionColumns)

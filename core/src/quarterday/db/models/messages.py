"""Messages to people: an authority's own words for them, and what became of one after it was handed over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Named, Table, TypedColumns, UniqueConstraint

from quarterday.db.columns import ID, METADATA, MOMENT, TEXT, to


class MessageTemplateColumns(TypedColumns):
    """An authority's own template for a kind of message; the newest row counts."""

    id: Named[int] = ID
    authority_id: Named[int] = to("authority")
    kind: Named[str] = TEXT
    words_id: Named[int | None] = to("words")
    """None: the standard words again."""
    recorded_at: Named[datetime] = MOMENT


MessageTemplate = Table("message_template", METADATA, MessageTemplateColumns)


class MailOutcomeColumns(TypedColumns):
    """What became of a mail after a server had taken it, as whoever carried it said later."""

    id: Named[int] = ID
    authority_id: Named[int | None] = to("authority")
    outbox_id: Named[int] = to("outbox", index=False)
    user_id: Named[int] = to("person")
    """Whose address it was sent to."""
    outcome: Named[str] = TEXT
    """arrived, perhaps later, never."""
    words_id: Named[int | None] = to("words")
    """What the carrier said of it."""
    at: Named[datetime] = MOMENT
    recorded_at: Named[datetime] = MOMENT


MailOutcome = Table("mail_outcome", METADATA, MailOutcomeColumns, UniqueConstraint("outbox_id", "outcome", "at"))

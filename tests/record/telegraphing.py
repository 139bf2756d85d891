"""A job of a test: it asks for a telegram."""

from __future__ import annotations

from datetime import datetime

from quarterday.services.record import Actor, open_record


def send(at: datetime) -> str:
    with open_record().begin(Actor.operator("clock")) as work:
        work.send("telegram", f"telegram/{at.isoformat()}", {})
    return "Telegrams sent: 1."

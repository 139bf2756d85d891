"""The mails of a demo, which stay on this machine: there only where the settings keep mails instead of sending them."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from quarterday.services.messages.mailbox import letter, letters

mailbox = Blueprint("mailbox", __name__, url_prefix="/mailbox")
SHOWN = 100


@mailbox.get("")
def listed() -> ResponseReturnValue:
    """The newest mails."""
    found = letters()
    return render_template("mailbox/list.html", letters=found[:SHOWN], more=max(0, len(found) - SHOWN))


@mailbox.get("/<name>")
def read(name: str) -> ResponseReturnValue:
    """One mail."""
    return render_template("mailbox/letter.html", letter=letter(name))

"""The mails of a demo, which stay on this machine: there only where the settings keep mails instead of sending them."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from quarterday.services.messages.mailbox import letter, letters

mailbox = Blueprint("mailbox", __name__, url_prefix="/mailbox")
SHOWN = 50


@mailbox.get("")
def listed() -> ResponseReturnValue:
    """The newest mails."""
    return render_template("mailbox/list.html", letters=letters(SHOWN), most=SHOWN)


@mailbox.get("/<name>")
def read(name: str) -> ResponseReturnValue:
    """One mail."""
    return render_template("mailbox/letter.html", letter=letter(name))

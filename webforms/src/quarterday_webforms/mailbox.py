"""The mails of a demo, which stay on this machine: there only where the settings keep mails instead of sending them."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quarterday.services.messages.mailbox import PAGE, filed, search
from quarterday.services.messages.templates import OFFERED
from quarterday_webforms.site import site

mailbox = Blueprint("mailbox", __name__, url_prefix="/mailbox")
_MOST_PAGES = 100_000


@mailbox.get("")
def listed() -> ResponseReturnValue:
    """The newest mails, of one kind or with some words where wanted, a page at a time."""
    kind = request.args.get("kind", "")
    words = " ".join(request.args.get("words", "").split())[:100]
    text = request.args.get("page", "")
    page = min(max(1, int(text)), _MOST_PAGES) if text.isascii() and text.isdecimal() and len(text) < 8 else 1
    found, has_more = search(site().uow, kind=kind if kind in OFFERED else "", words=words, skip=(page - 1) * PAGE)
    turns = {"previous": page - 1, "next": page + 1 if has_more else 0}
    return render_template(
        "mailbox/list.html",
        found=found,
        kinds={name: offered.title for name, offered in OFFERED.items()},
        kind=kind,
        words=words,
        turns={
            name: url_for("mailbox.listed", kind=kind or None, words=words or None, page=to if to > 1 else None)
            for name, to in turns.items()
            if to
        },
    )


@mailbox.get("/<name>")
def read(name: str) -> ResponseReturnValue:
    """One mail."""
    return render_template("mailbox/letter.html", filed=filed(site().uow, name))

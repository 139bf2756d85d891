"""The inbox: what came from the portal and matches nothing here, and what somebody does with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quarterday import Permission, RecordKind, Refused, said
from quarterday.services.plugins.screens import ID
from quarterday.services.portals import inbox as waiting
from quarterday.services.portals.candidates import candidates
from quarterday.services.portals.inbox import Waiting
from quarterday_portal_sync.screens import words
from quarterday_portal_sync.screens.links import about
from quarterday_portal_sync.screens.turning import after_which, further

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk, Form

PAGE = 50
"""How many stand on a page."""
ANOTHER, ASIDE = "another", "aside"
"""What is chosen besides the entries that are offered."""


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the pages."""

    @pages.get("/inbox", endpoint="inbox")
    def listed() -> str:
        """What waits, the oldest first."""
        found = waiting.inbox(
            desk.uow, desk.actor(), authority_id=desk.authority_id(), after=after_which(), most=PAGE + 1
        )
        return render_template(
            "portal/inbox.html",
            found=list(zip(found, about(desk, [_record(one) for one in found[:PAGE]]), strict=False)),
            kinds=words.KINDS,
            turns=further(".inbox", found, PAGE),
        )

    @pages.route(f"/inbox/<{ID}:inbox_id>", methods=["GET", "POST"])
    @desk.needs(Permission.REVIEW)
    def waiting_one(inbox_id: int) -> ResponseReturnValue:
        """One thing in it, and what is to become of it."""
        actor = desk.actor(Permission.REVIEW)
        one = waiting.waiting_one(desk.uow, actor, inbox_id=inbox_id)
        offered = candidates(desk.uow, actor, inbox_id=inbox_id) if one.can_match else []
        form = desk.form()
        if form.is_sent:
            entry_id = _chosen(form, [str(entry.entry_id) for entry in offered])
            if not form.errors:
                try:
                    is_taken = waiting.file(
                        desk.uow,
                        actor,
                        inbox_id=inbox_id,
                        outcome=waiting.MATCHED if entry_id else waiting.SET_ASIDE,
                        entry_id=entry_id,
                        reason=form.text("reason"),
                    )
                except Refused as refused:
                    form.refuse("", refused)
                else:
                    desk.tell(
                        said("It is set aside.")
                        if entry_id is None
                        else said("It is matched, and has taken its place.")
                        if is_taken
                        else said("It is matched.")
                    )
                    return redirect(url_for(".inbox"), 303)
        of, *entries = about(desk, [_record(one), *((RecordKind.ENTRY, f"entry/{o.entry_id}", {}) for o in offered)])
        fields = one.fields.items()
        page = render_template(
            "portal/waiting.html",
            one=one,
            form=form,
            offered=list(zip(offered, entries, strict=True)),
            kinds=words.KINDS,
            about=of,
            rows=[(words.FIELDS[name], words.value(name, text, of.subject)) for name, text in fields if text],
        )
        return page, 422 if form.errors else 200


def _record(one: Waiting) -> tuple[RecordKind, str, Mapping[str, str]]:
    return one.kind, "", one.fields


def _chosen(form: Form, offered: list[str]) -> int | None:
    """The entry that was chosen or typed; None for setting aside, and where something is wrong."""
    chosen, typed = form.text("is"), form.text("entry")
    if chosen == ASIDE:
        return None
    if chosen in offered:
        return int(chosen)
    if chosen != ANOTHER:
        form.refuse("is", said("Choose what it is about, or set it aside."))
    elif not (typed.isascii() and typed.isdecimal() and len(typed) < 16):
        form.refuse("entry", said("Enter the number of the entry, like 128: it stands on the entry’s page."))
    else:
        return int(typed)
    return None

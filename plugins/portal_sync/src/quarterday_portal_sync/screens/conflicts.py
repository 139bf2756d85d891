"""Conflicts: what both sides have otherwise, side by side, and how somebody settles it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quarterday import NotThere, Permission, RecordKind, Refused, said
from quarterday.services.plugins.screens import ID
from quarterday.services.portals import conflicts as differing
from quarterday.services.portals.conflicts import Conflict
from quarterday.services.portals.deciding import settle
from quarterday.services.portals.naming import Subject
from quarterday_portal_sync.screens import words
from quarterday_portal_sync.screens.links import about
from quarterday_portal_sync.screens.turning import after_which, further

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk

PAGE = 50
"""How many stand on a page."""
CHOICES = {
    "ours": said("Ours holds: it is sent to the portal again"),
    "theirs": said("The portal’s holds: it is taken here"),
    "leave": said("Both stay as they are, until one of them changes"),
}
"""What somebody may decide, in words."""


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the pages."""

    @pages.get("/conflicts", endpoint="conflicts")
    def listed() -> str:
        """Those that wait for somebody, or all."""
        is_open = request.args.get("show") != "all"
        found = differing.conflicts(
            desk.uow,
            desk.actor(),
            authority_id=desk.authority_id(),
            open_only=is_open,
            after=after_which(),
            most=PAGE + 1,
        )
        return render_template(
            "portal/conflicts.html",
            found=list(zip(found, about(desk, [_record(one) for one in found[:PAGE]]), strict=False)),
            is_open=is_open,
            kinds=words.KINDS,
            settled=words.SETTLED,
            turns=further(".conflicts", found, PAGE, show=None if is_open else "all"),
        )

    @pages.route(f"/conflicts/<{ID}:conflict_id>", methods=["GET", "POST"])
    def conflict(conflict_id: int) -> ResponseReturnValue:
        """Both contents side by side, and the decision."""
        actor = desk.actor()
        may_settle = desk.may(Permission.REVIEW)
        form = desk.form()
        if form.is_sent and not may_settle:
            raise NotThere("There is no such page.")
        if form.is_sent and form.text("decision") not in CHOICES:
            form.refuse("decision", said("Choose what holds."))
        elif form.is_sent:
            try:
                settle(
                    desk.uow,
                    actor,
                    conflict_id=conflict_id,
                    decision=form.text("decision"),
                    reason=form.text("reason"),
                    seen=_seen(form.text("seen_version")),
                )
            except NotThere:
                raise
            except Refused as refused:
                form.refuse("", refused)
            else:
                desk.tell(said("It is settled. The next exchange does the rest."))
                return redirect(url_for(".conflicts"), 303)
        one = differing.conflict(desk.uow, actor, conflict_id=conflict_id)
        (of,) = about(desk, [_record(one)])
        page = render_template(
            "portal/conflict.html",
            one=one,
            form=form,
            rows=_rows(one, of.subject),
            choices=[(name, CHOICES[name]) for name in one.decisions],
            kinds=words.KINDS,
            settled=words.SETTLED,
            about=of,
            may_settle=may_settle,
        )
        return page, 422 if form.errors else 200


def _seen(text: str) -> int:
    """The settlement that stood on the page; what is none is one that nobody has made."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1


def _record(one: Conflict) -> tuple[RecordKind, str, Mapping[str, str]]:
    return one.kind, one.key, one.ours or one.theirs or {}


def _rows(one: Conflict, subject: Subject) -> list[tuple[str, words.Shown, words.Shown, bool]]:
    """Each field in words, with ours, theirs, and whether they differ; those that differ come first."""
    ours, theirs = one.ours or {}, one.theirs or {}
    names = [name for name in words.FIELDS if ours.get(name) or theirs.get(name)]
    rows = [
        (
            words.FIELDS[name],
            words.value(name, ours.get(name, ""), subject),
            words.value(name, theirs.get(name, ""), subject),
            ours.get(name, "") != theirs.get(name, ""),
        )
        for name in names
    ]
    return sorted(rows, key=lambda row: not row[3])

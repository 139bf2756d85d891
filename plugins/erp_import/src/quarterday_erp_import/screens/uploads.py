"""A spend file by hand: it is sent, kept and read; what it leaves open is asked; what can't be read says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quarterday import Permission, Refused, Trouble, said
from quarterday.services.plugins.screens import ID
from quarterday_erp_import.feeds import incoming, rules
from quarterday_erp_import.feeds.incoming import IncomingRow, State
from quarterday_erp_import.screens.batches import FIELDS
from quarterday_erp_import.screens.overview import STATES, has_engine

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk, Form

MEGABYTES = 500
"""The largest file that is taken in the browser; a larger one comes from a folder or a server."""
USUAL = "spend"
"""The feed where there is none yet."""


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the pages to the ledger's."""

    @pages.route("/upload", methods=["GET", "POST"])
    @desk.needs(Permission.SET_VALUES)
    @desk.takes(megabytes=MEGABYTES)
    def upload() -> ResponseReturnValue:
        """Send a file; it is kept before the answer says so."""
        actor, authority_id = desk.actor(Permission.SET_VALUES), desk.authority_id()
        feeds = [one.feed for one in rules.feeds(desk.uow, actor, authority_id=authority_id)]
        form = desk.form({"feed": feeds[0] if feeds else USUAL})
        if form.is_sent and (row := _hand_in(desk, form)):
            return redirect(url_for(".file", file_id=row), 303)
        page = render_template("ledger/upload.html", form=form, feeds=feeds, most=MEGABYTES, has_engine=has_engine())
        return page, 422 if form.errors else 200

    @pages.get(f"/files/<{ID}:file_id>")
    def file(file_id: int) -> ResponseReturnValue:
        """How far a file is."""
        return _file(desk, incoming.one_incoming(desk.uow, desk.actor(), incoming_id=file_id), desk.form())

    @pages.post(f"/files/<{ID}:file_id>")
    @desk.needs(Permission.SET_VALUES)
    def settle_file(file_id: int) -> ResponseReturnValue:
        """Answer what it asks, try it again, or say that it isn't wanted."""
        actor, form = desk.actor(Permission.SET_VALUES), desk.form()
        found = incoming.one_incoming(desk.uow, actor, incoming_id=file_id)
        try:
            match request.form.get("wanted"):
                case "try":
                    incoming.try_again(desk.uow, actor, incoming_id=file_id)
                    desk.tell(said("It is read once more."))
                case "dismiss":
                    incoming.dismiss(desk.uow, actor, incoming_id=file_id)
                    desk.tell(said("The file isn’t wanted any more."))
                case _:
                    answers = _answers(found, form)
                    if form.errors:
                        return _file(desk, found, form)
                    incoming.answer(desk.uow, actor, incoming_id=file_id, answers=answers)
                    desk.tell(said("Kept for this file and the next ones of “{feed}”.", feed=found.feed))
        except Refused as refused:
            form.refuse("", refused)
            return _file(desk, incoming.one_incoming(desk.uow, actor, incoming_id=file_id), form)
        return redirect(url_for(".file", file_id=file_id), 303)


def _hand_in(desk: Desk, form: Form) -> int | None:
    """Keep the file that was sent; None where something is wrong with the form."""
    sent = request.files.get("file")
    feed = form.text("other") if form.text("feed") == "" else form.text("feed")
    if not feed:
        form.refuse("other", said("Enter what the file is one of, like “payments over £500”."))
    if sent is None or not sent.filename:
        form.refuse("file", said("Choose the spend file that the finance system gave out."))
    if form.errors or sent is None:
        return None
    try:
        return incoming.hand_in(
            desk.uow,
            desk.actor(Permission.SET_VALUES),
            authority_id=desk.authority_id(),
            feed=feed,
            name=sent.filename or "",
            content=cast("BinaryIO", sent.stream),
        )
    except Trouble as trouble:
        form.refuse("file", trouble)
        return None


def _answers(found: IncomingRow, form: Form) -> dict[str, str]:
    """What was answered to each question, by its key; what is missing is said."""
    for question in found.questions:
        if form.text(question["key"]) not in question["choices"]:
            form.refuse(question["key"], said("Choose one of the answers."))
    return {question["key"]: form.text(question["key"]) for question in found.questions}


def _file(desk: Desk, found: IncomingRow, form: Form) -> ResponseReturnValue:
    if found.state is State.READ and found.batch_id is not None:
        return redirect(url_for(".batch", batch_id=found.batch_id), 303)
    page = render_template(
        "ledger/file.html",
        form=form,
        found=found,
        state=STATES[found.state],
        State=State,
        fields=FIELDS,
        may_change=desk.may(Permission.SET_VALUES),
        has_engine=has_engine(),
    )
    return page, 422 if form.errors else 200

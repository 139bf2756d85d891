"""Evidence behind an entry: files, links and statements, added, listed, taken off, and handed out as downloads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field

from quarterday import NotThere, Refused
from quarterday.services.access.permissions import Permission
from quarterday.services.record import Actor
from quarterday.services.returns import evidencing
from quarterday.services.returns.evidencing import Attached
from quarterday_webforms import downloads
from quarterday_webforms.language import gettext
from quarterday_webforms.site import site
from quarterday_webforms.supplier.forms import EvidenceForm, PressForm, blame
from quarterday_webforms.supplier.pages import ID, hand, seen, supplier
from quarterday_webforms.visiting import needs


@supplier.route(f"/<{ID}:return_id>/entries/<{ID}:draft_id>/evidence", methods=["GET", "POST"])
@needs(Permission.REPORT)
def evidence(return_id: int, draft_id: int) -> ResponseReturnValue:
    """The evidence of one entry, and a form to add some."""
    actor, found = hand(return_id)
    line = found.line(draft_id)
    form = EvidenceForm()
    if form.validate_on_submit():
        _attach_all(actor, return_id, draft_id, form)
        if not form.errors:
            return redirect(url_for("supplier.evidence", return_id=return_id, draft_id=draft_id), 303)
    pieces = [one for one in evidencing.evidence_of(site().uow, actor, return_id=return_id) if one.draft_id == draft_id]
    return render_template(
        "supplier/evidence.html",
        hand=found,
        line=line,
        pieces=pieces,
        megabytes=site().megabytes,
        form=form,
        back=url_for("supplier.measure", return_id=return_id, ref=line.measure.ref),
    ), 422 if form.errors else 200


@supplier.route(
    f"/<{ID}:return_id>/entries/<{ID}:draft_id>/evidence/<{ID}:evidence_id>/remove", methods=["GET", "POST"]
)
@needs(Permission.REPORT)
def remove_evidence(return_id: int, draft_id: int, evidence_id: int) -> ResponseReturnValue:
    """Take a piece of evidence off an entry, after a question; pressed twice, it is gone once."""
    actor, found = hand(return_id)
    line = found.line(draft_id)
    there = url_for("supplier.evidence", return_id=return_id, draft_id=draft_id)
    pieces = evidencing.evidence_of(site().uow, actor, return_id=return_id)
    piece = next((one for one in pieces if one.id == evidence_id and one.draft_id == draft_id), None)
    if piece is None:
        return redirect(there, 303)
    form = PressForm(found.version)
    if form.validate_on_submit():
        try:
            place = {"return_id": return_id, "draft_id": draft_id, "evidence_id": evidence_id}
            evidencing.detach(site().uow, actor, **place, seen_version=seen())
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(there, 303)
    status = 422 if form.errors else 200
    return render_template("supplier/remove_evidence.html", line=line, piece=piece, form=form, back=there), status


@supplier.get(f"/<{ID}:return_id>/evidence/<{ID}:evidence_id>")
@needs(Permission.REPORT)
def download(return_id: int, evidence_id: int) -> ResponseReturnValue:
    """A file of evidence, only ever as a download."""
    actor, _ = hand(return_id)
    pieces = evidencing.evidence_of(site().uow, actor, return_id=return_id)
    if all(piece.id != evidence_id for piece in pieces):
        raise NotThere("There is no such evidence in this return.")
    opened = evidencing.open_evidence(site().uow, actor, site().keeper, evidence_id=evidence_id)
    return downloads.download(opened.file, opened.media_type, opened.name)


def _attach_all(actor: Actor, return_id: int, draft_id: int, form: EvidenceForm) -> None:
    """Attach what was given, each by itself: what is refused is told and stays in its box, the rest is there."""
    uow, keeper, to = site().uow, site().keeper, {"return_id": return_id, "draft_id": draft_id}
    pieces = evidencing.evidence_of(uow, actor, return_id=return_id)
    there = {piece.said for piece in pieces if piece.draft_id == draft_id}
    sent, link, text = form.file.data, (form.link.data or "").strip(), (form.statement.data or "").strip()
    given: list[tuple[Field, Callable[[], Attached]]] = []
    if sent:
        attach_file = partial(evidencing.attach_file, name=sent.filename or "", stream=sent.stream)
        given.append((form.file, lambda: attach_file(uow, actor, keeper, return_id=return_id, draft_id=draft_id)))
    if link and link not in there:
        given.append((form.link, lambda: evidencing.attach_link(uow, actor, keeper, **to, address=link)))
    if text and text not in there:
        given.append((form.statement, lambda: evidencing.attach_statement(uow, actor, keeper, **to, text=text)))
    if not (sent or link or text):
        blame(form.file, gettext("Choose a file, or give a link or a statement."))
    for field, attach in given:
        try:
            attach()
        except Refused as refused:
            blame(field, refused)
        else:
            field.data = ""

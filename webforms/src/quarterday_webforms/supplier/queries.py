"""What the council asks about an entry: answered in words, or by another entry in its place."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quarterday import Refused
from quarterday.services.access.permissions import Permission
from quarterday.services.returns import evidencing, reviews
from quarterday_webforms.site import site
from quarterday_webforms.supplier.entries import EntryPage
from quarterday_webforms.supplier.entry_form import entry_form
from quarterday_webforms.supplier.forms import AnswerForm, blame
from quarterday_webforms.supplier.pages import ID, hand, supplier
from quarterday_webforms.visiting import needs


@supplier.route(f"/<{ID}:return_id>/queries/<{ID}:entry_id>", methods=["GET", "POST"])
@needs(Permission.REPORT)
def query(return_id: int, entry_id: int) -> ResponseReturnValue:
    """The question, the entry it is about, and how to answer."""
    actor, found = hand(return_id)
    asked = found.entry(entry_id)
    there = url_for("supplier.tasks", return_id=return_id)
    if asked.decision != "queried":
        return redirect(there, 303)
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            reviews.answer(site().uow, actor, entry_id=entry_id, text=form.answer.data or "")
        except Refused as refused:
            blame(form.answer, refused)
        else:
            return redirect(url_for("supplier.query", return_id=return_id, entry_id=entry_id), 303)
    pieces = evidencing.evidence_of(site().uow, actor, return_id=return_id)
    return render_template(
        "supplier/query.html",
        hand=found,
        asked=asked,
        pieces=[piece for piece in pieces if piece.entry_id == entry_id],
        form=form,
        back=there,
    ), 422 if form.errors else 200


@supplier.route(f"/<{ID}:return_id>/queries/<{ID}:entry_id>/replace", methods=["GET", "POST"])
@needs(Permission.REPORT)
def replace(return_id: int, entry_id: int) -> ResponseReturnValue:
    """Another entry in the place of the one that is queried, which begins as that one stands."""
    actor, found = hand(return_id)
    asked = found.entry(entry_id)
    if asked.answering is not None:
        return redirect(url_for("supplier.entry", return_id=return_id, draft_id=asked.answering), 303)
    if asked.decision != "queried":
        return redirect(url_for("supplier.tasks", return_id=return_id), 303)
    task = found.task(asked.measure.ref)
    typed = {field for field, text in asked.typed.items() if text.strip()}
    fields = (*task.asked, *sorted(typed - {*task.asked, "ref"}))
    late = next(
        (number for number, period in found.past if (period.first, period.last) == (asked.first, asked.last)), None
    )
    form = entry_form(task.measure, fields, asked.typed)
    page = EntryPage(actor, found, task, form, late_period_id=late if asked.is_late else None, replaces=asked)
    return page.answer() if form.validate_on_submit() else page.shown()

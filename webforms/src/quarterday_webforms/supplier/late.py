"""A late claim: for which past period, and for which measure."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quarterday.services.access.permissions import Permission
from quarterday_webforms.supplier.forms import LateForm
from quarterday_webforms.supplier.pages import ID, hand, supplier
from quarterday_webforms.visiting import needs


@supplier.route(f"/<{ID}:return_id>/late", methods=["GET", "POST"])
@needs(Permission.REPORT)
def late(return_id: int) -> ResponseReturnValue:
    """Choose what a late claim is for; the entry itself is written on its own page."""
    _, found = hand(return_id)
    form = LateForm(found)
    if form.validate_on_submit():
        there = url_for("supplier.add", return_id=return_id, ref=form.measure.data, period=form.period.data)
        return redirect(there, 303)
    back = url_for("supplier.tasks", return_id=return_id)
    return render_template("supplier/late.html", hand=found, form=form, back=back), 422 if form.errors else 200

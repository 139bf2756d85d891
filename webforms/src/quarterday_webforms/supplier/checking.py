"""Check your answers, declare and submit; nothing to report; and the receipt."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quarterday import Refused
from quarterday.services.access.permissions import Permission
from quarterday.services.figures.in_hand import InHand
from quarterday.services.record import Actor
from quarterday.services.returns.reported import SomebodyElse
from quarterday.services.returns.standing import whole_return
from quarterday.services.returns.submissions import submit
from quarterday_webforms.site import site
from quarterday_webforms.supplier.forms import DeclareForm
from quarterday_webforms.supplier.pages import ID, hand, seen, supplier
from quarterday_webforms.visiting import needs


@supplier.route(f"/<{ID}:return_id>/check", methods=["GET", "POST"])
@needs(Permission.REPORT)
def check(return_id: int) -> ResponseReturnValue:
    """All answers on one page, what comes of each, and the declaration."""
    actor, found = hand(return_id)
    return _declared(actor, found, "supplier/check.html", nothing=False)


@supplier.route(f"/<{ID}:return_id>/nothing", methods=["GET", "POST"])
@needs(Permission.REPORT)
def nothing(return_id: int) -> ResponseReturnValue:
    """Declare that there is nothing to report for the period."""
    actor, found = hand(return_id)
    return _declared(actor, found, "supplier/nothing.html", nothing=True)


@supplier.get(f"/<{ID}:return_id>/submitted")
@needs(Permission.REPORT)
def submitted(return_id: int) -> ResponseReturnValue:
    """The receipt of the newest submission."""
    actor, found = hand(return_id)
    submissions = whole_return(site().uow, actor, return_id=return_id).submissions
    if not submissions:
        return redirect(url_for("supplier.tasks", return_id=return_id))
    return render_template("supplier/submitted.html", hand=found, submission=submissions[-1])


def _declared(actor: Actor, found: InHand, template: str, *, nothing: bool) -> ResponseReturnValue:
    form = DeclareForm()
    receipt = redirect(url_for("supplier.submitted", return_id=found.id), 303)
    if form.validate_on_submit():
        try:
            submit(
                site().uow,
                actor,
                return_id=found.id,
                seen_version=seen(),
                declared_as=form.declared_as.data or "",
                nothing_to_report=nothing,
            )
        except SomebodyElse as said:
            _, found = hand(found.id)
            if found.revisions and not found.lines and found.version == seen() + 1:
                return receipt  # the same press, sent twice
            form.refuse(said)
        except Refused as refused:
            form.refuse(refused)
        else:
            return receipt
    form.seen_version.data = str(found.version)
    back = url_for("supplier.tasks", return_id=found.id)
    return render_template(template, hand=found, form=form, back=back), 422 if form.errors else 200

"""Who reports with the visitor: colleagues who report for the same supplier, somebody new, and a role that ends."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quarterday import NotThere, Refused
from quarterday.services.access import colleagues, roster
from quarterday.services.access.permissions import Permission
from quarterday.services.record import Actor
from quarterday_webforms.language import gettext
from quarterday_webforms.people_forms import PersonForm
from quarterday_webforms.site import site
from quarterday_webforms.supplier.pages import ID, supplier
from quarterday_webforms.visiting import here, needs, supplier_actors
from quarterday_webforms.widgets import Form


@supplier.get("/people")
@needs(Permission.REPORT)
def people() -> ResponseReturnValue:
    """Everybody who reports for each of the visitor's suppliers."""
    found = [roster.reporters_of(site().uow, actor, supplier_id=actor.supplier_id or 0) for actor in supplier_actors()]
    return render_template("supplier/people.html", found=found, me=here().user_id)


@supplier.route(f"/people/<{ID}:supplier_id>/new", methods=["GET", "POST"])
@needs(Permission.REPORT)
def new_colleague(supplier_id: int) -> ResponseReturnValue:
    """Somebody who is to report too."""
    actor, form = _actor(supplier_id), PersonForm()
    found = roster.reporters_of(site().uow, actor, supplier_id=supplier_id)
    if form.validate_on_submit():
        email, name = form.email.data or "", form.name.data or ""
        try:
            colleagues.add_colleague(site().uow, actor, supplier_id=supplier_id, email=email, name=name)
        except Refused as refused:
            form.email.errors = [str(refused)]
        else:
            flash(gettext("%(name)s reports with you now. A mail tells them where to sign in.", name=form.name.data))
            return redirect(url_for("supplier.people"), 303)
    page = render_template("supplier/new_colleague.html", form=form, found=found, back=url_for("supplier.people"))
    return page, 422 if form.errors else 200


@supplier.route(f"/people/<{ID}:supplier_id>/<{ID}:colleague_id>/end", methods=["GET", "POST"])
@needs(Permission.REPORT)
def end_colleague(supplier_id: int, colleague_id: int) -> ResponseReturnValue:
    """Let somebody report no more."""
    uow, actor, form = site().uow, _actor(supplier_id), Form()
    found = roster.reporters_of(uow, actor, supplier_id=supplier_id)
    person, back = found.person(colleague_id), url_for("supplier.people")
    is_me = colleague_id == here().user_id
    if form.validate_on_submit():
        try:
            colleagues.end_colleague(uow, actor, supplier_id=supplier_id, user_id=colleague_id)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("%(name)s reports for %(supplier)s no more.", name=person.name, supplier=found.supplier))
            return redirect(url_for("home") if is_me else back, 303)
    page = render_template("supplier/end_colleague.html", person=person, found=found, form=form, back=back, is_me=is_me)
    return page, 422 if form.errors else 200


def _actor(supplier_id: int) -> Actor:
    """The visitor as somebody of that supplier, where it is one of theirs."""
    for actor in supplier_actors():
        if actor.supplier_id == supplier_id:
            return actor
    raise NotThere("There is no such supplier.")

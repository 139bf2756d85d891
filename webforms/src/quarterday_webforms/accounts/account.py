"""What somebody is signed in with: their sessions, their second factor, the authority they act for."""

from __future__ import annotations

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from quarterday import Refused
from quarterday.services.access import second_factor as factors
from quarterday.services.access import sessions
from quarterday.services.access.visits import Standing
from quarterday_webforms import visiting
from quarterday_webforms.accounts.forms import CodeForm, UseForm
from quarterday_webforms.language import gettext
from quarterday_webforms.site import site

account = Blueprint("account", __name__, url_prefix="/account")


@account.get("")
@visiting.signed_in
def mine() -> ResponseReturnValue:
    """The visitor's sessions, and how they sign in."""
    visit = visiting.here()
    left = factors.codes_left(site().uow, visit) if visit.has_second_factor and visit.standing is Standing.READY else 0
    listed = sessions.mine(site().uow, visit)
    return render_template("accounts/account.html", sessions=listed, codes_left=left, form=UseForm(formdata=None))


@account.post("/sessions/<int:session_id>/end")
@visiting.signed_in
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of the visitor's sessions."""
    visit = visiting.here()
    sessions.end(site().uow, visit, session_id=session_id)
    if session_id == visit.session_id:
        visiting.forget()
        flash(gettext("You are signed out."))
        return redirect(url_for("sign_in.ask"), 303)
    flash(gettext("That browser is signed out."))
    return redirect(url_for("account.mine"), 303)


@account.route("/second-factor", methods=["GET", "POST"])
@visiting.signed_in
def second_factor() -> ResponseReturnValue:
    """Set up an authenticator app."""
    visit = visiting.here()
    if visit.has_second_factor or visit.return_id is not None or not visit.is_staff:
        return redirect(visiting.first_page(visit), 303)
    form = CodeForm()
    if form.validate_on_submit():
        try:
            codes = factors.confirm(site().uow, visit, form.code.data or "")
        except Refused as refused:
            form.code.errors = [str(refused)]
        else:
            return render_template("accounts/recovery_codes.html", codes=codes)
    enrolment = factors.begin(site().uow, visit)
    square = Markup(segno.make(enrolment.uri, error="m").svg_inline(scale=4, border=4, light="#fff"))  # noqa: S704 (its own drawing)
    page = render_template("accounts/enrol.html", form=form, enrolment=enrolment, square=square)
    return page, 422 if form.errors else 200


@account.route("/authority", methods=["GET", "POST"])
@visiting.signed_in
def authority() -> ResponseReturnValue:
    """Choose the authority to act for, where somebody works for several."""
    if request.method == "POST":
        chosen = request.form.get("authority", "")
        if chosen.isdecimal():
            visiting.choose(int(chosen))
        return redirect(url_for("home"), 303)
    return render_template("accounts/authority.html", places=visiting.staff_places(), form=UseForm(formdata=None))

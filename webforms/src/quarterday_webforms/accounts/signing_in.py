"""Signing in by a link, with a second factor where there is one; and out."""

from __future__ import annotations

from secrets import token_urlsafe

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from quarterday import Refused
from quarterday.services.access import browsers, links, second_factor, sessions
from quarterday.services.access.visits import Standing
from quarterday_webforms import visiting
from quarterday_webforms.accounts.forms import AskForm, CodeForm, DigitsForm, RecoveryForm, UseForm
from quarterday_webforms.language import gettext
from quarterday_webforms.site import site

sign_in = Blueprint("sign_in", __name__, url_prefix="/sign-in")
_BROWSER, _ADDRESS = "browser", "asked_for"
"""What the signed cookie of a browser that asked holds: its random value, and the address it asked for."""


@sign_in.route("", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """Ask for a link."""
    form = AskForm()
    status = 200
    if form.validate_on_submit():
        browser = session.setdefault(_BROWSER, token_urlsafe(32))
        try:
            links.ask(site().uow, email=form.email.data or "", browser=browser, client=request.remote_addr or "")
        except Refused as refused:
            form.email.errors = [str(refused)]
        else:
            session[_ADDRESS] = form.email.data
            return redirect(url_for("sign_in.sent"), 303)
    if form.errors:
        status = 422
    return render_template("accounts/ask.html", form=form), status


@sign_in.get("/sent")
def sent() -> ResponseReturnValue:
    """Say where to look, and the digits for who opens the link elsewhere."""
    if _BROWSER not in session:
        return redirect(url_for("sign_in.ask"))
    digits = links.digits(session[_BROWSER])
    again = AskForm(data={"email": session.get(_ADDRESS, "")})
    return render_template("accounts/sent.html", digits=digits, form=again, address=session.get(_ADDRESS, ""))


@sign_in.route("/l/<link>", methods=["GET", "POST"])
def use(link: str) -> ResponseReturnValue:
    """A link that was opened: looking spends nothing, the button does."""
    browser = session.get(_BROWSER)
    looked = links.look(site().uow, link, browser)
    here = visiting.visit()
    if looked.state is links.State.USED and looked.return_id and here and here.return_id == looked.return_id:
        return redirect(visiting.first_page(here), 303)  # they opened it again from the mail, and are still signed in
    if looked.state is not links.State.GOOD:
        return render_template("accounts/spent.html", looked=looked, link=link, form=UseForm(formdata=None)), 410
    form = DigitsForm() if looked.needs_digits else UseForm()
    if form.validate_on_submit():
        digits = form.digits.data if isinstance(form, DigitsForm) else None
        label = browsers.label(request.user_agent.string)
        try:
            opened = links.use(site().uow, link, browser=browser, digits=digits, client_label=label)
        except links.WrongDigits as wrong:
            if isinstance(form, DigitsForm):
                form.digits.errors = [str(wrong)]
        except links.NotGood:
            return redirect(url_for("sign_in.use", link=link), 303)
        else:
            onward = visiting.begin(opened.cookie)
            if opened.visit.standing is not Standing.READY or opened.visit.return_id is not None or not onward:
                return redirect(visiting.first_page(opened.visit), 303)
            return redirect(f"{request.script_root}{onward}", 303)
    return render_template("accounts/use.html", form=form, looked=looked), 422 if form.errors else 200


@sign_in.post("/l/<link>/fresh")
def fresh(link: str) -> ResponseReturnValue:
    """Send a fresh link to the same address, by one press."""
    try:
        links.fresh(site().uow, link, client=request.remote_addr or "")
    except Refused as refused:
        looked = links.look(site().uow, link, None)
        return render_template("accounts/spent.html", looked=looked, link=link, form=UseForm(), said=str(refused)), 422
    return redirect(url_for("sign_in.on_its_way"), 303)


@sign_in.get("/on-its-way")
def on_its_way() -> ResponseReturnValue:
    """A fresh link was sent."""
    return render_template("accounts/on_its_way.html")


@sign_in.route("/code", methods=["GET", "POST"])
@visiting.signed_in
def code() -> ResponseReturnValue:
    """Pass the second factor by the code of the app."""
    return _second_factor(CodeForm(), "accounts/code.html")


@sign_in.route("/recovery", methods=["GET", "POST"])
@visiting.signed_in
def recovery() -> ResponseReturnValue:
    """Pass the second factor by a recovery code."""
    return _second_factor(RecoveryForm(), "accounts/recovery.html")


def _second_factor(form: CodeForm | RecoveryForm, template: str) -> ResponseReturnValue:
    visit = visiting.here()
    if visit.standing is not Standing.MUST_CHECK:
        return redirect(visiting.first_page(visit), 303)
    if form.validate_on_submit():
        passes = second_factor.check if isinstance(form, CodeForm) else second_factor.recovery
        try:
            passes(site().uow, visit, form.code.data or "")
        except Refused as refused:
            form.code.errors = [str(refused)]
        else:
            return redirect(url_for("home"), 303)
    return render_template(template, form=form), 422 if form.errors else 200


@sign_in.post("/out")
@visiting.signed_in
def out() -> ResponseReturnValue:
    """Sign out: the session ends in the record, and the browser forgets it."""
    sessions.end(site().uow, visiting.here())
    visiting.forget()
    flash(gettext("You are signed out."))
    return redirect(url_for("sign_in.ask"), 303)

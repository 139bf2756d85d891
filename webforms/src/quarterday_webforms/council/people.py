"""Who works for the council and who reports for its suppliers: lists, somebody new, a role that changes or ends."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quarterday import Refused
from quarterday.services.access import roster, second_factor, sessions, welcoming
from quarterday.services.access.permissions import MemberRole, Permission
from quarterday.services.organisations.people import add_user, end_role
from quarterday_webforms.council.pages import ID, council
from quarterday_webforms.language import gettext
from quarterday_webforms.people_forms import ChangeForm, ColleagueForm, PersonForm, called
from quarterday_webforms.site import site
from quarterday_webforms.visiting import here, may, needs, staff_actor
from quarterday_webforms.widgets import Form


@council.get("/people")
@needs(Permission.ADMINISTER)
def people() -> ResponseReturnValue:
    """Everybody who works for the council."""
    actor = staff_actor(Permission.ADMINISTER)
    found = roster.staff_of(site().uow, actor, authority_id=actor.authority_id or 0)
    return render_template("council/people.html", people=found, called=called, me=here().user_id)


@council.route("/people/new", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def new_colleague() -> ResponseReturnValue:
    """Somebody who is to work for the council."""
    actor, form, back = staff_actor(Permission.ADMINISTER), ColleagueForm(), url_for("council.people")
    if form.validate_on_submit():
        email, name, role = form.email.data or "", form.name.data or "", form.role.data or ""
        try:
            welcoming.join(site().uow, actor, email=email, name=name, role=role, authority_id=actor.authority_id)
        except Refused as refused:
            form.email.errors = [str(refused)]
        else:
            flash(_added(form))
            return redirect(back, 303)
    return render_template("council/new_person.html", form=form, back=back, supplier=""), 422 if form.errors else 200


@council.route(f"/people/<{ID}:user_id>", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def colleague(user_id: int) -> ResponseReturnValue:
    """One of them, and what becomes of them."""
    uow, actor, back = site().uow, staff_actor(Permission.ADMINISTER), url_for("council.people")
    authority_id = actor.authority_id or 0
    person = roster.colleague(uow, actor, authority_id=authority_id, user_id=user_id)
    form = ChangeForm(person)
    if form.validate_on_submit():
        try:
            match form.change.data:
                case "welcome":
                    welcoming.welcome_again(uow, actor, user_id=user_id, authority_id=authority_id)
                    flash(_on_its_way(person))
                    return redirect(back, 303)
                case "sign out":
                    sessions.end_all(uow, actor, user_id=user_id)
                case "reset":
                    second_factor.reset(uow, actor, user_id=user_id)
                case "end":
                    end_role(uow, actor, user_id=user_id, authority_id=authority_id)
                case role:
                    add_user(uow, actor, email=person.email, name=person.name, role=role, authority_id=authority_id)
        except Refused as refused:
            form.change.errors = [str(refused)]
        else:
            flash(gettext("Saved. This holds for %(name)s from now on.", name=person.name))
            return redirect(back, 303)
    page = render_template("council/colleague.html", person=person, form=form, back=back, role=called(person.role))
    return page, 422 if form.errors else 200


@council.get(f"/suppliers/<{ID}:supplier_id>/people")
@needs(Permission.SEE_FIGURES)
def reporters(supplier_id: int) -> ResponseReturnValue:
    """Everybody who reports for a supplier."""
    found = roster.reporters_of(site().uow, staff_actor(), supplier_id=supplier_id)
    return render_template("council/reporters.html", found=found, may_change=may(Permission.ADMINISTER))


@council.route(f"/suppliers/<{ID}:supplier_id>/people/new", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def new_reporter(supplier_id: int) -> ResponseReturnValue:
    """Somebody who is to report for a supplier."""
    actor, form = staff_actor(Permission.ADMINISTER), PersonForm()
    found = roster.reporters_of(site().uow, actor, supplier_id=supplier_id)
    back = url_for("council.reporters", supplier_id=supplier_id)
    if form.validate_on_submit():
        email, name, role = form.email.data or "", form.name.data or "", MemberRole.SUPPLIER
        try:
            welcoming.join(site().uow, actor, email=email, name=name, role=role, supplier_id=supplier_id)
        except Refused as refused:
            form.email.errors = [str(refused)]
        else:
            flash(_added(form))
            return redirect(back, 303)
    page = render_template("council/new_person.html", form=form, back=back, supplier=found.supplier)
    return page, 422 if form.errors else 200


@council.route(f"/suppliers/<{ID}:supplier_id>/people/<{ID}:reporter_id>/end", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def end_reporter(supplier_id: int, reporter_id: int) -> ResponseReturnValue:
    """Let somebody report for a supplier no more."""
    uow, actor, form = site().uow, staff_actor(Permission.ADMINISTER), Form()
    found = roster.reporters_of(uow, actor, supplier_id=supplier_id)
    person, back = found.person(reporter_id), url_for("council.reporters", supplier_id=supplier_id)
    if form.validate_on_submit():
        end_role(uow, actor, user_id=reporter_id, supplier_id=supplier_id)
        flash(gettext("%(name)s reports for this supplier no more.", name=person.name))
        return redirect(back, 303)
    page = render_template("council/end_reporter.html", person=person, found=found, form=form, back=back)
    return page, 422 if form.errors else 200


@council.route(f"/suppliers/<{ID}:supplier_id>/people/<{ID}:reporter_id>/welcome", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def welcome_reporter(supplier_id: int, reporter_id: int) -> ResponseReturnValue:
    """Tell somebody once more where to sign in."""
    uow, actor, form = site().uow, staff_actor(Permission.ADMINISTER), Form()
    found = roster.reporters_of(uow, actor, supplier_id=supplier_id)
    person, back = found.person(reporter_id), url_for("council.reporters", supplier_id=supplier_id)
    if form.validate_on_submit():
        try:
            welcoming.welcome_again(uow, actor, user_id=reporter_id, supplier_id=supplier_id)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(_on_its_way(person))
            return redirect(back, 303)
    page = render_template("council/welcome_reporter.html", person=person, form=form, back=back)
    return page, 422 if form.errors else 200


def _added(form: PersonForm) -> str:
    return gettext("%(name)s can sign in now. A mail tells them where.", name=form.name.data)


def _on_its_way(person: roster.Person) -> str:
    return gettext("A mail is on its way to %(name)s that says where to sign in.", name=person.name)

"""The words of the council's messages: which there are, and wording, previewing and testing one."""

from __future__ import annotations

import re

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from quarterday import Refused
from quarterday.services.access.permissions import Permission
from quarterday.services.messages import wording
from quarterday_webforms.council.forms import MessageForm
from quarterday_webforms.council.pages import council
from quarterday_webforms.language import gettext
from quarterday_webforms.site import site
from quarterday_webforms.visiting import here, needs, staff_actor
from quarterday_webforms.widgets import Form

_CLASSES = {"p": "govuk-body", "ul": "govuk-list govuk-list--bullet", "a": "govuk-link"}


@council.get("/messages")
@needs(Permission.WORD_MESSAGES)
def messages() -> ResponseReturnValue:
    """The kinds of message, each with whose words it has."""
    actor = staff_actor(Permission.WORD_MESSAGES)
    found = wording.wordings(site().uow, actor, authority_id=actor.authority_id or 0)
    return render_template("council/messages.html", found=found)


@council.route("/messages/<kind>", methods=["GET", "POST"])
@needs(Permission.WORD_MESSAGES)
def message(kind: str) -> ResponseReturnValue:
    """One kind of message: its words, and what they become."""
    actor = staff_actor(Permission.WORD_MESSAGES)
    found = wording.wording(site().uow, actor, authority_id=actor.authority_id or 0, kind=kind)
    form, previewed = MessageForm(found), None
    if form.validate_on_submit():
        wanted = request.form.get("wanted", "")
        source = "" if wanted == "standard" else form.source.data or ""
        try:
            if wanted not in ("save", "standard"):
                previewed = wording.preview(kind, source)
            else:
                wording.word(
                    site().uow,
                    actor,
                    authority_id=actor.authority_id or 0,
                    kind=kind,
                    source=source,
                    seen=form.seen,
                )
                flash(gettext("Saved. The next messages of this kind are written so."))
                return redirect(url_for("council.message", kind=kind), 303)
        except Refused as refused:
            form.source.errors = [str(refused)]
    return render_template(
        "council/message.html",
        found=found,
        form=form,
        previewed=previewed,
        formatted=_formatted(previewed.html) if previewed else "",
        back=url_for("council.messages"),
    ), 422 if form.errors else 200


@council.route("/messages/<kind>/test", methods=["GET", "POST"])
@needs(Permission.WORD_MESSAGES)
def test_message(kind: str) -> ResponseReturnValue:
    """Send the visitor a message of that kind, as it is worded now."""
    uow, actor = site().uow, staff_actor(Permission.WORD_MESSAGES)
    authority_id, back = actor.authority_id or 0, url_for("council.message", kind=kind)
    found = wording.wording(uow, actor, authority_id=authority_id, kind=kind)
    form = Form()
    if form.validate_on_submit():
        wording.send_test(uow, actor, authority_id=authority_id, kind=kind, user_id=here().user_id)
        flash(gettext("A test is on its way to your own address."))
        return redirect(back, 303)
    return render_template("council/test_message.html", found=found, form=form, back=back)


def _formatted(html: str) -> Markup:
    """A mail's HTML as a part of this page: in our own styles, since a page allows no others."""
    body = html.partition("<body")[2].partition(">")[2].partition("</body>")[0]
    body = re.sub(r' style="[^"]*"', "", body)
    for tag, its in _CLASSES.items():
        body = re.sub(rf"<{tag}(?=[ >])", f'<{tag} class="{its}"', body)
    return Markup(body)  # noqa: S704 (every fact in it was escaped when it was written)

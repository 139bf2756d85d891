"""How what happens by itself fares, and letting plugins that rest go on."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quarterday.services.access.permissions import Permission
from quarterday.services.background import status as background
from quarterday.services.plugins.pauses import resume as go_on
from quarterday_webforms.council.pages import council
from quarterday_webforms.language import gettext
from quarterday_webforms.site import site
from quarterday_webforms.visiting import may, needs, staff_actor
from quarterday_webforms.widgets import Form


@council.get("/status")
@needs(Permission.SEE_STATUS)
def status() -> ResponseReturnValue:
    """Plugins at work, the clock's jobs, and what was given up."""
    actor = staff_actor(Permission.SEE_STATUS)
    found = background.status(site().uow, actor, authority_id=actor.authority_id or 0)
    return render_template(
        "council/status.html", found=found, may_resume=may(Permission.ADMINISTER), sort=_sort(), most=background.MOST
    )


@council.route("/status/resume", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def resume() -> ResponseReturnValue:
    """Let every plugin that rests for the council go on."""
    uow, actor = site().uow, staff_actor(Permission.ADMINISTER)
    authority_id = actor.authority_id or 0
    paused = background.status(uow, actor, authority_id=authority_id).paused
    back = url_for("council.status")
    if not paused:
        return redirect(back, 303)
    form = Form()
    if form.validate_on_submit():
        for plugin in sorted({part.plugin for part in paused}):
            go_on(uow, actor, authority_id=authority_id, plugin=plugin)
        flash(gettext("What was paused goes on within a few minutes."))
        return redirect(back, 303)
    return render_template("council/resume.html", paused=paused, form=form, back=back), 422 if form.errors else 200


def _sort() -> dict[str, str]:
    """What an outbox row of a kind is, in a word."""
    return {"report": gettext("Report"), "mail": gettext("Mail"), "source": gettext("Reading")}

"""Whom the council reminds of returns, and when: the ladder, what would go out by it, and changing it."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quarterday import Refused
from quarterday.services.access.permissions import Permission
from quarterday.services.record import day_of
from quarterday.services.reminders import ladders, rungs
from quarterday.services.reminders.rungs import Ladder, When
from quarterday.services.reminders.simulating import simulate
from quarterday_webforms.council.pages import council
from quarterday_webforms.council.reminder_form import CALLED, DAYS, LadderForm
from quarterday_webforms.language import gettext, ngettext
from quarterday_webforms.site import site
from quarterday_webforms.texts import listed
from quarterday_webforms.visiting import needs, staff_actor

AHEAD = timedelta(days=30)
MOST = 100
"""How many lines of the mails to come are shown."""


@council.get("/reminders")
@needs(Permission.WORD_MESSAGES)
def reminders() -> ResponseReturnValue:
    """The ladder that holds, and what would go out in the next thirty days."""
    uow, actor = site().uow, staff_actor(Permission.WORD_MESSAGES)
    authority_id, today = actor.authority_id or 0, day_of(site().uow.clock())
    found = ladders.standing(uow, actor, authority_id=authority_id)
    mails = simulate(uow, actor, authority_id=authority_id, first=today, last=today + AHEAD)
    lines = ((mail, line, _said(rungs.rung(line.rung).when)) for mail in mails for line in mail.lines)
    return render_template(
        "council/reminders.html",
        found=found,
        shown=_shown(found.ladder),
        lines=list(islice(lines, MOST)),
        all=sum(len(mail.lines) for mail in mails),
    )


@council.route("/reminders/change", methods=["GET", "POST"])
@needs(Permission.WORD_MESSAGES)
def change_reminders() -> ResponseReturnValue:
    """Another ladder, or the usual one again."""
    uow, actor, back = site().uow, staff_actor(Permission.WORD_MESSAGES), url_for("council.reminders")
    authority_id = actor.authority_id or 0
    found = ladders.standing(uow, actor, authority_id=authority_id)
    form, somebody_elses = LadderForm(found), None
    is_usual = request.form.get("wanted") == "usual"
    if form.is_submitted() and (is_usual or form.validate()):
        wanted = {} if is_usual else form.wanted
        try:
            ladders.set_ladder(uow, actor, authority_id=authority_id, data=wanted, seen=form.seen)
        except Refused as refused:
            form.refuse(refused)
            if form.seen != found.version:
                form.seen_version.data, somebody_elses = str(found.version), _shown(found.ladder)
        else:
            flash(gettext("Saved. Reminders go out like this from now on."))
            return redirect(back, 303)
    page = render_template(
        "council/change_reminders.html", form=form, found=found, somebody_elses=somebody_elses, back=back
    )
    return page, 422 if form.errors else 200


def _shown(of: Ladder) -> dict[str, Any]:
    """A ladder in the words of the page."""
    return {
        "rungs": [(CALLED[one.to], _said(one.when)) for one in rungs.in_order(of.rungs)],
        "hours": gettext("%(first)s to %(last)s", first=f"{of.begins:%H:%M}", last=f"{of.ends:%H:%M}"),
        "weekdays": listed(str(text) for number, text in enumerate(DAYS.values()) if number in of.weekdays),
        "most": of.most,
    }


def _said(when: When) -> str:
    """A time of a rung as the form takes it, in the reader's language."""
    if not when.days:
        return gettext("when it opens") if when.days is None else gettext("on the day")
    number = abs(when.days)
    if when.working:
        if when.days < 0:
            return ngettext("%(num)s working day before", "%(num)s working days before", number)
        return ngettext("%(num)s working day after", "%(num)s working days after", number)
    if when.days < 0:
        return ngettext("%(num)s day before", "%(num)s days before", number)
    return ngettext("%(num)s day after", "%(num)s days after", number)

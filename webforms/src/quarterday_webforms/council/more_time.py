"""Giving one return more time, on a page of its own."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateField, TextAreaField
from wtforms.validators import InputRequired, Length

from quarterday import Refused
from quarterday.services.access.permissions import Permission
from quarterday.services.figures.for_review import for_review
from quarterday.services.returns.extensions import extend
from quarterday_webforms.council.pages import ID, council
from quarterday_webforms.language import day, gettext
from quarterday_webforms.language import lazy_gettext as _
from quarterday_webforms.site import site
from quarterday_webforms.visiting import needs, staff_actor
from quarterday_webforms.widgets import DateInput, Form, TextArea

LONGEST = 4000


class MoreTimeForm(Form):
    """Another day by which a return is in time, and why."""

    due = DateField(
        _("Until when?"),
        format="%d %m %Y",
        widget=DateInput(),
        description=_("The last day on which this return is in time, like 27 3 2027."),
        validators=[InputRequired(_("Enter the last day on which this return is in time, like 27 3 2027"))],
    )
    reason = TextAreaField(
        _("Why?"),
        widget=TextArea(rows=3),
        description=_("It is kept with the new day. The supplier doesn’t read it."),
        validators=[
            InputRequired(_("Say why this return gets more time")),
            Length(max=LONGEST, message=_("Shorten this to 4,000 characters")),
        ],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """As any form; what is no day is said in our own words."""
        good = super().validate(extra_validators)
        if self.due.errors and self.due.raw_data and any(str(part).strip() for part in self.due.raw_data):
            self.due.errors = [gettext("Enter a real day, like 27 3 2027")]
        return bool(good)


@council.route(f"/returns/<{ID}:return_id>/more-time", methods=["GET", "POST"])
@needs(Permission.KEEP_CONTRACTS)
def more_time(return_id: int) -> ResponseReturnValue:
    """Another day for one return; pressed twice, it is given once."""
    actor = staff_actor(Permission.KEEP_CONTRACTS)
    back = url_for("council.check", return_id=return_id)
    form = MoreTimeForm()
    if form.validate_on_submit() and form.due.data is not None:
        found = for_review(site().uow, actor, return_id=return_id)
        try:
            if found.due != form.due.data or found.submissions:
                extend(site().uow, actor, return_id=return_id, due=form.due.data, reason=form.reason.data or "")
            flash(gettext("This return is due by %(day)s now. Its supplier is told.", day=day(form.due.data)))
            return redirect(back, 303)
        except Refused as refused:
            form.due.errors = [str(refused)]
    found = for_review(site().uow, actor, return_id=return_id)
    return render_template("council/more_time.html", found=found, form=form, back=back), 422 if form.errors else 200

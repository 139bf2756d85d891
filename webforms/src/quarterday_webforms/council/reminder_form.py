"""The form of a ladder of reminders: a row for each rung, and when mail goes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wtforms import FieldList, FormField, HiddenField, SelectField, SelectMultipleField, StringField
from wtforms import Form as Part
from wtforms.validators import ValidationError

from quarterday.services.reminders import rungs
from quarterday.services.reminders.ladders import Standing
from quarterday.services.reminders.rungs import MOST_RUNGS, WEEKDAYS, NotALadder, To
from quarterday_webforms.language import gettext
from quarterday_webforms.language import lazy_gettext as _
from quarterday_webforms.widgets import Checkboxes, Form, Select, SelectChoice, TextInput

BLANK_ROWS = 3
CALLED: Mapping[To, str] = {
    To.SUPPLIER: _("Supplier"),
    To.MANAGER: _("Contract manager"),
    To.LEAD: _("Social value lead"),
}
"""Whom a rung speaks to, in the words of the page."""
DAYS: Mapping[str, str] = dict(
    zip(
        WEEKDAYS,
        (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")),
        strict=True,
    )
)


class RungRow(Part):
    """One rung; a row in which nothing is said is none."""

    to = SelectField(
        _("Whom"),
        widget=Select(),
        choices=[SelectChoice("", "–"), *(SelectChoice(to.value, text) for to, text in CALLED.items())],
        validate_choice=False,
    )
    when = StringField(_("When"), widget=TextInput(autocomplete="off", spellcheck=False))

    def validate_to(self, field: Any) -> None:
        """Somebody is chosen where there is a time."""
        if field.data not in list(To) and (field.data or self.text):
            raise ValidationError(gettext("Choose whom to remind, or leave the whole row empty"))

    def validate_when(self, field: Any) -> None:
        """There is a time where somebody is chosen, and it is one."""
        if self.text:
            _read(rungs.when, self.text)
        elif self.to.data:
            raise ValidationError(gettext("Enter when, like “14 days before”, or leave the whole row empty"))

    @property
    def text(self) -> str:
        """The time as it was typed."""
        return (self.when.data or "").strip()


class _Rows(FieldList):  # type: ignore[type-arg]  # when it runs it takes none
    """As many rows as were posted, of those that a ladder can have."""

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        return (number for number in range(MOST_RUNGS) if f"{prefix}-{number}-when" in formdata)


def _time(form: Form, field: Any) -> None:
    _read(rungs.time_of_day, field.data or "")


def _most(form: Form, field: Any) -> None:
    try:
        rungs.ladder({"most": _number(field.data)})
    except NotALadder as problem:
        raise ValidationError(gettext("Enter a number of returns, like 500")) from problem


class LadderForm(Form):
    """Whom an authority reminds, and when."""

    seen_version = HiddenField()
    rungs = _Rows(FormField(RungRow))
    begins = StringField(_("From"), widget=TextInput(width=5), description=_("Like 08:00"), validators=[_time])
    ends = StringField(_("Until"), widget=TextInput(width=5), description=_("Like 18:00"), validators=[_time])
    weekdays = SelectMultipleField(
        _("On which days?"),
        widget=Checkboxes(classes="govuk-checkboxes--small", legend={"classes": "govuk-fieldset__legend--m"}),
        description=_("Never on a bank holiday. What would go out on another day goes out on the next of these."),
        choices=[SelectChoice(name, text) for name, text in DAYS.items()],
        validate_choice=False,
    )
    most = StringField(
        _("How many returns are too many?"),
        widget=TextInput(width=5, inputmode="numeric", label={"classes": "govuk-label--m"}),
        description=_("A mail to one person that would speak of so many or more is a mistake, and is stopped."),
        validators=[_most],
    )

    def __init__(self, found: Standing) -> None:
        now = rungs.as_data(found.ladder)
        rows = [{"to": one.to.value, "when": str(one.when)} for one in rungs.in_order(found.ladder.rungs)]
        blank = [{"to": "", "when": ""}] * BLANK_ROWS
        begins, ends = now["hours"]
        shown = {
            "seen_version": str(found.version),
            "rungs": (rows + blank)[:MOST_RUNGS],
            "begins": begins,
            "ends": ends,
            "weekdays": now["weekdays"],
            "most": str(now["most"]),
        }
        super().__init__(data=shown)

    def validate_rungs(self, field: Any) -> None:
        """No rung stands there twice."""
        there: set[tuple[str, str]] = set()
        for row in self._rows():
            if row.errors or not row.text:
                continue
            rung = (row.to.data, str(rungs.when(row.text)))
            if rung in there:
                why = gettext("This reminder is there already; change it, or leave the whole row empty")
                row.when.errors = [why]
                raise ValidationError(why)
            there.add(rung)

    def validate_ends(self, field: Any) -> None:
        """The hours end after they begin."""
        if not field.errors and not self.begins.errors:
            _read(rungs.ladder, {"hours": [self.begins.data, field.data]})

    def validate_weekdays(self, field: Any) -> None:
        """There is a day on which mail goes out."""
        _read(rungs.ladder, {"weekdays": field.data})

    @property
    def seen(self) -> int:
        """The version that was shown; -1 for what is no number."""
        return _number(self.seen_version.data)

    @property
    def wanted(self) -> dict[str, Any]:
        """What was typed, as a use case takes it."""
        return {
            "rung": [{"to": row.to.data, "when": row.text} for row in self._rows() if row.text],
            "hours": [self.begins.data, self.ends.data],
            "weekdays": self.weekdays.data,
            "most": _number(self.most.data),
        }

    def _rows(self) -> list[RungRow]:
        return [entry.form for entry in self.rungs]


def _read(rule: Any, typed: Any) -> None:
    """Have a rule of ladders read what was typed, and say at the field what it says."""
    try:
        rule(typed)
    except NotALadder as problem:
        raise ValidationError(str(problem)) from problem


def _number(typed: str | None) -> int:
    """The number that was typed; -1 for what is none."""
    text = (typed or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else -1

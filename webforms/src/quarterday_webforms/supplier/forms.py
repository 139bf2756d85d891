"""The forms around entries: pressing a button, declaring, evidence, an answer, a late claim."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wtforms import BooleanField, Field, FileField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from quarterday.services.figures.in_hand import InHand
from quarterday_webforms.language import lazy_gettext as _
from quarterday_webforms.texts import span
from quarterday_webforms.widgets import Checkboxes, FileInput, Form, Radios, Select, SelectChoice, TextArea, TextInput


def blame(field: Field, why: object) -> None:
    """Show a sentence at a field."""
    field.errors = [str(why)]


class PressForm(Form):
    """A button, and the version of the return that its page showed."""

    seen_version = HiddenField()

    def __init__(self, version: int) -> None:
        super().__init__()
        self.seen_version.data = str(version)


class DeclareForm(Form):
    """In which role somebody declares a return to be true."""

    seen_version = HiddenField()
    declared_as = StringField(
        _("Your role"),
        widget=TextInput(autocomplete="organization-title", width=20),
        description=_("What you are in your organisation, like “finance manager”. Not your name."),
        validators=[DataRequired(_("Enter your role, like “finance manager”"))],
    )
    declare = BooleanField(
        _("I declare that this is true and complete as far as I know"),
        widget=Checkboxes(),
        validators=[InputRequired(_("Tick the box to declare that the return is true"))],
    )


class EvidenceForm(Form):
    """Evidence to add: a file, a link, a statement, or several of them at once."""

    file = FileField(_("A file"), widget=FileInput())
    link = StringField(
        _("Or the address of a page"),
        widget=TextInput(type="url", autocomplete="off", spellcheck=False),
        description=_("Like https://example.org/photos. Without a name or password in it."),
    )
    statement = TextAreaField(
        _("Or a statement in words"), widget=TextArea(), description=_("What you can confirm, without anybody’s name.")
    )


class AnswerForm(Form):
    """An answer to the council's question, in words."""

    answer = TextAreaField(_("Your answer"), widget=TextArea(), description=_("Without anybody’s name."))


def _offered(why: str) -> Callable[[Form, Any], None]:
    """A check that what was chosen is among what is offered, in a sentence of our own."""

    def check(form: Form, field: Any) -> None:
        if field.data not in [choice.value for choice in field.choices]:
            raise ValidationError(why)

    return check


class LateForm(Form):
    """For which past period a late claim is, and for which measure."""

    period = RadioField(
        _("When was it done?"),
        widget=Radios(),
        validators=[_offered(_("Choose when it was done"))],
        validate_choice=False,
    )
    measure = SelectField(
        _("What is it for?"),
        widget=Select(),
        validators=[_offered(_("Choose what it is for"))],
        validate_choice=False,
    )

    def __init__(self, found: InHand, **data: Any) -> None:
        super().__init__(data=data)
        self.period.choices = [
            SelectChoice(str(period_id), f"{period.name}: {span(period.first, period.last)}")
            for period_id, period in found.past
        ]
        measures = [*(task.measure for task in found.tasks), *found.others]
        self.measure.choices = [SelectChoice(measure.ref, f"{measure.ref}: {measure.title}") for measure in measures]


class SpreadsheetForm(Form):
    """A return that was filled in as a spreadsheet."""

    seen_version = HiddenField()
    file = FileField(
        _("Your spreadsheet"), widget=FileInput(), description=_("The one you downloaded here, as .xlsx or .csv.")
    )

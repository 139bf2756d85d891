"""The forms about people: who joins, in which role, and what becomes of somebody."""

from __future__ import annotations

from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from quarterday.services.access.permissions import MemberRole
from quarterday.services.access.roster import Person
from quarterday_webforms.language import gettext
from quarterday_webforms.language import lazy_gettext as _
from quarterday_webforms.widgets import Form, Radios, SelectChoice, TextInput


class PersonForm(Form):
    """Somebody who is to report for a supplier, whoever adds them."""

    name = StringField(
        _("Name"),
        widget=TextInput(autocomplete="off", spellcheck=False),
        validators=[InputRequired(_("Enter the person’s name")), Length(max=200, message=_("Shorten the name"))],
    )
    email = StringField(
        _("E-mail address"),
        widget=TextInput(type="email", autocomplete="off", spellcheck=False),
        description=_("Links to sign in go to this address, so it has to be the person’s own."),
        validators=[InputRequired(_("Enter an e-mail address, like name@example.org"))],
    )


class ColleagueForm(PersonForm):
    """Somebody who is to work for the council, and in which role."""

    role = RadioField(
        _("Role"), widget=Radios(legend={"classes": "govuk-fieldset__legend--m"}), validate_choice=False,
        validators=[InputRequired(_("Choose a role"))],
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        says = {
            MemberRole.MANAGER: gettext("Checks returns, and looks after contracts"),
            MemberRole.LEAD: gettext("The same, and decides on values, local areas and the words of messages"),
            MemberRole.ADMINISTRATOR: gettext("The same, and decides who works here; needs an authenticator app"),
        }
        self.role.choices = [SelectChoice(role, called(role), {"hint": {"text": text}}) for role, text in says.items()]


class ChangeForm(Form):
    """What becomes of a colleague."""

    change = RadioField(
        _("What do you want to change?"),
        widget=Radios(legend={"classes": "govuk-fieldset__legend--m"}), validate_choice=False,
        validators=[InputRequired(_("Choose what you want to change"))],
    )  # fmt: skip

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.change.choices = [
            *(
                SelectChoice(role, gettext("Make them %(role)s", role=called(role)))
                for role in (MemberRole.MANAGER, MemberRole.LEAD, MemberRole.ADMINISTRATOR)
                if role != person.role
            ),
            SelectChoice("welcome", gettext("Send them the mail again that says where to sign in")),
            SelectChoice("sign out", gettext("Sign them out of every browser")),
            *(
                [SelectChoice("reset", gettext("Take their authenticator app away"))]
                if person.has_second_factor
                else []
            ),
            SelectChoice("end", gettext("End their role: they can do nothing here any more")),
        ]


def called(role: MemberRole) -> str:
    """What a role is called."""
    return {
        MemberRole.MANAGER: gettext("contract manager"),
        MemberRole.LEAD: gettext("social value lead"),
        MemberRole.ADMINISTRATOR: gettext("administrator"),
        MemberRole.SUPPLIER: gettext("supplier"),
    }[role]

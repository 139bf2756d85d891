"""The forms of signing in."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import InputRequired

from quarterday_webforms.language import lazy_gettext as _
from quarterday_webforms.widgets import Form, TextInput


class AskForm(Form):
    """Who wants to sign in."""

    email = StringField(
        _("E-mail address"),
        widget=TextInput(type="email", autocomplete="email", spellcheck=False),
        description=_("We’ll send a link to this address. There is no password."),
        validators=[InputRequired(_("Enter your e-mail address, like name@example.org"))],
    )


class UseForm(Form):
    """Pressing the button behind a link that was asked for in this browser, or that needs no asking browser."""


class DigitsForm(Form):
    """The same in another browser."""

    digits = StringField(
        _("Six digits"),
        widget=TextInput(inputmode="numeric", autocomplete="one-time-code", classes="govuk-input--width-10"),
        description=_("The browser in which you asked for the link shows them."),
        validators=[InputRequired(_("Enter the six digits that the other browser shows"))],
    )


class CodeForm(Form):
    """A code of the authenticator app."""

    code = StringField(
        _("Code"),
        widget=TextInput(inputmode="numeric", autocomplete="one-time-code", classes="govuk-input--width-10"),
        description=_("The six digits that your authenticator app shows now."),
        validators=[InputRequired(_("Enter the six digits that your authenticator app shows"))],
    )


class RecoveryForm(Form):
    """A recovery code."""

    code = StringField(
        _("Recovery code"),
        widget=TextInput(autocomplete="off", spellcheck=False, classes="govuk-input--width-20"),
        description=_("One of the codes you kept when you set up your app, like abcd-efgh-2345."),
        validators=[InputRequired(_("Enter one of your recovery codes"))],
    )

"""The forms of the council's decisions."""

from __future__ import annotations

from typing import Any

from wtforms import Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from quarterday.services.figures.for_review import Checked
from quarterday.services.messages.wording import LONGEST as LONGEST_MESSAGE
from quarterday.services.messages.wording import Wording
from quarterday_webforms.language import gettext
from quarterday_webforms.language import lazy_gettext as _
from quarterday_webforms.widgets import Form, Radios, Select, SelectChoice, TextArea, TextInput

LONGEST = 4000
"""How many signs a reason may have: two pages."""
_SHORT_ENOUGH = Length(max=LONGEST, message=_("Shorten this to 4,000 characters"))
PHRASES: dict[str, Any] = {
    "where": _("In which area do they live, or where is the firm? It decides whether this counts as local."),
    "evidence": _("Please add evidence that shows this, like a letter, a list of dates or a photo of the event."),
    "once": _("Is this the same person, event or sum as in another entry? Each counts once."),
    "dates": _("On which dates was this done?"),
    "worked-out": _("How did you work out this figure?"),
    "words": _("Please say in a sentence or two what was done."),
}
"""What reviewers ask often."""


class DecideForm(Form):
    """One decision on one entry; what only some decisions need is asked for with these."""

    seen_version = HiddenField()
    decision = RadioField(
        _("What do you decide?"),
        widget=Radios(legend={"classes": "govuk-fieldset__legend--m"}),
        validators=[InputRequired(_("Choose what you decide"))],
    )
    quantity = StringField(_("How much do you accept?"), widget=TextInput(width=10, inputmode="decimal"))
    part_reason = TextAreaField(
        _("Why only a part, or another quantity?"),
        widget=TextArea(rows=3),
        description=_("The supplier reads this."),
        validators=[_SHORT_ENOUGH],
    )
    phrase = SelectField(_("A question that is often asked (optional)"), widget=Select(), validate_choice=False)
    question = TextAreaField(
        _("Your own words"),
        widget=TextArea(rows=3),
        description=_("The supplier reads this, after the question above where you chose one."),
        validators=[_SHORT_ENOUGH],
    )
    reject_reason = TextAreaField(
        _("Why doesn’t it count?"),
        widget=TextArea(rows=3),
        description=_("The supplier reads this."),
        validators=[_SHORT_ENOUGH],
    )

    def __init__(self, entry: Checked, counts: str) -> None:
        """``counts`` is what the rules let count of the entry, with its unit."""
        super().__init__()
        if not self.is_submitted() and not self.seen_version.data:
            self.seen_version.data = str(entry.newest)
        self.decision.choices = [SelectChoice(value, text) for value, text in _decisions(entry, counts) if text]
        self.phrase.choices = [SelectChoice("", "–"), *(SelectChoice(key, text) for key, text in PHRASES.items())]

    @property
    def asks(self) -> str:
        """The question to the supplier: the phrase that was chosen, then the reviewer's own words."""
        phrase = str(PHRASES.get(self.phrase.data or "", ""))
        return " ".join(text for text in (phrase, (self.question.data or "").strip()) if text)

    @property
    def blamed(self) -> Field:
        """The field in which the chosen decision is explained."""
        by = {"part": self.part_reason, "query": self.question, "reject": self.reject_reason}
        return by.get(self.decision.data, self.decision)


class ManyForm(Form):
    """Accepting several entries in one press: those that its page showed."""

    entries = HiddenField()

    @property
    def shown(self) -> set[int]:
        """The ids of the entries that the page showed."""
        texts = (self.entries.data or "").split(",")
        return {int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19}


class MessageForm(Form):
    """The words of one kind of message."""

    seen_version = HiddenField()
    source = TextAreaField(
        _("Words"),
        widget=TextArea(rows=18, spellcheck=True),
        description=_(
            "Begin with a line “Subject: …”. Leave a blank line between paragraphs. Lines that begin with * are a "
            "list, and “> Words: ((link))” becomes a button."
        ),
        validators=[Length(max=LONGEST_MESSAGE, message=_("Shorten this to 10,000 characters"))],
    )

    def __init__(self, found: Wording) -> None:
        super().__init__()
        if not self.is_submitted():
            self.seen_version.data = str(found.version)
            self.source.data = found.source

    @property
    def seen(self) -> int:
        """The version that was shown; -1 for what is no number."""
        text = str(self.seen_version.data)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else -1


def _decisions(entry: Checked, counts: str) -> list[tuple[str, str]]:
    as_it_is = "" if entry.counts_for_nothing else gettext("Accept it as it is counted: %(amount)s", amount=counts)
    return [
        ("accept", as_it_is),
        ("part", gettext("Accept a part, or another quantity") if entry.measure.unit.is_counted else ""),
        ("query", gettext("Ask the supplier about it")),
        ("reject", gettext("Reject it: none of it counts")),
    ]

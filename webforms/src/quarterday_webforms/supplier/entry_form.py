"""The form of one entry: the boxes that its measure needs, as they were typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from wtforms import DateField, HiddenField, RadioField, StringField, TextAreaField

from quarterday import Measure
from quarterday_webforms.language import gettext
from quarterday_webforms.language import lazy_gettext as _
from quarterday_webforms.supplier.forms import blame
from quarterday_webforms.supplier.wording import QUESTIONS, SUFFIXES, of_cell, quantity_question
from quarterday_webforms.widgets import DateInput, Form, Hidden, Radios, SelectChoice, TextArea, TextInput

YES_OR_NO = (SelectChoice("yes", _("Yes")), SelectChoice("no", _("No")))
_YES, _NO = {"yes", "y", "true"}, {"no", "n", "false"}


class TypedDay(DateField):
    """A day in three boxes, kept as it was typed: what is no day is told by the use case that saves it."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep whatever was posted; nothing is parsed here."""

    @property
    def typed(self) -> str:
        """What the boxes say, as one cell: 27/3/2026."""
        parts = [str(part).strip() for part in (self.raw_data or [])[:3]]
        return "/".join([*parts, "", ""][:3]) if any(parts) else ""

    def show(self, text: str) -> None:
        """Put a cell back into the boxes; what is no day stands in the first one."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            parts = text.split("/")
            self.raw_data = parts if len(parts) == 3 else [text, "", ""]
        else:
            self.raw_data = [str(day.day), str(day.month), str(day.year)]


def _line(field: str, width: int = 0, **look: Any) -> StringField:
    label, hint = QUESTIONS[field]
    if field in SUFFIXES:
        look["suffix"] = SUFFIXES[field]
    return StringField(label, description=hint, widget=TextInput(**({"width": width} if width else {}), **look))


def _number(field: str, width: int = 5) -> StringField:
    return _line(field, width, inputmode="decimal", autocomplete="off", spellcheck=False)


def _choice(field: str) -> RadioField:
    label, hint = QUESTIONS[field]
    radios = Radios(classes="govuk-radios--inline")
    return RadioField(label, description=hint, choices=list(YES_OR_NO), widget=radios, validate_choice=False)


def _day(field: str) -> TypedDay:
    label, hint = QUESTIONS[field]
    return TypedDay(label, description=hint, widget=DateInput())


class EntryForm(Form):
    """Every box that an entry can have, in the order in which they are asked; a measure's form has those it needs."""

    seen_version = HiddenField(widget=Hidden())
    ref = HiddenField(widget=Hidden())
    activity = _line("activity", autocomplete="off")
    people = _number("people")
    full_time_share = _number("full_time_share")
    weekly_hours = _number("weekly_hours")
    months = _number("months")
    weeks = _number("weeks")
    hours = _number("hours")
    attendees = _number("attendees")
    quantity = StringField()
    is_in_place = RadioField(
        _("Is it in place?"),
        choices=list(YES_OR_NO),
        widget=Radios(classes="govuk-radios--inline"),
        validate_choice=False,
        name="quantity",
    )
    staff_hours = _number("staff_hours")
    expert_hours = _number("expert_hours")
    started = _day("started")
    ended = _day("ended")
    part_postcode = _line("part_postcode", 5, autocomplete="off", spellcheck=False)
    is_local = _choice("is_local")
    is_through_programme = _choice("is_through_programme")
    is_completed = _choice("is_completed")
    baseline = _number("baseline", 10)
    baseline_year = _line("baseline_year", 4, inputmode="numeric", autocomplete="off")
    after = _number("after", 10)
    has_net_zero_policy = _choice("has_net_zero_policy")
    checked_by = _line("checked_by", autocomplete="off")
    industry = _line("industry", 20, autocomplete="off")
    contract_share = _number("contract_share")
    counted_once = _line("counted_once", autocomplete="off")
    words = TextAreaField(QUESTIONS["words"][0], description=QUESTIONS["words"][1], widget=TextArea(rows=4))

    @property
    def boxes(self) -> list[Any]:
        """The fields that are shown, in order."""
        return [field for field in self if field.name not in ("seen_version", "ref", "csrf_token")]

    def typed(self) -> dict[str, str]:
        """The cells as typed, by field of a return."""
        return {
            field.name: (field.typed if isinstance(field, TypedDay) else str(field.data or "")).strip()
            for field in self.boxes
        }

    def say_all(self, problems: Iterable[Any]) -> None:
        """Show what is wrong with the cells, each at its box; of what has none, above the form."""
        boxes = {field.name: field for field in self.boxes}
        for problem in problems:
            if problem.field in boxes:
                blame(boxes[problem.field], of_cell(problem.why))
            else:
                self.refuse(of_cell(problem.why))


def entry_form(measure: Measure, asked: Iterable[str], typed: Mapping[str, str]) -> EntryForm:
    """The form of a measure with these boxes, as they were posted, else as they are ``typed`` already."""
    cells: dict[str, Any] = {field: _plain(text) for field, text in typed.items()}
    cells |= {"started": None, "ended": None, "is_in_place": cells.get("quantity"), "ref": measure.ref}
    wanted = frozenset(asked)
    if measure.unit.entered.name == "ANSWER" and "quantity" in wanted:
        wanted = wanted - {"quantity"} | {"is_in_place"}
    form = _with_boxes(wanted & _BOXES)(data=cells)  # names as posted may be anybody's, and classes are kept
    for name in ("started", "ended"):
        if name in form and form[name].raw_data is None:
            form[name].show(typed.get(name, ""))
    if "quantity" in form:
        _ask_quantity(form, measure)
    return form


_BOXES = frozenset(name for name, field in vars(EntryForm).items() if hasattr(field, "_formfield"))
_ALWAYS = {"seen_version", "ref"}


@lru_cache(500)
def _with_boxes(wanted: frozenset[str]) -> type[EntryForm]:
    """The form with these boxes alone, made once: a measure's page draws it for every visitor."""
    return type("EntryForm", (EntryForm,), dict.fromkeys(_BOXES - wanted - _ALWAYS))


def _ask_quantity(form: EntryForm, measure: Measure) -> None:
    """Word the one box whose meaning is the measure's unit."""
    entered, unit = measure.unit.entered.name, measure.unit_words
    label, hint = quantity_question(entered, unit, from_before_and_after="baseline" in form)
    form.quantity.label.text, form.quantity.description = label, hint
    look: dict[str, Any] = {"width": 10, "inputmode": "decimal", "autocomplete": "off", "spellcheck": False}
    if entered in ("MONEY", "INVESTED"):
        look["prefix"] = "£"
    else:
        look["suffix"] = {"PERCENT": "%", "WEEKS": gettext("weeks")}.get(entered, unit)
    form.quantity.widget = TextInput(**look)


def _plain(text: str) -> str:
    """A cell as its box shows it: yes and no in one spelling."""
    said = text.strip().casefold()
    return "yes" if said in _YES else "no" if said in _NO else text

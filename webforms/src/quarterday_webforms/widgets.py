"""Forms whose fields draw themselves as GOV.UK components: the one module where WTForms meets them.

A widget takes what its component takes (see the design system), with shorter words for what is common::

    weeks = DecimalField(_("Weeks"), widget=TextInput(suffix=_("weeks"), inputmode="decimal", width=5),
                         description=_("Like 12 or 12.5"), validators=[InputRequired(_("Enter the number of weeks"))])

``prefix``, ``suffix``, ``hint``, ``label`` and ``legend`` may be plain text, ``width`` is that of an input in
characters, and ``heading=True`` makes the label or legend the page's heading. The same may be given when it is drawn:
``{{ form.weeks(hint=…) }}``; what is given there wins. The hint is the field's description; errors come from the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import current_app, g
from flask_wtf import FlaskForm
from markupsafe import Markup
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import DateField, Field, FieldList, FileField, FormField, MultipleFileField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs know WTForms 3.2
from wtforms.form import BaseForm
from wtforms.widgets import HiddenInput

from quarterday_webforms import security
from quarterday_webforms.language import gettext, language

__all__ = [
    "CharacterCount",
    "Checkboxes",
    "Component",
    "DateInput",
    "FileInput",
    "Form",
    "Hidden",
    "PasswordInput",
    "Radios",
    "Select",
    "SelectChoice",
    "SubmitButton",
    "TextArea",
    "TextInput",
    "draw",
    "error_list",
]

Params = dict[str, Any]

_HIDDEN = Markup('<input id="%s" name="%s" type="hidden" value="%s">')

_KEPT = 2000
"""How many drawn controls are kept, each of some 500 bytes."""
_TEXTS = ("prefix", "suffix", "hint", "label", "legend")
"""Parameters that may be given as plain text instead of a mapping."""


class Form(FlaskForm):  # type: ignore[misc]
    """The forms of our pages. A view adds what a use case refuses with :meth:`refuse`."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Reads what was posted so that no field meets what it doesn't expect."""

        def build_csrf(self, form: BaseForm) -> Any:
            """The same, with the token that is kept for this visitor."""
            security.token()
            return super().build_csrf(form)

        def wrap_formdata(self, form: BaseForm, formdata: Any) -> Any:
            """What was posted: texts for every field, files for fields of files only, line ends as on the screen.

            NUL characters, which nobody can type and PostgreSQL can't store, are left out.
            """
            posted = super().wrap_formdata(form, formdata)
            if posted is None:
                return MultiDict(typed) if (typed := g.get("typed")) else None  # kept while they signed in again
            takes_files = {field.name for field in form if isinstance(field, (FileField, MultipleFileField))}
            found: MultiDict[str, Any] = MultiDict()
            for name, values in posted.lists():
                for value in values:
                    if isinstance(value, FileStorage) != (name in takes_files):
                        continue
                    found.add(name, value.replace("\r\n", "\n").replace("\0", "") if isinstance(value, str) else value)
            return found

    @property
    def has_files(self) -> bool:
        """Whether it sends files."""
        return any(isinstance(field, (FileField, MultipleFileField)) for field in self)

    def refuse(self, why: object) -> None:
        """Show a sentence, like that of a :class:`~quarterday.Refused`, in the summary above the form."""
        self.form_errors.append(str(why))


def error_list(form: BaseForm) -> list[dict[str, str]]:
    """The faults of a form for its error summary, each with a link to a control that can take focus.

    A fault of the form as a whole comes first and leads nowhere.
    """
    links = [{"text": str(text)} for text in form.form_errors]
    for field in form:
        links += _links(field)
    return links


def _links(field: Field) -> list[dict[str, str]]:
    """The faults of one field, or of those inside it."""
    if isinstance(field, FormField):
        return error_list(field.form)
    if isinstance(field, FieldList):
        inside = [link for entry in field for link in _links(entry)]
        return inside or [{"text": str(text)} for text in field.errors]
    if not field.errors:
        return []
    control = f"{field.id}-day" if isinstance(field, DateField) else field.id
    return [{"text": str(field.errors[0]), "href": f"#{control}"}]


class Component:
    """A widget that draws a field with a macro of ``templates/govuk``."""

    file: str
    """The macro's file, which is the component's name."""
    macro: str
    is_group: bool = False
    """Whether the field's label is the legend of a group of controls."""

    def __init__(self, **params: Any) -> None:
        self.params = params
        self._shape = _frozen(params)

    def __call__(self, field: Any, **params: Any) -> Markup:
        """The field's HTML."""
        shape = None if _holds_something(field) or "items" in params else self._shape_of(field, params)
        kept: dict[Any, Markup] = current_app.extensions.setdefault("quarterday controls", {})
        if (found := kept.get(shape)) is None:
            found = draw(self.file, self.macro, self.look(field, _merged(self.params, params)))
            if shape is not None:
                if len(kept) >= _KEPT:
                    kept.clear()
                kept[shape] = found
        return found

    def _shape_of(self, field: Any, params: Params) -> Any:
        """All that a blank control's look turns on."""
        choices = [(one.value, one.label, one.render_kw) for one in getattr(field, "iter_choices", tuple)()]
        return (
            (self.macro, type(field), field.id, field.name, language(), self._shape),
            (str(field.label.text), str(field.description), _frozen(choices), _frozen(params)),
            tuple([getattr(limit, "max", None) for limit in field.validators]),
        )

    def look(self, field: Any, given: Params) -> Params:
        """The component's parameters for the field as it stands."""
        heading = given.pop("heading", False)
        label = "legend" if self.is_group else "label"
        look: Params = {"id": field.id, "name": field.name, label: {"text": field.label.text}}
        if field.description:
            look["hint"] = {"text": field.description}
        if field.errors:
            look["errorMessage"] = {"text": field.errors[0]}
        look = _merged(look, given)
        if heading:
            size = f"govuk-{'fieldset__legend' if self.is_group else 'label'}--l"
            look[label] = {"isPageHeading": True, "classes": size, **look[label]}
        if not (look.get("hint") or {}).get("text") and not (look.get("hint") or {}).get("html"):
            look.pop("hint", None)  # an empty hint would be read out as one
        if self.is_group:
            look["idPrefix"] = field.id
            look["fieldset"] = _merged({"legend": look.pop("legend")}, look.get("fieldset", {}))
        return look


class TextInput(Component):
    """One line of text."""

    file, macro = "input", "govukInput"

    def look(self, field: Any, given: Params) -> Params:
        """Adds what was typed, and the width."""
        width = given.pop("width", None)
        look = _merged({"value": field._value()}, super().look(field, given))
        if width:
            look["classes"] = f"govuk-input--width-{width} {look.get('classes', '')}".strip()
        return look


class Hidden(HiddenInput):
    """What goes with a form unseen, drawn as WTForms draws it, in a tenth of the time."""

    def __call__(self, field: Any, **params: Any) -> Markup:
        """The field's HTML; it takes no parameters."""
        return _HIDDEN % (field.id, field.name, field._value())


class PasswordInput(Component):
    """A secret; what was typed is never sent back."""

    file, macro = "password-input", "govukPasswordInput"


class TextArea(Component):
    """Several lines of text."""

    file, macro = "textarea", "govukTextarea"

    def look(self, field: Any, given: Params) -> Params:
        """Adds what was typed."""
        return _merged({"value": field._value()}, super().look(field, given))


class CharacterCount(TextArea):
    """Several lines of text with a limit, which is the field's ``Length`` validator's unless one is given."""

    file, macro = "character-count", "govukCharacterCount"

    def look(self, field: Any, given: Params) -> Params:
        """Adds the limit."""
        look = super().look(field, given)
        limits = [limit for one in field.validators if (limit := getattr(one, "max", -1)) > 0]
        if limits and "maxwords" not in look:
            look.setdefault("maxlength", min(limits))
        return look


class Radios(Component):
    """One of several choices. Extra for one item, like a hint or what it opens, stands in its ``SelectChoice``'s
    ``render_kw``, or is given as ``items={value: {...}}`` when drawn."""

    file, macro, is_group = "radios", "govukRadios", True

    def look(self, field: Any, given: Params) -> Params:
        """Adds the choices."""
        extra = given.pop("items", {})
        look = super().look(field, given)
        items = _items(field.iter_choices(), "checked")
        look["items"] = [_merged(item, extra.get(item["value"], {})) for item in items]
        return look


class Checkboxes(Radios):
    """Any of several choices; for a field that is true or false, one box with the field's label."""

    file, macro = "checkboxes", "govukCheckboxes"

    def look(self, field: Any, given: Params) -> Params:
        """Adds the choices, or the one box."""
        if hasattr(field, "iter_choices"):
            return super().look(field, given)
        look = Component.look(self, field, given)
        label = look.pop("fieldset")["legend"]
        look["items"] = [{"value": field._value(), "checked": bool(field.data), **label}]
        return look


class Select(Component):
    """One of many choices, in groups where the choices have them."""

    file, macro = "select", "govukSelect"

    def look(self, field: Any, given: Params) -> Params:
        """Adds the choices."""
        look = super().look(field, given)
        if field.has_groups():
            groups = [(name, _items(choices, "selected")) for name, choices in field.iter_groups()]
            look["items"] = [
                item for name, items in groups for item in ([{"text": name, "items": items}] if name else items)
            ]
        else:
            look["items"] = _items(field.iter_choices(), "selected")
        return look


class DateInput(Component):
    """A day in three boxes, for a ``DateField`` of the format ``%d %m %Y``."""

    file, macro, is_group = "date-input", "govukDateInput", True

    def look(self, field: Any, given: Params) -> Params:
        """Adds what was typed in each box, however many parts were sent."""
        look = super().look(field, given)
        if field.raw_data is not None:
            typed = [str(part) for part in field.raw_data[:3]]
        else:
            typed = [str(field.data.day), str(field.data.month), str(field.data.year)] if field.data else []
        wrong = " govuk-input--error" if field.errors else ""
        parts = (("day", gettext("Day"), 2), ("month", gettext("Month"), 2), ("year", gettext("Year"), 4))
        look["items"] = [
            {
                "id": f"{field.id}-{part}",
                "name": field.name,
                "label": label,
                "classes": f"govuk-input--width-{width}{wrong}",
                "value": value,
            }
            for (part, label, width), value in zip(parts, [*typed, "", "", ""], strict=False)
        ]
        return look


class FileInput(Component):
    """One file, or several for a ``MultipleFileField``."""

    file, macro = "file-upload", "govukFileUpload"

    def look(self, field: Any, given: Params) -> Params:
        """Adds whether several may be chosen."""
        return _merged({"multiple": isinstance(field, MultipleFileField)}, super().look(field, given))


class SubmitButton(Component):
    """A button that sends the form; pressed twice in a second it sends it once."""

    file, macro = "button", "govukButton"

    def look(self, field: Any, given: Params) -> Params:
        """A button has neither hint nor error."""
        words = {"id": field.id, "name": field.name, "value": "1", "text": field.label.text, "preventDoubleClick": True}
        return _merged(words, given)


def draw(file: str, macro: str, params: Params) -> Markup:
    """What a component's macro draws from its parameters."""
    drawn: Markup = getattr(current_app.jinja_env.get_template(f"govuk/{file}.html").module, macro)(params)
    return drawn


def _holds_something(field: Any) -> bool:
    """Whether a control differs from visitor to visitor; it isn't kept then, so that nothing is that they typed."""
    return bool(
        field.errors
        or field.data
        or any(getattr(field, "raw_data", None) or ())
        or (hasattr(field, "has_groups") and field.has_groups())
    )


def _frozen(value: Any) -> Any:
    """The same as something that can be looked up, a text that is translated late as it reads now."""
    if isinstance(value, dict):
        return tuple([(name, _frozen(inner)) for name, inner in value.items()])
    if isinstance(value, (list, tuple)):
        return tuple([_frozen(inner) for inner in value])
    return type(value), str(value)


def _items(choices: Iterable[Any], chosen: str) -> list[Params]:
    """Choices as the items of a component, which says in its own word which of them is chosen."""
    return [{"value": one.value, "text": one.label, chosen: one.selected, **one.render_kw} for one in choices]


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Params:
    """Parameters with others laid over them, mappings within mappings, plain text where a mapping is meant."""
    found = {name: _spelt_out(name, value) for name, value in under.items()}
    for name, value in over.items():
        value = _spelt_out(name, value)
        before = found.get(name)
        found[name] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return found


def _spelt_out(name: str, value: Any) -> Any:
    if name in _TEXTS and not isinstance(value, Mapping) and value is not None:
        return {"text": value}
    return value

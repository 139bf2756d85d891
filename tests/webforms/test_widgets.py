"""Fields draw themselves as components, whatever was posted, and every fault leads to a control that takes focus."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FieldList,
    FileField,
    FormField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.validators import InputRequired, Length

from quarterday_webforms import look
from quarterday_webforms.theme import Theme
from quarterday_webforms.widgets import (
    CharacterCount,
    Checkboxes,
    DateInput,
    FileInput,
    Form,
    PasswordInput,
    Radios,
    Select,
    SelectChoice,
    SubmitButton,
    TextArea,
    TextInput,
    error_list,
)


class Part(PlainForm):
    count = IntegerField("People", widget=TextInput(), validators=[InputRequired("Enter the number of people")])


class Everything(Form):
    weeks = DecimalField(
        "Weeks",
        widget=TextInput(prefix="£", suffix="weeks", inputmode="decimal", width=5),
        description="Like 12 or 12.5",
        validators=[InputRequired("Enter the number of weeks")],
    )
    title = StringField("Title", widget=TextInput(), validators=[InputRequired("Enter a title")])
    secret = PasswordField("Secret", widget=PasswordInput(), validators=[InputRequired("Enter the secret")])
    note = TextAreaField("Note", widget=TextArea(rows=3), validators=[InputRequired("Enter a note")])
    words = TextAreaField(
        "Words", widget=CharacterCount(), validators=[InputRequired("Enter words"), Length(max=10, message="Too long")]
    )
    kind = RadioField(
        "Kind",
        widget=Radios(heading=True),
        choices=[SelectChoice("a", "A", render_kw={"hint": {"text": "The first"}}), SelectChoice("b", "B")],
        validators=[InputRequired("Select a kind")],
    )
    themes = SelectMultipleField(
        "Themes",
        widget=Checkboxes(),
        choices=[SelectChoice("j", "Jobs"), SelectChoice("g", "Growth")],
        validators=[InputRequired("Select a theme")],
    )
    agreed = BooleanField("I declare that it is true", widget=Checkboxes(), validators=[InputRequired("Declare it")])
    lot = SelectField(
        "Lot",
        widget=Select(),
        choices=[
            SelectChoice("", "Choose"),
            SelectChoice("1", "One", optgroup="North"),
            SelectChoice("2", "Two", optgroup="South"),
        ],
        validators=[InputRequired("Choose a lot")],
    )
    ended = DateField("End", format="%d %m %Y", widget=DateInput(), validators=[InputRequired("Enter the end")])
    file = FileField("Evidence", widget=FileInput(), validators=[InputRequired("Select a file")])
    part = FormField(Part)
    many = FieldList(StringField("One", widget=TextInput(), validators=[InputRequired("Enter one")]), min_entries=1)
    submit = SubmitField("Continue", widget=SubmitButton())


PAGE = """{% extends "form_page.html" %}
{% block title %}Everything{% endblock %}
{% block fields %}
{% for name in ("weeks", "title", "secret", "note", "words", "kind", "themes", "agreed", "lot", "ended", "file") %}
{{ form[name]() }}
{% endfor %}
{{ form.part.form.count() }}{{ form.many[0]() }}
{% endblock %}
{% block submit %}{{ form.submit() }}{% endblock %}"""


@pytest.fixture
def app() -> Flask:
    app = Flask("quarterday_webforms")
    app.config.update(SECRET_KEY="not a secret", WTF_CSRF_ENABLED=False)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    CSRFProtect(app)
    Babel(app)
    look.teach(app, Theme())

    def page() -> str:
        form = Everything()
        if form.validate_on_submit():
            return "taken"
        if form.title.data == "refused":
            form.refuse("The whole <form> is wrong.")
        return render_template_string(PAGE, form=form, back="/before")

    app.add_url_rule("/", "page", page, methods=["GET", "POST"])
    return app


def posted(app: Flask, **data: Any) -> str:
    answer = app.test_client().post("/", data=data)
    assert answer.status_code == 200
    return answer.text


GOOD = {
    "weeks": "12.5",
    "title": "t",
    "secret": "s",
    "note": "n",
    "words": "w",
    "kind": "a",
    "themes": ["j"],
    "agreed": "y",
    "lot": "1",
    "ended": ["31", "7", "2026"],
    "part-count": "2",
    "many-0": "x",
}


def test_what_is_right_is_taken(app: Flask) -> None:
    assert posted(app, **GOOD, file=(io.BytesIO(b"x"), "x.txt")) == "taken"


def test_every_fault_leads_to_a_control_that_takes_focus(app: Flask) -> None:
    page = posted(app)
    links = re.findall(r'<li><a href="#([^"]+)">', page)
    assert len(links) == 13
    lost = [one for one in links if not re.search(rf'<(input|select|textarea)[^>]* id="{re.escape(one)}"', page)]
    assert lost == []
    assert "<title>Error: Everything" in page


def test_a_page_without_faults_says_none(app: Flask) -> None:
    page = app.test_client().get("/").text
    assert "<title>Everything" in page
    assert "error" not in page.replace("form-group--error", "error").lower().split("<main")[1]
    assert 'href="/before" class="govuk-back-link"' in page
    assert not re.search(r"<[^>]* required", page)
    assert 'enctype="multipart/form-data" novalidate' in page
    assert 'name="csrf_token"' in page


def test_a_fault_of_the_whole_form_comes_first_and_leads_nowhere(app: Flask) -> None:
    page = posted(app, title="refused")
    assert '<ul class="govuk-list govuk-error-summary__list"><li>The whole &lt;form&gt; is wrong.</li>' in page


@pytest.mark.parametrize(
    "parts", [[], ["1"], ["1", "2"], ["31", "2", "2026"], ["1", "2", "3", "4"], ["", "", ""], ["<", "\0", "x"]]
)
def test_a_date_of_any_number_of_parts_is_drawn_again(app: Flask, parts: list[str]) -> None:
    page = posted(app, **{**GOOD, "ended": parts})
    boxes = re.findall(r'id="ended-(day|month|year)" name="ended" type="text" value="([^"]*)"', page)
    shown = [part.replace("<", "&lt;").replace("\0", "") for part in parts]
    assert boxes == list(zip(("day", "month", "year"), [*shown, "", "", ""], strict=False))
    assert '<a href="#ended-day">' in page


def test_a_date_that_is_known_fills_its_boxes(app: Flask) -> None:
    with app.test_request_context("/"):
        html = Everything(data={"ended": date(2026, 7, 31)}).ended()
    assert re.findall(r'value="(\d+)"', html) == ["31", "7", "2026"]


def test_choices_stand_in_their_groups(app: Flask) -> None:
    page = posted(app, **{**GOOD, "title": ""})
    assert '<optgroup label="North"><option value="1" selected>One</option></optgroup>' in page
    assert '<option value="">Choose</option><optgroup' in page


def test_what_was_typed_stays_and_a_secret_does_not(app: Flask) -> None:
    page = posted(app, title="<b>&", secret="hush", words="much too long a text", kind="b", themes=["g"], weeks="x")
    assert 'name="title" type="text" value="&lt;b&gt;&amp;"' in page
    assert "hush" not in page
    assert "much too long a text</textarea>" in page
    assert re.search(r'value="b" checked', page)
    assert re.search(r'value="g" checked', page)
    assert not re.search(r'value="j" checked', page)


def test_the_limit_of_a_text_is_that_of_its_validator(app: Flask) -> None:
    assert 'data-maxlength="10"' in app.test_client().get("/").text


def test_an_empty_hint_is_none(app: Flask) -> None:
    with app.test_request_context("/"):
        form = Everything()
        assert "hint" not in form.title(hint="")
        assert "hint" not in form.weeks(hint={"text": ""})
        assert ">Now 3</div>" in form.weeks(hint="Now 3")


def test_a_heading_is_the_label_or_the_legend(app: Flask) -> None:
    with app.test_request_context("/"):
        form = Everything()
        assert '<h1 class="govuk-fieldset__heading">Kind</h1>' in form.kind()
        assert '<h1 class="govuk-label-wrapper"><label class="govuk-label govuk-label--l"' in form.title(heading=True)


def test_line_ends_are_as_on_the_screen_and_nul_is_left_out(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"note": "a\r\nb\0c"}):
        assert Everything().note.data == "a\nbc"


def test_a_file_where_text_is_meant_is_not_taken_for_text(app: Flask) -> None:
    page = posted(app, **{**GOOD, "title": (io.BytesIO(b"x"), "x.txt"), "ended": (io.BytesIO(b"x"), "x.txt")})
    assert "Enter a title" in page
    assert "FileStorage" not in page


def test_text_where_a_file_is_meant_is_no_file(app: Flask) -> None:
    assert "Select a file" in posted(app, **{**GOOD, "file": "text"})


def test_faults_of_one_form_are_listed_in_its_order(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={**GOOD, "title": "", "part-count": ""}):
        form = Everything()
        form.validate()
        assert [link["href"] for link in error_list(form)] == ["#title", "#file", "#part-count"]

"""Our components draw what GOV.UK Frontend draws, for every state that its own fixtures hold."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "webforms" / "src" / "quarterday_webforms" / "templates"
FRONTEND = ROOT / "webforms" / "assets" / "node_modules" / "govuk-frontend" / "dist" / "govuk" / "components"
SHARED = {"attributes", "choices", "group"}
COMPONENTS = sorted({path.stem for path in (TEMPLATES / "govuk").glob("*.html")} - SHARED)
INLINE = {"a", "b", "em", "span", "strong"}
VOID = {"br", "hr", "img", "input", "path"}


class Tokens(HTMLParser):
    """HTML as a browser reads it: tags with their attributes in any order, texts with their spaces run together."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Any] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(("<", tag, sorted((name, " ".join((value or "").split())) for name, value in attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.found.append((">", tag))

    def handle_data(self, data: str) -> None:
        if self.found and isinstance(self.found[-1], str):
            self.found[-1] += data
        else:
            self.found.append(data)


def normalised(html: str) -> list[Any]:
    """What of HTML a person can meet: white space counts between texts and inline elements, and nowhere else."""
    tokens = Tokens(html).found
    found = []
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        if isinstance(token, str):
            text = re.sub(r"\s+", " ", token)
            text = text if before and before[0] == ">" and before[1] in INLINE else text.lstrip()
            text = text if after and after[0] == "<" and after[1] in INLINE else text.rstrip()
            found += [text] if text else []
        else:
            found.append(token)
    return found


@cache
def environment() -> Environment:
    library = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES), library]),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_null_translations(newstyle=True)
    return made


def macro(template: str, component: str) -> Any:
    name = "govuk" + "".join(word.capitalize() for word in component.split("-"))
    return getattr(environment().get_template(template).module, name)


def drawn(template: str, component: str, params: dict[str, Any]) -> list[Any]:
    return normalised(macro(template, component)(params))


def ours(component: str, params: dict[str, Any]) -> list[Any]:
    return drawn(f"govuk/{component}.html", component, params)


def librarys(component: str, params: dict[str, Any]) -> list[Any]:
    return drawn(f"govuk_frontend_jinja/components/{component}/macro.html", component, params)


def fixtures() -> list[Any]:
    return [
        pytest.param(component, fixture["options"], fixture["html"], id=f"{component}: {fixture['name']}")
        for component in COMPONENTS
        for fixture in json.loads((FRONTEND / component / "fixtures.json").read_text())["fixtures"]
    ]


@pytest.mark.parametrize(("component", "options", "html"), fixtures())
def test_a_component_draws_what_the_frontend_draws(component: str, options: dict[str, Any], html: str) -> None:
    assert ours(component, options) == normalised(html)


@pytest.mark.parametrize(("component", "options", "html"), fixtures())
def test_a_component_draws_what_the_library_draws(component: str, options: dict[str, Any], html: str) -> None:
    assert ours(component, options) == librarys(component, options)


LABEL = {"text": "Weeks & <months>"}
ERROR = {"text": "Enter <b>"}


@pytest.mark.parametrize("value", ["", "0", 0, None, False, "a\"b'c<d>", "ŵ", " x "])
@pytest.mark.parametrize("error", [None, ERROR])
@pytest.mark.parametrize("hint", [None, {"text": "Like 12"}, {"html": "<em>Like</em> 12"}])
@pytest.mark.parametrize("prefix", [None, {"text": "£"}, {"text": ""}])
def test_an_input_in_every_state(value: object, error: object, hint: object, prefix: object) -> None:
    params = {
        "id": "weeks",
        "name": "weeks",
        "label": LABEL,
        "value": value,
        "errorMessage": error,
        "hint": hint,
        "prefix": prefix,
        "suffix": {"text": "weeks", "classes": "wide", "attributes": {"data-x": "<1>"}},
        "describedBy": "target",
        "spellcheck": False,
        "attributes": {"data-flag": True, "data-none": {"value": None, "optional": True}},
    }
    assert ours("input", params) == librarys("input", params)


@pytest.mark.parametrize("checked", [None, True, False])
@pytest.mark.parametrize("fieldset", [None, {"legend": LABEL, "describedBy": "above"}])
@pytest.mark.parametrize("error", [None, ERROR])
@pytest.mark.parametrize("component", ["radios", "checkboxes"])
def test_choices_in_every_state(component: str, error: object, fieldset: object, checked: object) -> None:
    params = {
        "idPrefix": "area",
        "name": "area",
        "hint": {"text": "Choose"},
        "errorMessage": error,
        "fieldset": fieldset,
        "value": "b",
        "values": ["b"],
        "items": [
            {"value": "a", "text": "A", "hint": {"text": "<first>"}, "attributes": {"data-a": "1"}},
            {"divider": "or"},
            {"value": "b", "text": "B", "checked": checked, "conditional": {"html": "<p>More</p>"}},
            {"value": "c", "html": "<em>C</em>", "disabled": True, "label": {"classes": "x"}},
        ],
    }
    assert ours(component, params) == librarys(component, params)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<p class="a">x</p>', '<p class="b">x</p>'),
        ('<p id="a">x</p>', "<p>x</p>"),
        ("<p>x</p>", "<p>y</p>"),
        ("<p><span>Error:</span> x</p>", "<p><span>Error:</span>x</p>"),
        ("<p>x</p>", "<div><p>x</p></div>"),
        ("<b>&lt;</b>", "<b><</b><i></i>"),
    ],
)
def test_a_difference_is_seen(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<p id="a" class="b">x</p>', '<p class="b"  id="a">\n  x\n</p>'),
        ("<p>a  b</p>", "<p>a\nb</p>"),
        ("<div>\n<p>x</p>\n</div>", "<div><p>x</p></div>"),
    ],
)
def test_what_nobody_meets_is_no_difference(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


def test_a_line_end_that_begins_a_text_is_kept() -> None:
    assert ">\n\na</textarea>" in macro("govuk/textarea.html", "textarea")({"name": "w", "value": "\na"})


def test_options_stand_in_groups() -> None:
    grouped = {"text": "South & north", "items": [{"value": "a", "text": "A", "selected": True}]}
    html = macro("govuk/select.html", "select")({"name": "lot", "items": [grouped, {"value": "b", "text": "B"}]})
    assert '<optgroup label="South &amp; north"><option value="a" selected>A</option></optgroup>' in html
    assert '</optgroup><option value="b">B</option></select>' in html

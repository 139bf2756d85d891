"""What core says is told in the reader's language: its pattern translated, its parts in their places."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, render_template_string
from flask_babel import Babel

from quarterday import Refused, Sentence, numbered, said
from quarterday.domain.periods import in_words
from quarterday_webforms import language
from quarterday_webforms.language import day, gettext, told

WELSH = {
    "“{label}” ends on {day}: {what}.": "{what}: daw “{label}” i ben ar {day}.",
    "correct it": "cywirwch",
    "weeks": "wythnosau",
    "{name} is used already.": "{nobody}",
    "at {time:%H:%M}": "am {time:%H.%M}",
    "{first:%B} to {last:%B %Y}": "{first:%B} hyd {last:%B %Y}",
    "Because: %(why)s": "Achos: %(why)s",
}
ENDS = said("“{label}” ends on {day}: {what}.", label="weeks", day=date(2026, 7, 31), what=said("correct it"))


@pytest.fixture
def welsh(tmp_path: Path) -> Iterator[Flask]:
    """An app whose reader's language is Welsh, inside a request."""
    catalog = Catalog(locale="cy", fuzzy=False)
    for text, translated in WELSH.items():
        catalog.add(text, translated)
    catalog.add(("{n} row", "{n} rows"), ("{n} rhes", "un rhes", "{n} res", *["{n} rhes"] * 2))
    folder = tmp_path / "cy" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    app = Flask("told")
    Babel(app, default_locale="cy", default_translation_directories=str(tmp_path))
    language.teach(app)
    with app.test_request_context():
        yield app


def test_a_sentence_is_told_with_its_parts(welsh: Flask) -> None:
    assert told(ENDS) == "cywirwch: daw “weeks” i ben ar 31 Gorffennaf 2026."
    assert ENDS == "“weeks” ends on 2026-07-31: correct it."


def test_what_somebody_typed_is_never_translated(welsh: Flask) -> None:
    assert told("weeks") == "weeks"
    assert told(Sentence("weeks")) == "wythnosau"


def test_a_number_has_its_form(welsh: Flask) -> None:
    assert [told(numbered(n, "{n} row", "{n} rows")) for n in (1, 2, 5)] == ["un rhes", "2 res", "5 rhes"]


def test_a_day_and_a_time_are_written_as_the_sentence_asks(welsh: Flask) -> None:
    assert told(in_words(date(2026, 7, 1), date(2026, 9, 30))) == "Gorffennaf hyd Medi 2026"
    assert told(said("at {time:%H:%M}", time=time(8))) == "am 08.00"


@pytest.mark.parametrize("text", ["", "{", "50% of {it}", "Nobody has translated this."])
def test_what_has_no_translation_is_told_in_english(welsh: Flask, text: str) -> None:
    assert told(Sentence(text)) == told(text) == text
    assert told(said("{why} {text}", why="So:", text=text)) == f"So: {text}"


def test_a_translation_that_names_another_part_is_left_aside(welsh: Flask) -> None:
    assert told(said("{name} is used already.", name="A")) == "A is used already."


@pytest.mark.parametrize("pattern", ["{name.value}", "{name:%d}", "{name[key]}", "{}"])
def test_of_an_odd_translation_or_an_odd_sentence_the_text_is_shown(welsh: Flask, pattern: str) -> None:
    odd = said("{name} is odd.", name=3)
    odd.pattern = pattern
    assert told(odd) == "3 is odd."
    odd.many, odd.parts = "{n} are odd.", {"n": "three"}
    assert told(odd) == "3 is odd."
    assert told(str.__new__(Sentence, "Nobody made it.")) == "Nobody made it."


def test_a_template_tells_what_it_shows_and_escapes_it(welsh: Flask) -> None:
    said_so = Refused("“{label}” ends on {day}: {what}.", label="<b>", day=date(2026, 7, 31), what=said("correct it"))
    shown = render_template_string("{{ why }} {{ _('Because: %(why)s', why=why) }}", why=said_so.args[0])
    whole = "cywirwch: daw “&lt;b&gt;” i ben ar 31 Gorffennaf 2026."
    assert shown == f"{whole} Achos: {whole}"


def test_within_another_text_it_is_told_too(welsh: Flask) -> None:
    assert gettext("Because: %(why)s", why=said("correct it")) == "Achos: cywirwch"
    assert day(date(2026, 7, 31)) == "31 Gorffennaf 2026"
